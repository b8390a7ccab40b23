public import BinaryInput

/// Where everything in an archive will be, which follows from names and sizes alone.
public struct ZipPlan: Sendable {
  /// A file that is to be in the archive.
  public struct Entry: Hashable, Sendable {
    /// The relative path, with `/` between folders.
    public let name: String
    /// The number of bytes of the content.
    public let byteCount: Int
    /// Where the header in front of the data starts.
    public let headerOffset: Int
    /// Where the data starts.
    public let dataOffset: Int
    /// The first byte after the data and what follows them.
    public let end: Int
  }

  /// The files, in the order in which they are written.
  public let entries: [Entry]
  /// The number of bytes of the whole archive.
  public let byteCount: Int

  let layout: ZipLayout
  /// Where the central directory starts.
  let directoryOffset: Int

  /// Plans an archive.
  ///
  /// - Parameters:
  ///   - files: The names and sizes, in order; no name twice.
  ///   - layout: What the format leaves open.
  /// - Throws: `zip.unwritable` where a name is none that readers accept, or the archive is beyond
  ///   any file.
  /// - Complexity: O(*n*) in the bytes of all names.
  public init(_ files: [(name: String, byteCount: Int)], layout: ZipLayout) throws(ReadError) {
    self.layout = layout
    var entries: [Entry] = []
    entries.reserveCapacity(files.count)
    var end = 0
    for (name, byteCount) in files {
      guard CentralHeader.isHarmless(name), !name.hasSuffix("/") else {
        throw ReadError(
          .zipUnwritable, "this cannot be the name of an entry of an archive", path: [name],
          expected: "a relative path of at most \(CentralHeader.maximumNameByteCount) bytes, "
            + "without '..', '\\' and control characters",
          advice: "rename it, or write a format without archives")
      }
      let entry = ZipPlan.entry(name, byteCount, at: end, layout)
      guard let entry else { throw ZipPlan.beyondAnyFile(name) }
      entries.append(entry)
      end = entry.end
    }
    self.entries = entries
    directoryOffset = end
    let directoryByteCount = entries.reduce(0) {
      $0 + ZipPlan.directoryEntryByteCount($1, layout)
    }
    guard
      let byteCount = end.adding(
        exactly: directoryByteCount
          + ZipEndRecords.byteCount(
            entryCount: entries.count, directoryOffset: end,
            directoryByteCount: directoryByteCount, layout))
    else { throw ZipPlan.beyondAnyFile(nil) }
    self.byteCount = byteCount
  }

  private static func beyondAnyFile(_ name: String?) -> ReadError {
    ReadError(
      .zipUnwritable, "the archive would be larger than any file can be",
      path: name.map { [$0] } ?? [], advice: "write fewer tensors")
  }

  /// The next entry; nil where a number does not fit.
  private static func entry(
    _ name: String, _ byteCount: Int, at offset: Int, _ layout: ZipLayout
  ) -> Entry? {
    let header = ZipHeaders(name: name, byteCount: byteCount, offset: offset, layout)
    guard byteCount >= 0, let bare = offset.adding(exactly: header.bareLocalByteCount),
      let dataOffset = layout.dataAlignment.map({ bare.roundedUp(toMultipleOf: $0) }) ?? bare,
      let end = dataOffset.adding(exactly: byteCount)?
        .adding(exactly: header.descriptorByteCount)
    else { return nil }
    return Entry(
      name: name, byteCount: byteCount, headerOffset: offset, dataOffset: dataOffset, end: end)
  }

  private static func directoryEntryByteCount(_ entry: Entry, _ layout: ZipLayout) -> Int {
    ZipHeaders(
      name: entry.name, byteCount: entry.byteCount, offset: entry.headerOffset, layout
    ).directoryByteCount
  }
}

extension ZipPlan {
  /// What stands in front of the data of an entry.
  ///
  /// - Parameters:
  ///   - index: The index among ``entries``.
  ///   - checksum: The CRC-32 of the content; of no account where it follows the data.
  /// - Returns: The header, the name and the extra fields.
  /// - Precondition: `index` is one of ``entries``.
  public func localHeader(_ index: Int, checksum: UInt32) -> [UInt8] {
    let entry = entries[index]
    return headers(entry).local(
      checksum: checksum, byteCount: entry.dataOffset - entry.headerOffset)
  }

  /// What follows the data of an entry; empty in layouts without descriptors and for no data.
  ///
  /// - Parameters:
  ///   - index: The index among ``entries``.
  ///   - checksum: The CRC-32 of the content.
  /// - Returns: The descriptor.
  /// - Precondition: `index` is one of ``entries``.
  public func descriptor(_ index: Int, checksum: UInt32) -> [UInt8] {
    headers(entries[index]).descriptor(checksum: checksum)
  }

  /// The central directory and the end records.
  ///
  /// - Parameter checksums: The CRC-32 of the content of every entry, in order.
  /// - Returns: Everything behind the entries.
  /// - Complexity: O(*n*) in the bytes of all names.
  /// - Precondition: There is a checksum for every entry.
  public func directory(checksums: [UInt32]) -> [UInt8] {
    precondition(checksums.count == entries.count, "a checksum an entry")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount - directoryOffset)
    for (entry, checksum) in zip(entries, checksums) {
      bytes += headers(entry).directoryEntry(checksum: checksum)
    }
    bytes += ZipEndRecords.bytes(
      entryCount: entries.count, directoryOffset: directoryOffset,
      directoryByteCount: bytes.count, layout)
    return bytes
  }

  private func headers(_ entry: Entry) -> ZipHeaders {
    ZipHeaders(
      name: entry.name, byteCount: entry.byteCount, offset: entry.headerOffset, layout)
  }
}
