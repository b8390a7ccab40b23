public import BinaryInput
internal import Digests

/// A zip archive whose whole structure has been checked: every entry lies where both of its
/// headers say, once, and nothing overlaps.
///
/// Follows PKWARE's APPNOTE.TXT 6.3.10 for archives on one disk, stored or deflated, with ZIP64.
/// Opening reads headers only; ``contents(of:)`` reads data.
public struct ZipArchive: Sendable {
  /// How much freedom an archive has.
  public enum Profile: Sendable {
    /// For checkpoints: entries follow one another without gaps from the first byte on, there are
    /// no comments, and names differ by more than the case of ASCII letters.
    case strict
    /// For `.npz` files and archives around other files: gaps and comments are passed over.
    case general
  }

  /// What an archive may ask for.
  public struct Limits: Sendable {
    /// The largest number of entries.
    public var maximumEntryCount = 1_000_000
    /// The largest sum, in bytes, that all deflated entries together may claim to inflate to.
    public var maximumInflatedByteCount = 4 << 30

    /// The limits that apply where no others are given.
    public init() {}
  }

  /// One file in the archive.
  public struct Entry: Sendable, Hashable {
    /// The relative path, with `/` between folders.
    public let name: String
    /// The number of bytes of the content.
    public let byteCount: Int
    /// The number of bytes that the content takes in the archive.
    public let compressedByteCount: Int
    /// Whether the content is in the archive as it is, not deflated.
    public let isStored: Bool
    /// The recorded CRC-32 of the content.
    public let storedChecksum: UInt32
    /// The offset, in bytes, of the entry's data in the archive.
    public let dataOffset: Int

    /// Whether a checksum was recorded; PyTorch can be told to leave it out and then writes 0.
    public var hasChecksum: Bool { storedChecksum != 0 || byteCount == 0 }
  }

  /// The files in the order of the central directory; entries for folders are left out.
  public let entries: [Entry]

  private let bytes: Bytes
  private let indices: [String: Int]

  /// Reads and checks the structure of an archive, but none of its data.
  ///
  /// - Throws: One of ``errorCodes``, except `zip.crc` and `zip.deflate`.
  /// - Complexity: O(*n* log *n*) in the number of entries.
  public init(
    _ bytes: Bytes, profile: Profile, limits: Limits = Limits()
  ) throws(ReadError) {
    let directory = try EndRecord(of: bytes, profile: profile, limits: limits)
    let headers = try CentralHeader.readAll(
      in: bytes, directory: directory, profile: profile, limits: limits)
    var entries: [Entry] = []
    var extents: [Extent] = []
    for header in headers {
      let local = try LocalHeader(
        of: header, in: bytes[0..<directory.directoryOffset], archive: bytes)
      extents.append(Extent(range: header.localOffset..<local.end, name: header.name))
      guard !header.isFolder else { continue }
      entries.append(
        Entry(
          name: header.name, byteCount: header.byteCount,
          compressedByteCount: header.compressedByteCount, isStored: header.isStored,
          storedChecksum: header.checksum, dataOffset: local.dataOffset))
    }
    try Extent.requireDisjoint(extents, before: directory.directoryOffset, profile: profile)
    self.bytes = bytes
    self.entries = entries
    indices = Dictionary(
      entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The file of exactly that name, or nil.
  public func entry(named name: String) -> Entry? {
    indices[name].map { entries[$0] }
  }

  /// The content of one of this archive's entries. That of a stored entry shares the archive's
  /// memory.
  ///
  /// - Precondition: `entry` is one of ``entries``.
  /// - Throws: `zip.crc` where the content does not have the recorded checksum, `zip.deflate` and
  ///   `zip.bomb` where it cannot be inflated to exactly the recorded number of bytes, `io.memory`
  ///   where there is no room for it.
  /// - Complexity: O(*n*) in the entry's number of bytes.
  public func contents(of entry: Entry) throws(ReadError) -> Bytes {
    let data = bytes[entry.dataOffset..<(entry.dataOffset + entry.compressedByteCount)]
    let contents = entry.isStored ? data : try inflate(data, of: entry)
    if entry.hasChecksum {
      let computed = CRC32.checksum(contents.span)
      guard computed == entry.storedChecksum else {
        throw ReadError(
          .zipChecksum, "CRC-32 mismatch", path: [entry.name], offset: entry.dataOffset,
          expected: String(entry.storedChecksum, radix: 16), found: String(computed, radix: 16),
          advice: "the file is damaged; download or copy it again")
      }
    }
    return contents
  }

  /// The beginning of the content of one of this archive's entries, whose checksum is therefore not
  /// asked; of a deflated entry, no more is inflated.
  ///
  /// - Parameters:
  ///   - entry: One of ``entries``.
  ///   - byteCount: How many bytes are wanted; all that there are where they are fewer.
  /// - Returns: The bytes; those of a stored entry share the archive's memory.
  /// - Precondition: `entry` is one of ``entries``, and `byteCount` is not negative.
  /// - Throws: `zip.deflate` where that part cannot be inflated, `io.memory`.
  /// - Complexity: O(1), or O(*n*) in `byteCount` for a deflated entry.
  public func prefix(
    of entry: Entry, byteCount: Int
  ) throws(ReadError) -> Bytes {
    let count = min(byteCount, entry.byteCount)
    guard count > 0 else { return .empty }
    let data = bytes[entry.dataOffset..<(entry.dataOffset + entry.compressedByteCount)]
    return entry.isStored ? data[0..<count] : try inflatePrefix(data, byteCount: count, of: entry)
  }
}

/// The bytes of an archive that belong to one entry: local header, data and data descriptor.
private struct Extent {
  let range: Range<Int>
  let name: String

  static func requireDisjoint(
    _ extents: [Extent], before directoryOffset: Int, profile: ZipArchive.Profile
  ) throws(ReadError) {
    var end = 0
    for extent in extents.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      guard extent.range.lowerBound >= end else {
        throw ReadError(
          .zipOverlap, "the entry shares bytes with another", path: [extent.name],
          offset: extent.range.lowerBound)
      }
      try requireNoGap(end..<extent.range.lowerBound, profile)
      end = extent.range.upperBound
    }
    try requireNoGap(end..<directoryOffset, profile)
  }

  private static func requireNoGap(
    _ gap: Range<Int>, _ profile: ZipArchive.Profile
  ) throws(ReadError) {
    guard gap.isEmpty || profile == .general else {
      throw ReadError(
        .zipGap, "\(gap.count) bytes belong to no entry", offset: gap.lowerBound)
    }
  }
}
