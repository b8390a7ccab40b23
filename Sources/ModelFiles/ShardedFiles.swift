import BinaryInput
import ONNXModel
import ShardedWeights
import Spelling
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
    try ShardedFiles.requireNoOther(than: index.fileNames, beside: file.path)
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
      let rest = tensors.count > 1 ? " and \((tensors.count - 1).counted("more tensor"))" : ""
      throw ReadError(
        .shardsMissing, "a file that the index names is not beside it",
        expected: "'\(name)', with \(tensors.first.map { "'\($0)'" } ?? "no tensor")\(rest)",
        advice: "download or copy it into the folder of the index")
    }
  }

  /// Makes sure that the folder has no part of another save: a file that is called like the shards and
  /// that the index does not name.
  private static func requireNoOther(
    than names: [String], beside path: String
  ) throws(ReadError) {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    let own = Set(names)
    let stems = Set(names.compactMap(stem))
    guard !stems.isEmpty else { return }
    let entries = try FileStatus.entries(
      of: folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder)
    let others = entries.filter { name in
      !own.contains(name) && stem(name).map(stems.contains) ?? false
    }
    guard let first = others.first else { return }
    throw ReadError(
      .shardsSurplus, "a file is called like a shard, and the index does not name it",
      found: "'\(first)'" + (others.count > 1 ? " and \(others.count - 1) more" : ""),
      advice: "remove it where it is left of another save, or give the index that was saved with it"
    )
  }

  /// What stands before and behind the numbers of a shard: `model` and `.safetensors` of
  /// `model-00001-of-00003.safetensors`; nil for a name without them.
  private static func stem(_ name: String) -> [String]? {
    guard let numbers = name.firstMatch(of: /-[0-9]+-of-[0-9]+/) else { return nil }
    return [String(name[..<numbers.range.lowerBound]), String(name[numbers.range.upperBound...])]
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
  /// - Throws: What listing the folder throws; `shards.index` where it has both of one name.
  static func weights(in folder: String) throws(ReadError) -> String? {
    let names = try FileStatus.entries(of: folder)
    let wholes = names.filter { $0.hasSuffix(".safetensors") && !$0.contains("-of-") }
    if let index = names.first(where: { $0.hasSuffix(".safetensors.index.json") }),
      let whole = wholes.first(where: { index == $0 + ".index.json" })
    {
      throw ReadError(
        .shardsIndex, "the folder has the weights twice", path: [folder],
        expected: "one file, or several and their index", found: "'\(whole)' and '\(index)'",
        advice: "give the path of the one that is meant")
    }
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
