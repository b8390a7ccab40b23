import BinaryInput
import GPWFormat
import HDF5Weights
import NumPyArrays
import NetworkFamilies
import NetworkProgram
import ONNXModel
import Safetensors
import ShardedWeights
import TensorData
import TorchCheckpoint

/// A format of model files: how it is told, what opening gives, and whether it is written.
///
/// ``all`` is the only list of formats; whoever asks which one a file has asks it.
public struct ModelFormat: Sendable {
  /// The name: `onnx`.
  public let name: String
  /// What a file of it is called in a sentence: `an ONNX file`.
  public let title: String
  /// What ends the names of its files, the usual ending first; none ends in another one.
  public let suffixes: [String]
  /// What is written in it.
  public let writing: Writing

  /// What can be written in a format.
  public enum Writing: Sendable {
    /// Nothing: it is only read.
    case nothing
    /// A network, in the way that is usual.
    case network(any ConversionTarget)
    /// Named tensors, laid out like that where nothing else is asked for.
    case tensors(TensorTarget.Layout)
  }

  /// Whether files of it hold named tensors and nothing that runs.
  public var holdsTensors: Bool { if case .tensors = writing { true } else { false } }

  /// How a network is written where nothing else is asked for; nil for a format that is only read.
  public var defaultTarget: (any ConversionTarget)? {
    switch writing {
    case .nothing: nil
    case .network(let target): target
    case .tensors(let layout): TensorTarget(self, layout: layout)
    }
  }

  /// Whether these bytes claim to be of this format, damaged or not.
  let canRead: @Sendable (Bytes) -> Bool
  /// What a file holds.
  let contents: Opening

  /// Opens a file, at the cost of a budget.
  typealias Opening =
    @Sendable (MappedFile, SourceFile.Options, WorkBudget) throws(ReadError) -> SourceContents

  init(
    _ name: String, title: String, suffixes: [String], writing: Writing = .nothing,
    canRead: @escaping @Sendable (Bytes) -> Bool, contents: @escaping Opening
  ) {
    self.name = name
    self.title = title
    self.suffixes = suffixes
    self.writing = writing
    self.canRead = canRead
    self.contents = contents
  }
}

extension ModelFormat {
  /// All formats, in the order in which a file is asked for them.
  public static let all: [ModelFormat] = [
    .gpw, .safetensors, .hdf5, .shardIndex, .onnx, .keras, .npz, .torch,
  ]

  /// The native format.
  public static let gpw = ModelFormat(
    "gpw", title: "a .gpw file", suffixes: [".gpw"], writing: .network(NativeTarget()),
    canRead: { GPWFile.canRead($0) },
    contents: { (file, _, _) throws(ReadError) -> SourceContents in
      let model = try GPWModel(ofAnyVersion: GPWFile(file.bytes))
      return .native(model, try Architecture(labelsOf: model.network.program))
    })

  /// ONNX graphs.
  public static let onnx = ModelFormat(
    "onnx", title: "an ONNX file", suffixes: [".onnx"], writing: .network(GraphTarget()),
    canRead: { ONNXFile.canRead($0) },
    contents: { (file, options, _) throws(ReadError) -> SourceContents in
      .graph(try ONNXFile(reading: file, options: options.graph))
    })

  /// Named tensors behind a header in JSON.
  public static let safetensors = ModelFormat(
    "safetensors", title: "a safetensors file", suffixes: [".safetensors"],
    writing: .tensors { (content, _) throws(ReadError) -> any TensorFileWriter in
      try SafetensorsWriter(content)
    },
    canRead: { SafetensorsFile.canRead($0) },
    contents: { (file, _, budget) throws(ReadError) -> SourceContents in
      .tensors(try SafetensorsFile(file.bytes, budget: budget))
    })

  /// Weights in several files beside an index of them.
  public static let shardIndex = ModelFormat(
    "shards", title: "an index of weights in several files",
    suffixes: [".safetensors.index.json", ".bin.index.json"],
    canRead: { ShardIndex.canRead($0) },
    contents: { (file, options, budget) throws(ReadError) -> SourceContents in
      .tensors(try ShardedFiles(index: file, options: options, budget: budget))
    })

