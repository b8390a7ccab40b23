import BinaryInput
import Equivalence
import GPUNetIR
import TensorData

/// The parameters of a source compared with those of another file that should hold the same network,
/// without running either: batch norms folded in 64 bits, output channel by output channel.
public struct CounterpartComparison: Sendable {
  /// The other file.
  public let path: String
  /// How many tensors were compared.
  public let parameterCount: Int
  /// The channel that differs most.
  public let worst: Channel
  /// The largest difference that rounding to the narrower of both types explains.
  public let bound: Double

  /// One output channel of a parameter.
  public struct Channel: Sendable {
    /// The parameter.
    public let name: String
    /// The index of the channel.
    public let channel: Int
    /// The largest absolute difference of its elements, over the largest absolute value of any.
    public let difference: Double
  }

  /// Compares the network of a source with that of another file.
  ///
  /// - Throws: A ``Rejection`` with the layers or channels that differ; what reading throws.
  init(of network: Network, at path: String, with counterpart: Network, at otherPath: String) throws
  {
    let differing = zip(network.architecture.layers, counterpart.architecture.layers).enumerated()
      .filter { $0.element.0 != $0.element.1 }
    let counts = (network.architecture.layers.count, counterpart.architecture.layers.count)
    guard differing.isEmpty, counts.0 == counts.1,
      network.architecture.classCount == counterpart.architecture.classCount
    else {
      throw Rejection(
        ReadError(
          .notEquivalent, "the files hold different networks", path: [path],
          expected: "the layers of \(otherPath)",
          found: "\(counts.0) layers and \(network.architecture.classCount) classes against "
            + "\(counts.1) and \(counterpart.architecture.classCount)"),
        reasons: differing.map { "layer \($0.offset + 2): \($0.element.0) against \($0.element.1)" }
      )
    }
    let roundoff = max(network.unitRoundoff, counterpart.unitRoundoff)
    // Each side is rounded once, and an exporter that folds in the file's own arithmetic rounds
    // each of its four operations.
    bound = 8 * roundoff
    self.path = otherPath
    let own = try network.foldedInDoublePrecision().parameters
    let other = try counterpart.foldedInDoublePrecision().parameters
    var worst = Channel(name: own.names.first ?? "", channel: 0, difference: 0)
    var outliers: [Channel] = []
    for ((name, tensor), (_, expected)) in zip(own, other) {
      let found = try tensor.doubles()
      let wanted = try expected.doubles()
      let channelCount = max(tensor.shape.first ?? 1, 1)
      let width = found.count / channelCount
      // Biases have one element each, so that only all of them together show their scale.
      let scale = width == 1 ? wanted.reduce(0) { max($0, abs($1)) } : 0
      for channel in 0..<channelCount {
        let range = (channel * width)..<((channel + 1) * width)
        let largest = range.reduce(scale) { max($0, abs(wanted[$1])) }
        let difference = range.reduce(0) { max($0, abs(found[$1] - wanted[$1])) }
        // Where all is zero, any difference is too much; a NaN on either side is one.
        let relative = largest > 0 ? difference / largest : difference
        let hasNaN = range.contains { found[$0].isNaN != wanted[$0].isNaN }
        let result = Channel(
          name: name, channel: channel, difference: hasNaN ? .infinity : relative)
        if result.difference > worst.difference { worst = result }
        if result.difference > bound { outliers.append(result) }
      }
    }
    parameterCount = own.count
    self.worst = worst
    guard outliers.isEmpty else {
      throw Rejection(
        ReadError(
          .notEquivalent, "the parameters differ", path: [path],
          expected: "those of \(otherPath), each channel within \(bound.threeDigits)",
          found: "\(outliers.count) channels out of it", advice: "nothing was written"),
        reasons: outliers.map {
          "\($0.name), channel \($0.channel): relative difference \($0.difference.threeDigits)"
        })
    }
  }
}

extension Network {
  /// The network with its norms folded and nothing rounded.
  fileprivate func foldedInDoublePrecision() throws(ReadError) -> Network {
    var wide = StateDict()
    for (name, tensor) in parameters {
      let isNew = wide.append(
        tensor.elementType.isFloatingPoint ? try tensor.converted(to: .f64) : tensor, named: name)
      precondition(isNew, "names are unique")
    }
    return try Network(architecture: architecture, form: form, parameters: wide).folded()
  }
}
