public import BinaryInput
public import TensorData
internal import ZipArchive

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

  /// A dictionary of named tensors.
  struct Group: Sendable {
    /// The keys that lead to it, joined by dots; empty for the checkpoint itself.
    let keyPath: String
    /// The names of its tensors, in order.
    let names: [String]
    /// Which tensor of the tree stands under each name.
    let tensors: [Int]
  }

  /// The layout of the file.
  public let container: Container
  /// The name of the checkpoint inside an archive around it.
  public let innerName: String?
  /// The dictionaries that hold tensors under texts, in the order of the file.
  public let groups: [TensorGroup]
  /// The paths of tensors that are not in such a dictionary but in a list or an object.
  public let otherPaths: [String]

  private let found: [Group]
  private let tree: PickleTree
  private let storages: [StorageLocation?]
  private let fileByteCount: Int
  private let options: Options

  /// Opens a checkpoint, also one inside an archive around it.
  ///
  /// - Throws: One of ``errorCodes``, or of those of zip archives.
  public init(_ bytes: Bytes, options: Options = Options()) throws(ReadError) {
    let opened = try TorchCheckpoint.open(bytes, options, mayNest: true)
    self.options = options
    container = opened.container
    innerName = opened.innerName
    tree = opened.tree
    storages = opened.storages
    fileByteCount = bytes.count
    let search = try TensorSearch(tree)
    found = search.groups
    groups = search.groups.map { [tree] in TensorGroup($0, in: tree) }
    otherPaths = search.otherPaths
  }

  /// Whether these bytes claim to be a checkpoint or an archive around one, damaged or not.
  public static func canRead(_ bytes: Bytes) -> Bool {
    bytes.hasPrefix(zipMagic) || LegacyStream.canRead(bytes) || isLegacyTar(bytes)
      || isPickle(bytes)
  }

  /// The named tensors under `keyPath`, checksums verified.
  ///
  /// - Throws: What ``tensors(_:ofGroup:)`` throws.
  /// - Precondition: A group of that key path is there.
  /// - Complexity: O(*n*) in the number of bytes of the storages.
  public func stateDict(at keyPath: String) throws(ReadError) -> StateDict {
    guard let index = groups.firstIndex(where: { $0.keyPath == keyPath }) else {
      preconditionFailure("no dictionary of tensors under '\(keyPath)'")
    }
    return try tensors(groups[index].names, ofGroup: index)
  }

  /// Some tensors of the group at an index, checksums verified.
  ///
  /// - Throws: `tensor.dtype`, `tensor.layout`, `tensor.shape` or `tensor.bounds` naming the
  ///   tensor; `tensor.budget` where views would grow out of proportion; `pth.name` where two have
  ///   one name; `zip.crc`, `zip.deflate` and `zip.bomb` for a damaged record; `io.memory`.
  /// - Complexity: O(*n*) in the number of bytes of the storages.
  public func tensors(_ names: [String], ofGroup index: Int) throws(ReadError) -> StateDict {
    let group = found[index]
    let wanted = Set(names)
    var contents: [Int: Bytes] = [:]
    var dictionary = StateDict()
    var byteCount = 0
    let budget = options.tensorByteBudget(fileByteCount: fileByteCount)
    for (name, index) in zip(group.names, group.tensors) where wanted.contains(name) {
      let tensor: Tensor
      do {
        tensor = try self.tensor(tree.tensors[index], &contents)
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

  private func tensor(
    _ reference: TensorReference, _ contents: inout [Int: Bytes]
  ) throws(ReadError) -> Tensor {
    switch reference.content {
    case .unsupported(let reason):
      throw ReadError(reason, at: reference.offset)
    case .view(let storage, let type, let elementOffset, let shape, let strides):
      let bytes: Bytes
      if let known = contents[storage] {
        bytes = known
      } else if let location = storages[storage] {
        bytes = try location.contents()
        bytes.releasePages()
        contents[storage] = bytes
      } else {
        throw ReadError(.meta, at: reference.offset)
      }
      return try Tensor(
        elementType: type, shape: shape, strides: strides, elementOffset: elementOffset,
        storage: bytes)
    }
  }
}

extension ReadError {
  fileprivate init(_ reason: UnsupportedTensor, at offset: Int) {
    switch reason {
    case .element(let name):
      self.init(
        .tensorElementType, "elements of type \(name) are not supported", offset: offset,
        expected: "float64, float32, float16, bfloat16, an integer up to 64 bits or bool",
        found: name, advice: "convert the tensor before saving it")
    case .rebuilt(let function):
      self.init(
        .tensorLayout, "only plain tensors are supported", offset: offset,
        found: "one that \(function) rebuilds",
        advice: "convert the tensor to a dense one before saving it")
    case .meta:
      self.init(
        .tensorLayout, "the tensor has a shape but no data (device 'meta')", offset: offset,
        advice: "save the state dict after the weights were loaded")
    }
  }
}

// MARK: Containers

extension TorchCheckpoint {
  private struct Opened {
    var container: Container
    var innerName: String?
    var tree: PickleTree
    var storages: [StorageLocation?]
  }

  private static let zipMagic: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  /// Endings of file names that checkpoints have.
  private static let suffixes = [".pth", ".pt", ".pth.tar", ".ckpt", ".bin"]

  private static func open(
    _ bytes: Bytes, _ options: Options, mayNest: Bool
  ) throws(ReadError) -> Opened {
    if LegacyStream.canRead(bytes) {
      let stream = try LegacyStream(bytes, options)
      return Opened(container: .legacy, tree: stream.tree, storages: stream.storages)
    }
    guard !isLegacyTar(bytes) else {
      throw ReadError(
        .torchLegacyTar, "the tar format of the first PyTorch versions is not supported",
        advice: "load it with torch.load(path, weights_only=False) where you trust it, and save it "
          + "again")
    }
    guard !isPickle(bytes) else {
      throw ReadError(
        .torchLegacy, "a bare pickle, not a file of torch.save", offset: 0,
        expected: "a zip archive, or the magic number of the older stream",
        advice: "save the state dict with torch.save")
    }
    let outer = try ZipArchive(bytes, profile: .general, limits: options.archiveLimits)
    guard mayNest, !TorchArchive.isCheckpoint(outer) else {
      let archive = try TorchArchive(bytes, options)
      return Opened(container: .zip, tree: archive.tree, storages: archive.storages)
    }
    let candidates = outer.entries.filter { entry in
      !entry.name.hasPrefix("__MACOSX/") && suffixes.contains { entry.name.hasSuffix($0) }
    }
    guard candidates.count == 1 else {
      let names = (candidates.isEmpty ? outer.entries : candidates).map(\.name)
      throw ReadError(
        .torchInner,
        candidates.isEmpty
          ? "the archive is no checkpoint and holds none" : "the archive holds several checkpoints",
        expected: candidates.isEmpty
          ? "a record data.pkl, or one file that ends in \(suffixes.joined(separator: ", "))"
          : "one",
        found: names.isEmpty ? "nothing" : names.prefix(3).joined(separator: ", "),
        advice: candidates.isEmpty ? nil : "unpack the archive and convert each")
    }
    do {
      var opened = try open(try outer.contents(of: candidates[0]), options, mayNest: false)
      opened.innerName = candidates[0].name
      return opened
    } catch {
      throw error.path.first == candidates[0].name ? error : error.within(candidates[0].name)
    }
  }

  /// `ustar` stands there in every tar archive since 1988.
  private static func isLegacyTar(_ bytes: Bytes) -> Bool {
    bytes.contains("ustar", at: 257)
  }

  private static func isPickle(_ bytes: Bytes) -> Bool {
    bytes.count > 2 && bytes[0] == PickleOpcode.protocol.rawValue && (0...5).contains(bytes[1])
      && !LegacyStream.canRead(bytes)
  }
}
