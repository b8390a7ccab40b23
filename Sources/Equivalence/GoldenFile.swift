public import BinaryInput
import GPUNetIR
import NumPyArrays
public import TensorData

extension ErrorCode {
  /// A golden file lacks an array, or has one that no network gives.
  public static let golden = ErrorCode("golden.array")
  /// A recorded output has another shape than the network gives, so that the answer is no.
  public static let goldenShape = ErrorCode("golden.shape", .negative)
}

/// Outputs recorded from another implementation: `input`, `output`, and for as many layers as were
/// recorded `layers/<module name>`.
public struct GoldenFile: LayerRecording, Sendable {
  /// The path that it was opened by.
  public let path: String
  /// The input, `N×C×H×W`.
  public let input: Tensor

  private let archive: NumPyArchive

  /// Opens an `.npz` file; the arrays are read when they are asked for.
  ///
  /// - Throws: `golden.array` where input or output is missing, and what reading the archive
  ///   throws, the path in front.
  public init(path: String) throws(ReadError) {
    let file = try MappedFile(path: path)
    do {
      try self.init(file)
    } catch {
      throw error.within(path)
    }
  }

  private init(_ file: MappedFile) throws(ReadError) {
    path = file.path
    archive = try NumPyArchive(file.bytes)
    guard let input = try archive.tensor(named: "input"), archive.contains("output") else {
      throw ReadError(
        .golden, "the golden file has no input or no output",
        expected: "arrays named input and output",
        found: archive.names.prefix(10).joined(separator: ", "))
    }
    guard input.shape.count == 4, input.elementType.isFloatingPoint else {
      throw ReadError(
        .golden, "the recorded input does not fit a network", path: ["input"],
        expected: "floating-point numbers, N×C×H×W",
        found: "\(input.elementType.rawValue), shape \(input.shape)")
    }
    self.input = input
  }

  /// The recorded output of a layer, or nil where none was recorded.
  public func layer(_ moduleName: String) throws(ReadError) -> Tensor? {
    try archive.tensor(named: "layers/\(moduleName)")
  }

  /// The recorded output of the network, `N×classes`.
  public func output() throws(ReadError) -> Tensor {
    guard let output = try archive.tensor(named: "output") else {
      throw ReadError(.golden, "the golden file has no output")
    }
    return output
  }

  /// The names of recorded layers that are no layer of the network.
  public func unknownLayers(_ moduleNames: some Sequence<String>) -> [String] {
    let known = Set(moduleNames.map { "layers/\($0)" })
    return archive.names.filter { $0.hasPrefix("layers/") && !known.contains($0) }
  }
}
