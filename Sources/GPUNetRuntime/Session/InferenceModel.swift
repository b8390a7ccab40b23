public import BinaryInput
public import NetworkProgram
import GPWFormat

/// A network that is ready to run: its weights lie as the kernels read them, in the mapped file
/// where the file has them so.
///
/// One model serves any number of sessions, on any number of threads.
public struct InferenceModel: Sendable {
  /// The steps of its layers, batch norms folded, and the resolution and number of classes that it is
  /// meant for.
  public let program: Program
  /// The names of the classes, in index order, where the file has them.
  public let labels: [String]?
  /// The published network's name, where it is one.
  public let name: String?
  /// How pixels become its input, where the file says it.
  public let preprocessing: Preprocessing?
  /// Whether that is only what is usual for such a network.
  public let assumesPreprocessing: Bool
  /// The number of learned parameters, norms among them where they were not folded yet.
  public let parameterCount: Int
  /// The kernels that sessions use.
  public let kernels: KernelSet

  let weights: NetworkWeights

  /// Opens a `.gpw` file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - kernels: Nil for the best that this processor can run, or those of `GPUNET_CPU`.
  ///   - usesWinograd: Whether 3×3 convolutions at stride 1 and 5×5 at stride 2 may be computed by
  ///     Winograd's algorithm: a quarter to a third of the multiplications, up to about twice the
  ///     rounding error of a whole network.
  /// - Throws: `io.open`, `io.read`, the codes of `.gpw` files, `network.parameter`,
  ///   `runtime.kernels`, `io.memory`.
  public init(
    path: String, kernels: KernelSet? = nil, usesWinograd: Bool = true
  ) throws(ReadError) {
    let file = try MappedFile(path: path)
    let model: GPWModel
    do {
      model = try GPWModel(try GPWFile(file.bytes), keepsPages: true)
    } catch {
      throw error.within(path)
    }
    try self.init(model, kernels: kernels, usesWinograd: usesWinograd)
  }

  /// Opens a `.gpw` file that is in memory.
  ///
  /// - Parameters:
  ///   - bytes: The whole file; weights are used where they lie. Kernels are fastest where its first
  ///     byte is at an address that 64 divides.
  ///   - kernels: As for a path.
  ///   - usesWinograd: As for a path.
  /// - Throws: The codes of `.gpw` files, `network.parameter`, `runtime.kernels`, `io.memory`.
  public init(
    bytes: Bytes, kernels: KernelSet? = nil, usesWinograd: Bool = true
  ) throws(ReadError) {
    let model = try GPWModel(try GPWFile(bytes), keepsPages: true)
    try self.init(model, kernels: kernels, usesWinograd: usesWinograd)
  }

  private init(
    _ model: GPWModel, kernels: KernelSet?, usesWinograd: Bool
  ) throws(ReadError) {
    try self.init(
      model.network, name: model.name, labels: model.labels, preprocessing: model.preprocessing,
      assumesPreprocessing: model.assumesPreprocessing, kernels: kernels,
      usesWinograd: usesWinograd)
  }

  /// Prepares a network; batch norms that are separate are folded first.
  ///
  /// - Throws: `network.parameter` where a norm cannot be folded, `runtime.kernels`, `io.memory`.
  public init(
    _ network: Network, name: String? = nil, labels: [String]? = nil,
    preprocessing: Preprocessing? = nil, assumesPreprocessing: Bool = false,
    kernels: KernelSet? = nil, usesWinograd: Bool = true
  ) throws(ReadError) {
    self.name = name
    self.labels = labels
    self.preprocessing = preprocessing
    self.assumesPreprocessing = assumesPreprocessing
    parameterCount = network.program.parameters.lazy.filter(\.isLearned)
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
    if let kernels { self.kernels = kernels } else { self.kernels = try .preferred() }
    let folded = network.form == .folded ? network : try network.folded()
    program = folded.program
    weights = try NetworkWeights(
      folded, layers: program.layers.indices, usesWinograd: usesWinograd)
  }

  /// The channels of an image.
  public var inputChannels: Int { program.input.channels }
}
