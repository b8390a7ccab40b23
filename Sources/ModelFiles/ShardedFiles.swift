import BinaryInput
import ONNXModel
import ShardedWeights
import TensorData

/// Weights in several files, and the index beside them that says which tensor is in which.
struct ShardedFiles: TensorContainer {
  /// The files that the index names.
  let files: [MappedFile]

  private let joined: ShardedContainer

  /// Opens the files that an index names, which have to lie in its folder.
  ///
  /// - Throws: What reading the index, opening the files and joining them throw; `shards.missing`
  ///   where one is not there.
  init(
    index file: MappedFile, options: SourceFile.Options, budget: WorkBudget
  ) throws(ReadError) {
    let index = try ShardIndex(file.bytes, budget: budget)
    var files: [MappedFile] = []
    var shards: [(fileName: String, container: any TensorContainer)] = []
    for (name, tensors) in zip(index.fileNames, index.tensorNamesByFile) {
      let shard = try ShardedFiles.open(
        name, beside: file.path, for: tensors,
        allowsHardLinks: options.graph.allowsHardLinks)
      files.append(shard)
      shards.append((name, try ShardedFiles.container(shard, named: name, options, budget)))
    }
    self.files = files
    joined = try ShardedContainer(index: index, shards: shards)
  }

  var formatName: String { joined.formatName }
  var innerName: String? { joined.innerName }
  var groups: [TensorGroup] { joined.groups }
  var otherPaths: [String] { joined.otherPaths }
  var facts: [TensorFact] { joined.facts }

  func tensors(_ names: [String], ofGroup index: Int) throws(ReadError) -> StateDict {
    try joined.tensors(names, ofGroup: index)
  }

  func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)] {
    joined.refusals(ofGroup: index)
  }

  private static func open(
    _ name: String, beside path: String, for tensors: [String], allowsHardLinks: Bool
  ) throws(ReadError) -> MappedFile {
    do {
      return try MappedFile(at: name, beside: path, allowsHardLinks: allowsHardLinks)
    } catch {
      guard error.code == .externalMissing else { throw error }
      let rest = tensors.count > 1 ? " and \(tensors.count - 1) more tensors" : ""
      throw ReadError(
        .shardsMissing, "a file that the index names is not beside it",
        expected: "'\(name)', with \(tensors.first.map { "'\($0)'" } ?? "no tensor")\(rest)",
        advice: "download or copy it into the folder of the index")
    }
  }

  private static func container(
    _ file: MappedFile, named name: String, _ options: SourceFile.Options, _ budget: WorkBudget
  ) throws(ReadError) -> any TensorContainer {
    do throws(ReadError) {
      let format = ModelFormat.all.first { $0.holdsTensors && $0.canRead(file.bytes) }
      guard let format else { throw ReadError(foreign: file.bytes) }
      guard case .tensors(let container) = try format.contents(file, options, budget) else {
        preconditionFailure("\(format.name) is read as named tensors")
      }
      return container
    } catch {
      throw error.within(name)
    }
  }
}

/// The file of a folder that stands for all of it.
enum ModelFolder {
  /// The path of that file: an index of shards, or the only weights; nil where there is none.
  ///
  /// - Throws: What listing the folder throws.
  static func weights(in folder: String) throws(ReadError) -> String? {
    let names = try FileStatus.entries(of: folder)
    let kinds: [(String) -> Bool] = [
      { $0.hasSuffix(".safetensors.index.json") }, { $0.hasSuffix(".bin.index.json") },
      { $0.hasSuffix(".safetensors") }, { $0 == "pytorch_model.bin" },
    ]
    for isOfKind in kinds {
      let found = names.filter(isOfKind)
      if found.count == 1 { return folder + (folder.hasSuffix("/") ? "" : "/") + found[0] }
    }
    return nil
  }
}
