public import BinaryInput
public import TensorData

/// A checkpoint that `torch.save` wrote, read as data: nothing in it is imported or executed.
///
/// Opening follows the pickle and checks that every storage is where it should be; the elements of
/// tensors are looked at only when a state dict is asked for, and then share the file's memory.
public struct TorchCheckpoint: Sendable {
  /// How the file is laid out.
  public enum Container: String, Sendable {
    /// A zip archive, as since PyTorch 1.6.
    case zip
    /// A stream of pickles, as before.
    case legacy
  }

  /// The layout of the file.
  public let container: Container
  /// The name of the checkpoint inside an archive around it.
  public let innerName: String?
  /// The dictionaries that hold tensors under texts, and whole modules as the dictionaries that
  /// their `state_dict()` gives, in the order of the file.
  public let groups: [TensorGroup]
  /// The paths of tensors that are not in such a dictionary but in a list or an object.
  public let otherPaths: [String]
  /// What the file says beside its tensors, in its order; at most 10,000 values, and none of an
  /// optimizer's.
  public let facts: [TensorFact]

  /// The groups, as the pickle has them.
  private let found: [Group]
  /// Where the tensors of each name stand in each group.
  private let positions: [[String: [Int]]]
  private let tree: PickleTree
  private let storages: [StorageLocation?]
  private let fileByteCount: Int
  private let options: Options

  /// Opens a checkpoint, also one inside an archive around it.
  ///
  /// - Throws: One of ``errorCodes``, or of those of zip archives.
  public init(_ bytes: Bytes, options: Options = Options()) throws(ReadError) {
    let content = try CheckpointContent(bytes, options)
    self.options = options
    container = content.container
    innerName = content.innerName
    tree = content.tree
    storages = content.storages
    fileByteCount = bytes.count
    let search = try TensorSearch(tree)
    found = search.groups
    positions = search.groups.map { group in
      Dictionary(group.names.indices.map { (group.names[$0], [$0]) }, uniquingKeysWith: +)
    }
    groups = search.groups.map { TensorGroup($0) }
    otherPaths = search.otherPaths
    facts = search.facts
    try ShardedCheckpoint.refuse(tree, found)
  }

  /// The named tensors under `keyPath`, checksums verified; of several groups there, the first.
  ///
  /// - Throws: What ``tensors(_:ofGroup:)`` throws.
  /// - Precondition: A group of that key path is there.
  /// - Complexity: O(*n*) in the number of bytes of the storages.
  public func stateDict(at keyPath: String) throws(ReadError) -> StateDict {
    guard let index = groups.firstIndex(where: { $0.keyPath == keyPath }) else {
      preconditionFailure("no dictionary of tensors under '\(keyPath)'")
    }
    return try stateDict(found[index], positions: Array(found[index].names.indices))
  }

  /// Some of the tensors of a group, in the order of the file, checksums verified. What the others
  /// are does not matter.
  ///
  /// - Parameters:
  ///   - names: The names; those that the group does not have are passed over.
  ///   - group: The index among ``groups``.
  /// - Returns: The tensors that are there.
  /// - Throws: `tensor.dtype`, `tensor.layout`, `tensor.shape` or `tensor.bounds` naming the
  ///   tensor; `tensor.budget` where views would grow out of proportion; `pth.name` where two have
  ///   one name; `zip.crc`, `zip.deflate` and `zip.bomb` for a damaged record; `pickle.utf8` and
  ///   `pth.storageSize` for the bytes of an array; `io.memory`.
  /// - Precondition: `group` is an index of ``groups``.
  /// - Complexity: O(*n*) in the number of names and of the bytes of their storages.
  public func tensors(_ names: [String], ofGroup group: Int) throws(ReadError) -> StateDict {
    let places = positions[group]
    return try stateDict(
      found[group], positions: Set(names).flatMap { places[$0] ?? [] }.sorted())
  }

  /// Why tensors of a group cannot be read, found without reading any.
  ///
  /// - Parameter group: The index among ``groups``.
  /// - Returns: The names of these tensors, and the error that reading each throws.
  /// - Precondition: `group` is an index of ``groups``.
  public func refusals(ofGroup group: Int) -> [(name: String, error: ReadError)] {
    let group = found[group]
    return group.names.indices.compactMap { position in
      refusal(group, position).map { (group.names[position], $0.within(group.names[position])) }
    }
  }

  private func refusal(_ group: Group, _ position: Int) -> ReadError? {
    let tensor = group.tensors[position].map { tree.tensors[$0] }
    if let reason = group.refusals[position] {
      return ReadError(reason, at: tensor?.offset)
    }
    guard case .unsupported(let reason) = tensor?.content else { return nil }
    return ReadError(reason, at: tensor?.offset)
  }

  private func stateDict(_ group: Group, positions: [Int]) throws(ReadError) -> StateDict {
    var contents = TensorContents(tree, storages)
    var dictionary = StateDict()
    var byteCount = 0
    let budget = options.tensorByteBudget(fileByteCount: fileByteCount)
    for position in positions {
      let name = group.names[position]
      if let refusal = refusal(group, position) { throw refusal.within(name) }
      guard let index = group.tensors[position] else { continue }
      let tensor: Tensor
      do {
        tensor = try contents.tensor(tree.tensors[index])
      } catch {
        throw error.within(name)
      }
      guard let sum = byteCount.adding(exactly: tensor.byteCount), sum <= budget else {
        throw ReadError(
          .tensorBudget,
          options.maximumByteCount == nil
            ? "the tensors take far more space than the file"
            : "the tensors take more space than is allowed", path: [name],
          expected: "at most \(budget) bytes for a file of \(fileByteCount)",
          remedy: .allowMoreBytes)
      }
      byteCount = sum
      guard dictionary.append(tensor, named: name) else {
        throw ReadError(.torchName, "two tensors have this name", path: [name])
      }
    }
    return dictionary
  }
}
