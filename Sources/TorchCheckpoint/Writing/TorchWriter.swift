public import BinaryInput
public import TensorData
internal import ZipArchive

/// Writes named tensors as `torch.save` writes the `state_dict()` of a module.
///
/// Records, pickle, alignment and checksums are those of PyTorch 2.13 under CPython 3.11, byte for
/// byte where tensors are contiguous and every module has tensors; modules without any, such as
/// activations, are unknown here and lack their entry of `_metadata`, and a version that is not a
/// batch norm's is 1. Tensors that share memory share a storage.
///
/// Properties of the content and layer strings of modules are left out: `load_state_dict` takes no key
/// that names no parameter, and `torch.load(weights_only=True)` reads no other record.
public struct TorchWriter: TensorFileWriter {
  /// What the names of all records begin with: the folder that they lie in.
  public let rootName: String

  private let plan: ZipPlan
  private let pickle: [UInt8]
  private let storages: [DeferredTensor]

  private static let pickleRecord = "data.pkl"
  private static let identifierRecord = ".data/serialization_id"
  /// The records between the pickle and the storages.
  private static let constants: [(name: String, content: String)] = [
    (".format_version", "1"), (".storage_alignment", "64"), ("byteorder", "little"),
  ]
  private static let version: (name: String, content: String) = ("version", "3\n")

  /// Decides the layout of a file; nothing is written yet.
  ///
  /// - Parameters:
  ///   - content: The tensors; in their names, dots stand between modules.
  ///   - rootName: The name of the folder in the archive. PyTorch takes the file's name up to its
  ///     last dot, and `archive` where that is not ASCII, which is also done here, as for a name that
  ///     cannot be a folder's.
  /// - Throws: `pth.unwritable` where a name is empty or too long, or names have too many parts;
  ///   `zip.unwritable` where the file would be larger than any can be.
  /// - Complexity: O(*n*) in the bytes of the names.
  public init(_ content: TensorFileContent, rootName: String) throws(ReadError) {
    let pickle = try StateDictPickle(content.tensors)
    let rootName = TorchWriter.isFolder(rootName) ? rootName : "archive"
    var files = [(TorchWriter.pickleRecord, pickle.bytes.count)]
    files += TorchWriter.constants.map { ($0.name, $0.content.utf8.count) }
    files += pickle.storages.enumerated().map { ("data/\($0)", $1.byteCount) }
    files.append((TorchWriter.version.name, TorchWriter.version.content.utf8.count))
    files.append((TorchWriter.identifierRecord, SerializationID.digitCount))
    plan = try ZipPlan(files.map { ("\(rootName)/\($0.0)", $0.1) }, layout: .torch)
    self.rootName = rootName
    self.pickle = pickle.bytes
    storages = pickle.storages
  }

  /// Whether a folder can have this name everywhere.
  private static func isFolder(_ name: String) -> Bool {
    (1...255).contains(name.utf8.count) && name != "." && name != ".."
      && name.utf8.allSatisfy {
        (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\")
      }
  }

  /// The number of bytes of the file.
  public var byteCount: Int { plan.byteCount }

  /// Writes the whole file, one tensor at a time.
  ///
  /// - Throws: `io.write`; what making the tensors throws.
  /// - Precondition: Nothing was written to the file.
  public func write(to file: inout AtomicOutputFile) throws(ReadError) {
    var writer = ZipWriter(plan)
    try writer.append(to: &file, bytes: pickle)
    for constant in TorchWriter.constants {
      try writer.append(to: &file, bytes: Array(constant.content.utf8))
    }
    for storage in storages {
      try writer.append(to: &file) { (body) throws(ReadError) in try storage.forEachPart(body) }
    }
    try writer.append(to: &file, bytes: Array(TorchWriter.version.content.utf8))
    try writer.append(to: &file, bytes: Array(identifier(writer.checksums).utf8))
    try writer.finish(&file)
  }

  private func identifier(_ checksums: [UInt32]) -> String {
    var identifier = SerializationID()
    for (entry, checksum) in zip(plan.entries, checksums) {
      identifier.add(
        String(entry.name.dropFirst(rootName.count + 1)), byteCount: entry.byteCount,
        checksum: checksum)
    }
    return identifier.text
  }
}
