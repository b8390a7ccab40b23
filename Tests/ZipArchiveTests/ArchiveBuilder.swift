import BinaryInput

/// Little-endian bytes of a number.
func littleEndian(_ value: UInt64, _ byteCount: Int) -> [UInt8] {
  (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
}

/// The checksum's definition, one bit at a time.
func checksum(_ bytes: [UInt8]) -> UInt32 {
  var register = UInt32.max
  for byte in bytes {
    register ^= UInt32(byte)
    for _ in 0..<8 {
      register = register & 1 == 0 ? register >> 1 : register >> 1 ^ 0xEDB8_8320
    }
  }
  return ~register
}

/// An extra field.
func extraField(_ kind: UInt16, _ content: [UInt8]) -> [UInt8] {
  littleEndian(UInt64(kind), 2) + littleEndian(UInt64(content.count), 2) + content
}

/// The extra field for values that do not fit their places.
func wideField(_ values: UInt64...) -> [UInt8] {
  extraField(1, values.flatMap { littleEndian($0, 8) })
}

/// A file of an archive, with everything that is written about it.
struct ArchivedFile: Sendable {
  var name: [UInt8]
  /// The data as it lies in the archive.
  var data: [UInt8]
  var method: UInt16
  var flags: UInt16 = 0
  var checksum: UInt32
  var byteCount: UInt64
  var compressedByteCount: UInt64
  var disk: UInt16 = 0
  var extra: [UInt8] = []
  var comment: [UInt8] = []
  /// Whether the directory refers to a ZIP64 field, and that field where it is not the right one.
  var isWide = false
  var wideExtra: [UInt8]?
  /// Where the directory says that the file is, if elsewhere.
  var offset: UInt64?

  /// What the local header says where it does not say the same.
  var localName: [UInt8]?
  var localMethod: UInt16?
  var localFlags: UInt16?
  var localChecksum: UInt32?
  var localByteCount: UInt32?
  var localCompressedByteCount: UInt32?
  var localExtra: [UInt8] = []

  /// Bytes in front of the local header.
  var gap: [UInt8] = []
  /// Bytes behind the data.
  var descriptor: [UInt8] = []

  init(_ name: String, _ content: [UInt8]) {
    self.name = Array(name.utf8)
    data = content
    method = 0
    checksum = ZipArchiveTests.checksum(content)
    byteCount = UInt64(content.count)
    compressedByteCount = UInt64(content.count)
  }

  /// A file whose data is a stream of deflate.
  init(_ name: String, _ content: [UInt8], deflated: [UInt8]) {
    self.init(name, content)
    data = deflated
    method = 8
    compressedByteCount = UInt64(deflated.count)
  }

  /// Leaves checksum and sizes to a data descriptor.
  mutating func describeAfterwards(hasSignature: Bool, sizeByteCount: Int) {
    flags |= 8
    localChecksum = 0
    localByteCount = 0
    localCompressedByteCount = 0
    descriptor =
      (hasSignature ? [0x50, 0x4B, 7, 8] : []) + littleEndian(UInt64(checksum), 4)
      + littleEndian(compressedByteCount, sizeByteCount) + littleEndian(byteCount, sizeByteCount)
  }

  fileprivate var localHeader: [UInt8] {
    let name = localName ?? name
    return [0x50, 0x4B, 3, 4, 20, 0] + littleEndian(UInt64(localFlags ?? flags), 2)
      + littleEndian(UInt64(localMethod ?? method), 2) + [0, 0, 0, 0]
      + littleEndian(UInt64(localChecksum ?? checksum), 4)
      + littleEndian(UInt64(localCompressedByteCount ?? UInt32(clamping: compressedByteCount)), 4)
      + littleEndian(UInt64(localByteCount ?? UInt32(clamping: byteCount)), 4)
      + littleEndian(UInt64(name.count), 2) + littleEndian(UInt64(localExtra.count), 2) + name
      + localExtra
  }

  fileprivate func centralHeader(offset: UInt64) -> [UInt8] {
    let offset = self.offset ?? offset
    let wide = wideExtra ?? wideField(byteCount, compressedByteCount, offset)
    let extra = (isWide ? wide : []) + extra
    func narrow(_ value: UInt64) -> [UInt8] {
      isWide ? [255, 255, 255, 255] : littleEndian(value, 4)
    }
    return [0x50, 0x4B, 1, 2, 20, 3, 20, 0] + littleEndian(UInt64(flags), 2)
      + littleEndian(UInt64(method), 2) + [0, 0, 0, 0] + littleEndian(UInt64(checksum), 4)
      + narrow(compressedByteCount) + narrow(byteCount) + littleEndian(UInt64(name.count), 2)
      + littleEndian(UInt64(extra.count), 2) + littleEndian(UInt64(comment.count), 2)
      + littleEndian(UInt64(disk), 2) + [0, 0, 0, 0, 0, 0] + narrow(offset) + name + extra
      + comment
  }
}

/// Writes zip archives, right or wrong, from PKWARE's APPNOTE.TXT alone.
struct ArchiveBuilder: Sendable {
  /// What both end records say.
  struct End: Sendable {
    var disk: UInt64 = 0
    var directoryDisk: UInt64 = 0
    var entriesOnDisk: UInt64
    var entryCount: UInt64
    var directoryByteCount: UInt64
    var directoryOffset: UInt64
  }

  /// Where things are in an archive that was built.
  struct Built {
    var bytes: [UInt8] = []
    var localOffsets: [Int] = []
    var dataOffsets: [Int] = []
    var centralOffsets: [Int] = []
    var directoryOffset = 0
    var wideEndOffset = 0
    var locatorOffset = 0
    var endOffset = 0
  }

  var files: [ArchivedFile]
  /// Bytes in front of the central directory, and behind it.
  var directoryGap: [UInt8] = []
  var endGap: [UInt8] = []
  var changeEnd: @Sendable (inout End) -> Void = { _ in }

  /// Whether there is a ZIP64 end record, and what is wrong with it.
  var isWide = false
  var changeWideEnd: @Sendable (inout End) -> Void = { _ in }
  var wideEndByteCount: UInt64 = 44
  var wideEndSignature: [UInt8] = [0x50, 0x4B, 6, 6]
  var locatorGap: [UInt8] = []
  var locatorDisk: UInt64 = 0
  var locatorDiskCount: UInt64 = 1
  var locatorDistance: UInt64 = 0

  var comment: [UInt8] = []
  var commentByteCount: UInt64?
  var trailing: [UInt8] = []

  /// Two stored files and a deflated one.
  static let sample = ArchiveBuilder(files: [
    ArchivedFile("r/data.pkl", [0x80, 2, 0x7D, 0x2E]),
    ArchivedFile("r/data/0", (0..<40).map { UInt8($0) }),
    ArchivedFile("r/run", run(of: 0x41, 300), deflated: deflatedRun(of: 0x41, 300)),
  ])

  func built() -> Built {
    var built = Built()
    for file in files {
      built.bytes += file.gap
      built.localOffsets.append(built.bytes.count)
      built.bytes += file.localHeader
      built.dataOffsets.append(built.bytes.count)
      built.bytes += file.data + file.descriptor
    }
    built.bytes += directoryGap
    built.directoryOffset = built.bytes.count
    for (file, offset) in zip(files, built.localOffsets) {
      built.centralOffsets.append(built.bytes.count)
      built.bytes += file.centralHeader(offset: UInt64(offset))
    }
    var end = End(
      entriesOnDisk: UInt64(files.count), entryCount: UInt64(files.count),
      directoryByteCount: UInt64(built.bytes.count - built.directoryOffset),
      directoryOffset: UInt64(built.directoryOffset))
    built.bytes += endGap
    if isWide { appendWideEnd(end, to: &built) }
    changeEnd(&end)
    built.endOffset = built.bytes.count
    built.bytes += [0x50, 0x4B, 5, 6]
    for field in [end.disk, end.directoryDisk, end.entriesOnDisk, end.entryCount] {
      built.bytes += littleEndian(field, 2)
    }
    built.bytes += littleEndian(end.directoryByteCount, 4) + littleEndian(end.directoryOffset, 4)
    built.bytes += littleEndian(commentByteCount ?? UInt64(comment.count), 2) + comment + trailing
    return built
  }

  private func appendWideEnd(_ end: End, to built: inout Built) {
    var end = end
    changeWideEnd(&end)
    built.wideEndOffset = built.bytes.count
    built.bytes += wideEndSignature + littleEndian(wideEndByteCount, 8) + [45, 3, 45, 0]
    built.bytes += littleEndian(end.disk, 4) + littleEndian(end.directoryDisk, 4)
    for field in [
      end.entriesOnDisk, end.entryCount, end.directoryByteCount, end.directoryOffset,
    ] {
      built.bytes += littleEndian(field, 8)
    }
    built.bytes += locatorGap
    built.locatorOffset = built.bytes.count
    built.bytes += [0x50, 0x4B, 6, 7] + littleEndian(locatorDisk, 4)
    built.bytes += littleEndian(UInt64(built.wideEndOffset) &+ locatorDistance, 8)
    built.bytes += littleEndian(locatorDiskCount, 4)
  }
}

/// The same byte over and over.
func run(of byte: UInt8, _ count: Int) -> [UInt8] {
  Array(repeating: byte, count: count)
}

/// One block of deflate that is not compressed (RFC 1951, 3.2.4).
func deflatedStored(_ content: [UInt8]) -> [UInt8] {
  let count = UInt64(content.count)
  return [1] + littleEndian(count, 2) + littleEndian(~count, 2) + content
}

/// A run in the fixed codes of deflate (RFC 1951, 3.2.6): a literal, then copies of 258 bytes from
/// a distance of one.
///
/// - Precondition: `byte` is below 144 and `count` is positive.
func deflatedRun(of byte: UInt8, _ count: Int) -> [UInt8] {
  var bits: [UInt8] = [1, 1, 0]
  func append(_ code: Int, _ bitCount: Int) {
    bits += (0..<bitCount).reversed().map { UInt8(truncatingIfNeeded: code >> $0 & 1) }
  }
  append(0x30 + Int(byte), 8)
  for _ in 0..<((count - 1) / 258) {
    append(0xC5, 8)
    append(0, 5)
  }
  for _ in 0..<((count - 1) % 258) { append(0x30 + Int(byte), 8) }
  append(0, 7)
  return stride(from: 0, to: bits.count, by: 8).map { start in
    bits[start..<min(start + 8, bits.count)].enumerated().reduce(0) { $0 | $1.1 << UInt8($1.0) }
  }
}
