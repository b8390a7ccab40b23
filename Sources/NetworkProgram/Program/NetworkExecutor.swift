public import BinaryInput
public import TensorData

/// What runs a network: the reference executor, the fast one, or an interpreter of another format.
///
/// Inputs and outputs are row-major tensors: `N×C×H×W` between layers, `N×classes` at the end.
/// Any batch size and any height and width that the network accepts.
public protocol NetworkExecutor: Sendable {
  /// The network that is run.
  var network: Network { get }

  /// An executor for another network, for example one with altered facts.
  func replacing(_ network: Network) throws(ReadError) -> Self

  /// Runs one layer alone.
  ///
  /// - Throws: `network.input` where the input does not fit the layer; `io.memory`.
  func runLayer(_ index: Int, on input: Tensor) throws(ReadError) -> Tensor
}

extension NetworkExecutor {
  /// Runs the network and hands each layer's output to a callback as it appears; nothing is kept.
  ///
  /// - Parameters:
  ///   - input: `N×C×H×W`.
  ///   - receive: Gets the layer's index and its output; false ends the run.
  /// - Returns: The last output that was computed.
  /// - Throws: `network.input` where the input does not fit the network, and what `receive` throws.
  @discardableResult
  public func run(
    _ input: Tensor, receive: (Int, Tensor) throws(ReadError) -> Bool = { _, _ in true }
  ) throws(ReadError) -> Tensor {
    guard input.shape.count == 4, input.elementType.isFloatingPoint,
      input.shape[1] == network.program.input.channels, input.shape[0] >= 1,
      let resolution = Resolution(height: input.shape[2], width: input.shape[3])
    else {
      throw ReadError(
        .networkInput, "the input does not fit the network",
        expected: "floating-point numbers, N×\(network.program.input.channels)×H×W",
        found: "\(input.elementType.rawValue), shape \(input.shape)")
    }
    try requireRoom(for: input, resolution)
    var value = input
    for index in network.program.layers.indices {
      value = try runLayer(index, on: value)
      guard try receive(index, value) else { break }
    }
    return value
  }

  /// The most that the maps of a step may take in 64 bits, in bytes; four images of GPUNet-D2 at
  /// its own resolution need a tenth of it.
  private static var mapByteBudget: Int { 4 << 30 }

  /// Refuses an input for which a layer is too small, or whose maps would take too much memory.
  private func requireRoom(for input: Tensor, _ resolution: Resolution) throws(ReadError) {
    for summary in try network.program.summaries(at: resolution) {
      // Three at a time: what enters the layer, what enters a step, and what the step makes.
      let byteCount = [input.shape[0], summary.largestMapElementCount, 3, 8].exactProduct()
      guard let byteCount, byteCount <= Self.mapByteBudget else {
        throw ReadError(
          .networkInput, "the maps of a layer would take too much memory",
          path: [summary.label.moduleName], expected: "at most \(Self.mapByteBudget) bytes",
          found: "\(byteCount.map { "\($0)" } ?? "more than 2⁶³") for an input of \(input.shape)",
          advice: "use fewer images or smaller ones")
      }
    }
  }
}