  /// Named tensors in groups of groups, read and written by a process of their own.
  public static let hdf5 = ModelFormat(
    "hdf5", title: "an HDF5 file", suffixes: [".h5", ".hdf5"],
    writing: .tensors { (content, _) throws(ReadError) -> any TensorFileWriter in
      try HDF5Writer(content)
    },
    canRead: { HDF5File.canRead($0) },
    contents: { (file, options, budget) throws(ReadError) -> SourceContents in
      .tensors(try HDF5File(file, options: options.hdf5, budget: budget))
    })

  /// Archives around HDF5 files, which are only read.
  public static let keras = ModelFormat(
    "keras", title: "a Keras archive", suffixes: [".keras"],
    canRead: { KerasArchive.canRead($0) },
    contents: { (file, options, budget) throws(ReadError) -> SourceContents in
      .tensors(try KerasArchive(file, options: options, budget: budget))
    })

  /// Archives of NumPy arrays.
  public static let npz = ModelFormat(
    "npz", title: "an .npz file", suffixes: [".npz"],
    writing: .tensors { (content, _) throws(ReadError) -> any TensorFileWriter in
      try NumPyArchiveWriter(content)
    },
    canRead: { NumPyContainer.canRead($0) },
    contents: { (file, options, budget) throws(ReadError) -> SourceContents in
      .tensors(
        try NumPyContainer(
          file.bytes, maximumByteCount: options.maximumByteCount, budget: budget))
    })

  /// What `torch.save` writes, and archives around it.
  public static let torch = ModelFormat(
    "pytorch", title: "a PyTorch checkpoint",
    suffixes: [".pth", ".pth.tar", ".pt", ".ckpt", ".bin", ".zip"],
    writing: .tensors { (content, path) throws(ReadError) -> any TensorFileWriter in
      try TorchWriter(content, rootName: path.lastPathComponent.withoutLastEnding)
    },
    canRead: { TorchCheckpoint.canRead($0) },
    contents: { (file, options, _) throws(ReadError) -> SourceContents in
      .tensors(try TorchCheckpoint(file.bytes, options: options.checkpoint))
    })

  /// The format that a file is to be written in, by its name; nil where none is written so.
  public static func written(as path: String) -> ModelFormat? {
    all.first { $0.defaultTarget != nil && $0.isNamed(path) }
  }

  /// Whether a path ends as those of the format do, in any case.
  public func isNamed(_ path: String) -> Bool {
    let lowercased = path.lowercased()
    return suffixes.contains { lowercased.hasSuffix($0) }
  }

  /// A path without the ending that tells its format, in any case; as it is where nothing is left.
  public static func baseName(of name: String) -> Substring {
    let lowercased = name.lowercased()
    let suffix = all.lazy.flatMap(\.suffixes).first {
      lowercased.hasSuffix($0) && name.count > $0.count
    }
    return name.dropLast(suffix?.count ?? 0)
  }

  /// The formats that are read, as a sentence names them.
  public static let readTitles = list(all.reversed())

  /// The usual endings of the formats that are written, as a sentence names them, those of named
  /// tensors alone where that is asked for.
  public static func writtenSuffixes(holdingTensors: Bool = false) -> String {
    all.filter { holdingTensors ? $0.holdsTensors : $0.defaultTarget != nil }
      .map { $0.suffixes[0] }.joined(separator: " or ")
  }

  /// Formats as a sentence names them: `a PyTorch checkpoint, an ONNX file or a .gpw file`.
  private static func list(_ formats: [ModelFormat]) -> String {
    let titles = formats.map(\.title)
    guard let last = titles.last, titles.count > 1 else { return titles.joined() }
    return titles.dropLast().joined(separator: ", ") + " or " + last
  }
}

extension String {
  /// A file's name without its last dot and what follows it, as PyTorch takes it.
  fileprivate var withoutLastEnding: String {
    lastIndex(of: ".").map { String(self[..<$0]) } ?? self
  }
}
