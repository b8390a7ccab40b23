public import BinaryInput
internal import ZipArchive

/// What a file holds, whatever it is laid out as and whatever archive is around it.
struct CheckpointContent {
  private(set) var container: TorchCheckpoint.Container
  /// The name of the checkpoint inside an archive around it.
  private(set) var innerName: String?
  /// What the pickle builds.
  private(set) var tree: PickleTree
  /// Where each storage of the tree is; nil for one without data.
  private(set) var storages: [StorageLocation?]

  static let zipMagic: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  /// Endings of file names that checkpoints have.
  private static let suffixes = [".pth", ".pt", ".pth.tar", ".ckpt", ".bin"]

  /// Opens a checkpoint, or the only one in an archive around it.
  init(_ bytes: Bytes, _ options: TorchCheckpoint.Options) throws(ReadError) {
    try self.init(bytes, options, mayNest: true)
  }

  private init(
    _ bytes: Bytes, _ options: TorchCheckpoint.Options, mayNest: Bool
  ) throws(ReadError) {
    if let damage = TextDamage(of: bytes) { throw ReadError(damage) }
    if LegacyStream.canRead(bytes) {
      let stream = try LegacyStream(bytes, options)
      (container, tree, storages) = (.legacy, stream.tree, stream.storages)
      return
    }
    if TarArchive.canRead(bytes) {
      let archive = TarArchive(bytes)
      try archive.requireNoFirstFormat()
      self = try CheckpointContent.only(
        of: archive.members.map { ($0.name, $0) }, .torchTar, options, mayNest: mayNest
      ) { member throws(ReadError) in try archive.contents(of: member) }
      return
    }
    if BarePickle.canRead(bytes) { throw ReadError(BarePickle(bytes)) }
    try ForeignArchive.refuseSeries(bytes)
    let outer = try ZipArchive(bytes, profile: .general, limits: options.archiveLimits)
    let names = outer.entries.map(\.name)
    try ForeignArchive.refuse(names, ForeignArchive.programs)
    guard mayNest, !TorchArchive.isCheckpoint(outer) else {
      let archive = try TorchArchive(bytes, options)
      (container, tree, storages) = (.zip, archive.tree, archive.storages)
      return
    }
    if CheckpointContent.candidates(names).count != 1 {
      try ForeignArchive.refuse(names, ForeignArchive.bundles)
    }
    self = try CheckpointContent.only(
      of: outer.entries.map { ($0.name, $0) }, .torchInner, options, mayNest: true
    ) { entry throws(ReadError) in try outer.contents(of: entry) }
  }

  private static func candidates(_ names: [String]) -> [Int] {
    names.indices.filter { index in
      !ArchiveLitter.holds(names[index]) && suffixes.contains { names[index].hasSuffix($0) }
    }
  }

  /// The only checkpoint among the files of an archive.
  private static func only<File>(
    of files: [(name: String, file: File)], _ code: ErrorCode, _ options: TorchCheckpoint.Options,
    mayNest: Bool, contents: (File) throws(ReadError) -> Bytes
  ) throws(ReadError) -> CheckpointContent {
    let names = files.map(\.name)
    let candidates = candidates(names)
    let kind = code == .torchTar ? "tar archive" : "archive"
    guard mayNest, candidates.count == 1 else {
      let found = candidates.isEmpty ? names : candidates.map { names[$0] }
      throw ReadError(
        code,
        candidates.isEmpty
          ? "the \(kind) is no checkpoint and holds none"
          : mayNest ? "the \(kind) holds several checkpoints" : "archives lie in archives",
        expected: candidates.isEmpty
          ? "a record data.pkl, or one file that ends in \(suffixes.joined(separator: ", "))"
          : "one",
        found: found.isEmpty ? "nothing" : found.prefix(3).joined(separator: ", "),
        advice: code == .torchTar
          ? "unpack it with tar xf, and give the file that is in it"
          : candidates.isEmpty ? nil : "unpack the archive and convert each")
    }
    let name = names[candidates[0]]
    do {
      let bytes = try contents(files[candidates[0]].file)
      var content = try CheckpointContent(bytes, options, mayNest: false)
      content.innerName = name
      return content
    } catch {
      throw error.path.first == name ? error : error.within(name)
    }
  }
}

extension TorchCheckpoint {
  /// Whether these bytes claim to be a checkpoint or an archive around one, damaged or not.
  public static func canRead(_ bytes: Bytes) -> Bool {
    bytes.hasPrefix(CheckpointContent.zipMagic) || LegacyStream.canRead(bytes)
      || TarArchive.canRead(bytes) || BarePickle.canRead(bytes)
  }
}

/// Files that a desktop leaves in folders and archives.
enum ArchiveLitter {
  /// Whether a path is that of such a file.
  static func holds(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    return parts.first == "__MACOSX" || parts.last?.hasPrefix("._") ?? false
      || [".DS_Store", "Thumbs.db", "desktop.ini"].contains(parts.last.map(String.init) ?? "")
  }
}
