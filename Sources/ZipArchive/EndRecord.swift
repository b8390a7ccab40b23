internal import BinaryInput

/// What the records at the end of an archive say about its central directory.
struct EndRecord {
  let entryCount: Int
  /// Where the central directory starts.
  let directoryOffset: Int
  /// The first byte after the central directory.
  let directoryEnd: Int

  private static let signature: UInt32 = 0x0605_4b50
  private static let byteCount = 22
  private static let locator64Signature: UInt32 = 0x0706_4b50
  private static let locator64ByteCount = 20
  private static let record64Signature: UInt32 = 0x0606_4b50
  private static let record64ByteCount = 56

  init(
    of bytes: Bytes, profile: ZipArchive.Profile, limits: ZipArchive.Limits
  ) throws(ReadError) {
    let offset = try EndRecord.locate(in: bytes, profile: profile)
    let narrow = try Fields(narrowAt: offset, in: bytes)
    let fields: Fields
    if let record64 = try EndRecord.locate64(before: offset, in: bytes) {
      fields = try Fields(wideAt: record64, in: bytes)
      try fields.requireAgreement(with: narrow, at: offset)
      directoryEnd = record64
    } else {
      guard !narrow.needsWide else {
        throw ReadError(
          .zip64Mismatch, "the end record refers to a ZIP64 record that is not there",
          offset: offset)
      }
      fields = narrow
      directoryEnd = offset
    }
    guard fields.disk == 0, fields.directoryDisk == 0, fields.entriesOnDisk == fields.entryCount
    else {
      throw ReadError(.zipMultiDisk, "the archive is spread over several disks", offset: offset)
    }
    guard let start = Int(exactly: fields.directoryOffset),
      let byteCount = Int(exactly: fields.directoryByteCount),
      start.adding(exactly: byteCount) == directoryEnd
    else {
      throw ReadError(
        .zipCentralDirectory, "the central directory does not lie where the end record says",
        offset: offset, expected: "its end at \(directoryEnd)",
        found: "\(fields.directoryByteCount) bytes from \(fields.directoryOffset)")
    }
    guard let count = Int(exactly: fields.entryCount), count <= limits.maximumEntryCount,
      count <= byteCount / CentralHeader.minimumByteCount
    else {
      throw ReadError(
        .zipCentralDirectory, "more entries than are possible", offset: offset,
        expected:
          "at most \(min(limits.maximumEntryCount, byteCount / CentralHeader.minimumByteCount))",
        found: "\(fields.entryCount)")
    }
    entryCount = count
    directoryOffset = start
  }

  /// Finds the end record, whose comment must end with the archive.
  private static func locate(in bytes: Bytes, profile: Profile) throws(ReadError) -> Int {
    var lastOffset: Int?
    let latest = bytes.count - byteCount
    for offset in stride(from: latest, through: max(0, latest - Int(UInt16.max)), by: -1)
    where bytes.hasSignature(signature, at: offset) {
      let commentByteCount = Int(bytes[offset + 20]) | Int(bytes[offset + 21]) << 8
      if offset + byteCount + commentByteCount == bytes.count {
        guard commentByteCount == 0 || profile == .general else {
          throw ReadError(
            .zipTrailingData, "the archive has a comment", offset: offset + byteCount,
            expected: "the end of the file", found: "\(commentByteCount) bytes")
        }
        return offset
      }
      // One whose comment is not all there is the end of an archive that is cut short.
      if offset + byteCount + commentByteCount < bytes.count { lastOffset = lastOffset ?? offset }
    }
    // Another archive may be stored in one that is cut short; its end record is no evidence of
    // bytes too many unless its central directory is where it says.
    if let offset = lastOffset, let fields = try? Fields(narrowAt: offset, in: bytes),
      fields.directoryOffset + fields.directoryByteCount <= offset,
      bytes.hasSignature(CentralHeader.signature, at: Int(fields.directoryOffset))
    {
      throw ReadError(
        .zipTrailingData, "bytes follow the end of the archive", offset: offset + byteCount,
        expected: "the end of the file",
        found: "\(bytes.count - offset - byteCount) bytes")
    }
    throw ReadError(
      .zipTruncated, "no end-of-central-directory record in \(bytes.count) bytes",
      offset: bytes.count, advice: "check that the download or copy is complete")
  }

  private typealias Profile = ZipArchive.Profile

