public import BinaryInput
public import NetworkProgram
public import TensorData

/// What a network answered to an input, layer by layer, as far as it was recorded.
public protocol LayerRecording {
  /// The input, `N×C×H×W`.
  var input: Tensor { get }

  /// The recorded output of a layer, or nil where none was recorded.
  func layer(_ moduleName: String) throws(ReadError) -> Tensor?

  /// The recorded output of the network, `N×classes`.
  func output() throws(ReadError) -> Tensor
}

/// Every output of one run of an executor.
public struct RecordedRun: LayerRecording, Sendable {
  /// The input, `N×C×H×W`.
  public let input: Tensor

  private let layers: [String: Tensor]
  private let lastOutput: Tensor

  /// Runs a network and keeps every layer's output.
  ///
  /// - Throws: `network.input` where the input does not fit.
  public init(_ executor: some NetworkExecutor, on input: Tensor) throws(ReadError) {
    self.input = input
    let names = executor.network.program.layers.map(\.moduleName)
    var layers: [String: Tensor] = [:]
    lastOutput = try executor.run(input) { (index, output) throws(ReadError) -> Bool in
      layers[names[index]] = output
      executor.network.releasePages(ofLayer: index)
      return true
    }
    self.layers = layers
  }

  /// The output of a layer.
  public func layer(_ moduleName: String) -> Tensor? { layers[moduleName] }

  /// The output of the network, `N×classes`.
  public func output() -> Tensor { lastOutput }
}
