import BinaryInput
import GPWFormat
import ONNXModel
import TorchCheckpoint

/// A format of model files: how it is told, what opening gives, and whether it is written.
///
/// ``all`` is the only list of formats; whoever asks which one a file has asks it.
public struct ModelFormat: Sendable {
  /// The name: `onnx`.
  public let name: String
  /// What a file of it is called in a sentence: `an ONNX file`.
  public let title: String
  /// What ends the names of its files, a longer ending before one that it ends in.
  public let suffixes: [String]
  /// How it is written where nothing else is asked for; nil for one that is only read.
  public let defaultTarget: (any ConversionTarget)?

  /// Whether these bytes claim to be of this format, damaged or not.
  let canRead: @Sendable (Bytes) -> Bool
  /// What a file holds.
  let contents: @Sendable (MappedFile, SourceFile.Options) throws(ReadError) -> SourceContents

  init(
    _ name: String, title: String, suffixes: [String],
    defaultTarget: (any ConversionTarget)? = nil,
    canRead: @escaping @Sendable (Bytes) -> Bool,
    contents:
      @escaping @Sendable (MappedFile, SourceFile.Options) throws(ReadError) -> SourceContents
  ) {
    self.name = name
    self.title = title
    self.suffixes = suffixes
    self.defaultTarget = defaultTarget
    self.canRead = canRead
    self.contents = contents
  }
}

extension ModelFormat {
  /// All formats, in the order in which a file is asked for them.
  public static let all: [ModelFormat] = [.gpw, .onnx, .torch]

  /// The native format.
  public static let gpw = ModelFormat(
    "gpw", title: "a .gpw file", suffixes: [".gpw"], defaultTarget: NativeTarget(),
    canRead: { GPWFile.canRead($0) },
    contents: { (file, _) throws(ReadError) -> SourceContents in
      .native(try GPWModel(GPWFile(file.bytes)))
    })

  /// ONNX graphs.
  public static let onnx = ModelFormat(
    "onnx", title: "an ONNX file", suffixes: [".onnx"], defaultTarget: GraphTarget(),
    canRead: { ONNXFile.canRead($0) },
    contents: { (file, options) throws(ReadError) -> SourceContents in
      .graph(try ONNXFile(reading: file, options: options.graph))
    })

  /// What `torch.save` writes, and archives around it.
  public static let torch = ModelFormat(
    "pytorch", title: "a PyTorch checkpoint",
    suffixes: [".pth.tar", ".pth", ".pt", ".ckpt", ".bin", ".zip"],
    canRead: { TorchCheckpoint.canRead($0) },
    contents: { (file, options) throws(ReadError) -> SourceContents in
      .tensors(try TorchCheckpoint(file.bytes, options: options.checkpoint))
    })

  /// The format that a file is to be written in, by its name; nil where none is written so.
  public static func written(as path: String) -> ModelFormat? {
    all.first { format in
      format.defaultTarget != nil && format.suffixes.contains { path.hasSuffix($0) }
    }
  }

  /// A path without the ending that tells its format, in any case; as it is where nothing is left.
  public static func baseName(of name: String) -> Substring {
    let lowercased = name.lowercased()
    let suffix = all.lazy.flatMap(\.suffixes).first {
      lowercased.hasSuffix($0) && name.count > $0.count
    }
    return name.dropLast(suffix?.count ?? 0)
  }

  /// Formats as a sentence names them: `a PyTorch checkpoint, an ONNX file or a .gpw file`.
  static func list(_ formats: [ModelFormat]) -> String {
    let titles = formats.map(\.title)
    guard let last = titles.last, titles.count > 1 else { return titles.joined() }
    return titles.dropLast().joined(separator: ", ") + " or " + last
  }
}