  /// The offset of the ZIP64 end record, or nil where no locator stands before the end record.
  private static func locate64(before offset: Int, in bytes: Bytes) throws(ReadError) -> Int? {
    let locator = offset - locator64ByteCount
    guard locator >= 0, bytes.hasSignature(locator64Signature, at: locator) else { return nil }
    var reader = ByteReader(
      bytes.span.extracting((locator + 4)..<offset), baseOffset: locator + 4,
      truncation: .zipTruncated)
    let disk: UInt32 = try reader.read()
    let recordOffset: UInt64 = try reader.read()
    let diskCount: UInt32 = try reader.read()
    guard disk == 0, diskCount <= 1 else {
      throw ReadError(
        .zipMultiDisk, "the archive is spread over several disks", offset: locator)
    }
    let expected = locator - record64ByteCount
    guard expected >= 0, recordOffset == UInt64(expected),
      bytes.hasSignature(record64Signature, at: expected)
    else {
      throw ReadError(
        .zip64Mismatch, "the ZIP64 end record is not in front of its locator", offset: locator,
        expected: "offset \(expected)", found: "\(recordOffset)")
    }
    return expected
  }

  /// The fields that both end records have.
  private struct Fields {
    let disk: UInt64
    let directoryDisk: UInt64
    let entriesOnDisk: UInt64
    let entryCount: UInt64
    let directoryByteCount: UInt64
    let directoryOffset: UInt64

    init(narrowAt offset: Int, in bytes: Bytes) throws(ReadError) {
      var reader = ByteReader(
        bytes.span.extracting((offset + 4)..<(offset + EndRecord.byteCount)),
        baseOffset: offset + 4, truncation: .zipTruncated)
      disk = UInt64(try reader.read(UInt16.self))
      directoryDisk = UInt64(try reader.read(UInt16.self))
      entriesOnDisk = UInt64(try reader.read(UInt16.self))
      entryCount = UInt64(try reader.read(UInt16.self))
      directoryByteCount = UInt64(try reader.read(UInt32.self))
      directoryOffset = UInt64(try reader.read(UInt32.self))
    }

    init(wideAt offset: Int, in bytes: Bytes) throws(ReadError) {
      var reader = ByteReader(
        bytes.span.extracting((offset + 4)..<(offset + EndRecord.record64ByteCount)),
        baseOffset: offset + 4, truncation: .zipTruncated)
      // The record's byte count leaves out the signature and itself.
      let byteCount: UInt64 = try reader.read()
      guard byteCount == UInt64(EndRecord.record64ByteCount - 12) else {
        throw ReadError(
          .zip64Mismatch, "the ZIP64 end record has another size", offset: offset,
          expected: "\(EndRecord.record64ByteCount - 12) bytes", found: "\(byteCount)")
      }
      try reader.skip(byteCount: 4)
      disk = UInt64(try reader.read(UInt32.self))
      directoryDisk = UInt64(try reader.read(UInt32.self))
      entriesOnDisk = try reader.read()
      entryCount = try reader.read()
      directoryByteCount = try reader.read()
      directoryOffset = try reader.read()
    }

    /// Whether a value is the sign for "see the ZIP64 record". The counts of entries are no such
    /// sign: archives of exactly 65 535 entries are written without that record.
    var needsWide: Bool {
      directoryByteCount == UInt32.max || directoryOffset == UInt32.max
    }

    func requireAgreement(with narrow: Fields, at offset: Int) throws(ReadError) {
      let short = UInt64(UInt16.max)
      let long = UInt64(UInt32.max)
      for (what, wide, narrow, sentinel) in [
        ("disk number", disk, narrow.disk, short),
        ("disk of the central directory", directoryDisk, narrow.directoryDisk, short),
        ("number of entries on this disk", entriesOnDisk, narrow.entriesOnDisk, short),
        ("number of entries", entryCount, narrow.entryCount, short),
        ("size of the central directory", directoryByteCount, narrow.directoryByteCount, long),
        ("offset of the central directory", directoryOffset, narrow.directoryOffset, long),
      ] where narrow != wide && narrow != sentinel {
        throw ReadError(
          .zip64Mismatch, "the two end records differ in the \(what)", offset: offset,
          expected: "\(wide)", found: "\(narrow)")
      }
    }
  }
}

extension Bytes {
  /// Whether the little-endian `signature` stands at `offset`; not where that is outside.
  func hasSignature(_ signature: UInt32, at offset: Int) -> Bool {
    guard offset >= 0, offset <= count - 4 else { return false }
    return (0..<4).allSatisfy {
      self[offset + $0] == UInt8(truncatingIfNeeded: signature >> (8 * $0))
    }
  }
}
