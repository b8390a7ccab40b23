import BinaryInput
import Equivalence
import NetworkProgram
import Spelling
import ModelFiles
import TensorData

/// The parameters of a source compared with those of another file that should hold the same network,
/// without running either: batch norms folded in 64 bits, output channel by output channel.
public struct CounterpartComparison: Sendable {
  /// The other file.
  public let path: String
  /// Whether it has a graph.
  public let hasGraph: Bool
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
  init(
    of network: Network, at path: String, with counterpart: Network, of other: NetworkSource
  ) throws {
    let otherPath = other.file.path
    hasGraph = other.lifted != nil
    // A graph has fixed its padding for one size, at which both are compared.
    func layers(_ other: Network) -> [LayerProgram] {
      var program = other.program.folded
      program.fixPadding(at: network.program.resolution)
      return program.layers
    }
    let layers = (layers(network), layers(counterpart))
    let differing = zip(layers.0, layers.1).enumerated()
      .filter { $0.element.0.operations != $0.element.1.operations }
    let counts = (layers.0.count, layers.1.count)
    guard differing.isEmpty, counts.0 == counts.1,
      network.program.classCount == counterpart.program.classCount
    else {
      throw Rejection(
        ReadError(
          .notEquivalent, "the files hold different networks", path: [path],
          expected: "the layers of \(otherPath)",
          found: "\(counts.0) layers and \(network.program.classCount) classes against "
            + "\(counts.1) and \(counterpart.program.classCount)"),
        reasons: differing.map {
          "layer \($0.offset + 2): \($0.element.0.label.text) against "
            + $0.element.1.label.text
        })
    }
    // An exporter that folds in the file's own arithmetic rounds four times for a weight, and once
    // more for a bias, which is a difference of two such numbers: twice four.
    bound = 8 * max(network.unitRoundoff, counterpart.unitRoundoff)
    self.path = otherPath
    let own = network.deferredParameters(.folded)
    let other = counterpart.deferredParameters(.folded)
    var worst = Channel(name: own[0].name, channel: 0, difference: 0)
    var outliers: [Channel] = []
    // One at a time, so that never more than two are in memory.
    for (found, wanted) in zip(own, other) {
      let channels = Channel.differences(
        of: found.name, channelCount: found.shape[0],
        try found.converted(to: .f64).tensor().doubles(),
        from: try wanted.converted(to: .f64).tensor().doubles())
      for channel in channels {
        if channel.difference > worst.difference { worst = channel }
        if channel.difference > bound { outliers.append(channel) }
      }
    }
    parameterCount = own.count
    self.worst = worst
    guard outliers.isEmpty else {
      throw Rejection(
        ReadError(
          .notEquivalent, "the parameters differ", path: [path],
          expected: "those of \(otherPath), each channel within \(bound.threeDigits)",
          found: "\(outliers.count.counted("channel")) out of it", advice: "nothing was written"),
        reasons: outliers.map {
          "\($0.name), channel \($0.channel): relative difference \($0.difference.threeDigits)"
        })
    }
  }
}

extension CounterpartComparison.Channel {
  /// The channels of a parameter, each with its difference; infinite where one side has no finite
  /// number and the other has not the same.
  fileprivate static func differences(
    of name: String, channelCount: Int, _ found: [Double], from wanted: [Double]
  ) -> [CounterpartComparison.Channel] {
    func magnitude(_ range: Range<Int>) -> Double {
      wanted[range].reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    }
    let width = found.count / channelCount
    // Biases have one element each, so that only all of them together show their scale.
    let scale = width == 1 ? magnitude(wanted.indices) : 0
    return (0..<channelCount).map { channel in
      let range = (channel * width)..<((channel + 1) * width)
      let largest = max(scale, magnitude(range))
      let difference = range.reduce(0.0) { worst, index in
        let (a, b) = (found[index], wanted[index])
        if a == b { return worst }
        return a.isFinite && b.isFinite ? max(worst, abs(a - b)) : .infinity
      }
      // Where all is zero, any difference is too much.
      return CounterpartComparison.Channel(
        name: name, channel: channel, difference: largest > 0 ? difference / largest : difference)
    }
  }
}
