internal import BinaryInput
internal import ZipArchive

/// The zip archive that `torch.save` writes since PyTorch 1.6: records in one folder.
struct TorchArchive {
  /// What the pickle builds.
  let tree: PickleTree
  /// Where each storage of the tree is; nil for one without data.
  let storages: [StorageLocation?]

  private static let byteOrderRecord = "byteorder"
  private static let pickleRecord = "data.pkl"
  private static let rootRecords = [pickleRecord, "constants.pkl"]
  private static let versionRecords = ["version", ".data/version"]
  private static let supportedVersions = 1...10
  private static let scriptAdvice =
    "in Python: module = torch.jit.load(\"model.pt\", map_location=\"cpu\"); "
    + "torch.save(module.state_dict(), \"state_dict.pth\")"
  /// The longest content of a record that holds a number or a word.
  private static let maximumWordByteCount = 64

  /// Whether an archive is a checkpoint, damaged or not, rather than one around other files.
  static func isCheckpoint(_ archive: ZipArchive) -> Bool {
    root(of: archive) != nil
  }

  /// The path of the folder that holds the records: of a pickle at most three folders deep, and of
  /// the outermost; nil where there is none. It is empty where the records are in no folder.
  private static func root(of archive: ZipArchive) -> String? {
    var root: [Substring]?
    for entry in archive.entries where !ArchiveLitter.holds(entry.name) {
      let parts = entry.name.split(separator: "/")
      guard let name = parts.last, rootRecords.contains(String(name)), parts.count <= 4,
        parts.count <= root?.count ?? parts.count
      else { continue }
      root = parts.dropLast()
    }
    return root?.joined(separator: "/")
  }

  init(_ bytes: Bytes, _ options: TorchCheckpoint.Options) throws(ReadError) {
    let archive = try ZipArchive(bytes, profile: .strict, limits: options.archiveLimits)
    let records = try Records(archive)
    try records.requireFormat()
    let (pickle, path) = try records.contents(TorchArchive.pickleRecord)
    do throws(ReadError) {
      var reader = ByteReader(pickle.span, truncation: .pickleTruncated)
      tree = try PickleMachine.read(
        &reader, of: pickle, dialect: .zip, keepsUnknownClasses: options.keepsUnknownClasses)
      guard reader.isAtEnd else {
        throw ReadError(
          .pickleTrailing, "bytes follow the end of the pickle", offset: reader.position,
          expected: "the end of the record", found: "\(reader.remainingByteCount) bytes")
      }
    } catch {
      throw error.within(path)
    }
    storages = try tree.storages.map { storage throws(ReadError) in
      try records.location(of: storage)
    }
  }

  /// The records by their names inside the one folder.
  private struct Records {
    let archive: ZipArchive
    /// What stands in front of the name of every record: the path of the one folder and a slash.
    let folder: String

    init(_ archive: ZipArchive) throws(ReadError) {
      self.archive = archive
      let root =
        TorchArchive.root(of: archive)
        ?? String(archive.entries.first?.name.prefix { $0 != "/" } ?? "")
      let folder = root.isEmpty ? "" : "\(root)/"
      let outsider = archive.entries.first { entry in
        !entry.name.hasPrefix(folder) && !ArchiveLitter.holds(entry.name)
      }
      if let outsider {
        throw ReadError(
          .torchLayout, "a record lies outside the folder of the checkpoint",
          path: [outsider.name], expected: "all in '\(folder)'")
      }
      self.folder = folder
    }

    func entry(_ name: String) -> ZipArchive.Entry? {
      archive.entry(named: folder + name)
    }

    func contents(_ name: String) throws(ReadError) -> (Bytes, path: String) {
      let path = folder + name
      guard let entry = archive.entry(named: path) else {
        throw ReadError(
          .torchLayout, "a record is missing", path: [path],
          expected: "\(TorchArchive.pickleRecord) and \(TorchArchive.versionRecords[0])",
          advice: "check that this is a checkpoint of torch.save")
      }
      return (try archive.contents(of: entry), path)
    }

    func requireFormat() throws(ReadError) {
      let scripts = archive.entries.filter { $0.name.hasPrefix("\(folder)code/") }
      guard entry("constants.pkl") == nil, scripts.isEmpty else {
        throw ReadError(
          .torchScript, "this is a TorchScript program, not a state dict",
          path: ["\(folder)constants.pkl"],
          advice: TorchArchive.scriptAdvice)
      }
      let name = TorchArchive.versionRecords.first { entry($0) != nil }
      let version = try word(name ?? TorchArchive.versionRecords[0], .torchVersion)
      guard let number = Int(version), TorchArchive.supportedVersions.contains(number) else {
        throw ReadError(
          .torchVersion, "the version of the format is not supported",
          path: [folder + (name ?? "")],
          expected: "\(TorchArchive.supportedVersions.lowerBound) to "
            + "\(TorchArchive.supportedVersions.upperBound)", found: version)
      }
      guard entry(TorchArchive.byteOrderRecord) != nil else { return }
      let order = try word(TorchArchive.byteOrderRecord, .torchByteOrder)
      guard order == "little" else {
        throw ReadError(
          .torchByteOrder, "only little-endian checkpoints are supported",
          path: [folder + TorchArchive.byteOrderRecord], expected: "little", found: order,
          advice: order == "big" ? "load it and save it again on a little-endian machine" : nil)
      }
    }

    /// The text of a short record, without the line feed at its end.
    private func word(_ name: String, _ code: ErrorCode) throws(ReadError) -> String {
      let (bytes, path) = try contents(name)
      guard bytes.count <= TorchArchive.maximumWordByteCount else {
        throw ReadError(
          code, "the record is too long", path: [path],
          expected: "at most \(TorchArchive.maximumWordByteCount) bytes", found: "\(bytes.count)")
      }
      let text = String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
      return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    func location(of storage: StorageReference) throws(ReadError) -> StorageLocation? {
      guard !storage.isMeta else { return nil }
      let path = "\(folder)data/\(storage.key)"
      guard let entry = archive.entry(named: path) else {
        throw ReadError(
          .torchStorageMissing, "the record of a storage is missing", path: [path],
          expected: "\(storage.elementCount) × \(storage.element.name)")
      }
      guard storage.byteCount == nil || storage.byteCount == entry.byteCount else {
        throw ReadError(
          .torchStorageSize, "the record has another size than its storage declares",
          path: [path], offset: entry.dataOffset,
          expected:
            "\(storage.elementCount) × \(storage.element.name) (\(storage.byteCount ?? 0) bytes)",
          found: "\(entry.byteCount) bytes")
      }
      return .record(archive, entry)
    }
  }
}

/// Where the elements of a storage are.
enum StorageLocation: Sendable {
  /// A record of an archive.
  case record(ZipArchive, ZipArchive.Entry)
  /// Bytes of a legacy stream.
  case bytes(Bytes)

  /// The elements, their checksum verified where there is one.
  func contents() throws(ReadError) -> Bytes {
    switch self {
    case .record(let archive, let entry): try archive.contents(of: entry)
    case .bytes(let bytes): bytes
    }
  }
}
