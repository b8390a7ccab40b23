import BinaryInput
import Digests

/// The first 64 bytes of a file.
struct GPWPreamble {
  /// The version that the file's writer knew.
  var version: UInt32 = GPWLayout.version
  /// The oldest version whose readers understand the file.
  var minimumReaderVersion: UInt32
  var fileByteCount: Int
  var metadataByteCount: Int
  var tableByteCount: Int
  var metadataEntryCount: Int
  var tensorCount: Int

  var metadataEnd: Int { GPWLayout.preambleByteCount + metadataByteCount }
  var tableOffset: Int { aligned(metadataEnd, GPWLayout.tableAlignment) }
  var tableEnd: Int { tableOffset + tableByteCount }
  var dataOffset: Int { aligned(tableEnd, GPWLayout.tensorAlignment) }

  private func aligned(_ offset: Int, _ alignment: Int) -> Int {
    // Both sections have limits far below the largest integer.
    (offset + alignment - 1) / alignment * alignment
  }

  /// The preamble with a checksum of zero.
  func encoded() -> [UInt8] {
    var output = LittleEndianBytes()
    output.append(contentsOf: GPWLayout.magic)
    output.append(version)
    output.append(minimumReaderVersion)
    output.append(UInt64(fileByteCount))
    output.append(UInt64(metadataByteCount))
    output.append(UInt64(tableByteCount))
    output.append(UInt32(metadataEntryCount))
    output.append(UInt32(tensorCount))
    output.append(UInt64(dataOffset))
    output.append(UInt32(0))
    output.append(UInt32(0))
    return output.bytes
  }

  /// Reads and checks the preamble and the checksum of everything before the tensors.
  init(parsing file: Bytes) throws(ReadError) {
    try GPWPreamble.checkMagic(file)
    var reader = ByteReader(file.span, truncation: .gpwLength)
    guard file.count >= GPWLayout.preambleByteCount else {
      throw ReadError(
        .gpwLength, "the file ends within its preamble",
        expected: "at least \(GPWLayout.preambleByteCount) bytes", found: "\(file.count)",
        advice: "the file is incomplete; copy or convert it again")
    }
    try reader.skip(byteCount: GPWLayout.magic.count)
    let writerVersion = try reader.read(UInt32.self, "the version")
    let minimumVersion = try reader.read(UInt32.self, "the minimum reader version")
    version = writerVersion
    minimumReaderVersion = minimumVersion
    guard minimumVersion >= 1, minimumVersion <= writerVersion else {
      throw ReadError(
        .gpwVersion, "the versions are impossible", offset: 8,
        expected: "1 ≤ minimum reader version ≤ version",
        found: "minimum \(minimumVersion), version \(writerVersion)",
        advice: "the file is damaged")
    }
    guard minimumVersion <= GPWLayout.version else {
      throw ReadError(
        .gpwVersion, "the file needs a newer reader", offset: 12,
        expected: "a minimum reader version of at most \(GPWLayout.version)",
        found: "\(minimumVersion), written by version \(writerVersion)",
        advice: "use a newer version of this tool")
    }
    let fileByteCount = try reader.read(UInt64.self, "the file's length")
    guard fileByteCount == UInt64(file.count) else {
      throw ReadError(
        .gpwLength, "the file has another length than it states", offset: 16,
        expected: "\(fileByteCount) bytes", found: "\(file.count)",
        advice: fileByteCount > UInt64(file.count)
          ? "the file is incomplete; copy or convert it again" : "bytes were added to the file")
    }
    self.fileByteCount = file.count
    metadataByteCount = try GPWPreamble.read(
      UInt64.self, &reader, "the metadata's length", limit: GPWLayout.maximumMetadataByteCount)
    tableByteCount = try GPWPreamble.read(
      UInt64.self, &reader, "the tensor table's length", limit: GPWLayout.maximumTableByteCount)
    metadataEntryCount = try GPWPreamble.read(
      UInt32.self, &reader, "the number of metadata entries",
      limit: metadataByteCount / GPWMetadata.minimumEntryByteCount)
    tensorCount = try GPWPreamble.read(
      UInt32.self, &reader, "the number of tensors",
      limit: min(
        GPWLayout.maximumTensorCount, tableByteCount / GPWTensorEntry.minimumByteCount))
    let dataOffset = try reader.read(UInt64.self, "the offset of the tensors")
    guard dataOffset == UInt64(self.dataOffset), self.dataOffset <= file.count else {
      throw ReadError(
        .gpwHeader, "the tensors begin elsewhere than the sections end", offset: 48,
        expected: "\(self.dataOffset), inside the file", found: "\(dataOffset)")
    }
    let reserved = try reader.read(UInt32.self, "the reserved field")
    guard reserved == 0 else {
      throw ReadError(
        .gpwHeader, "reserved bytes are set", offset: 56, expected: "0", found: "\(reserved)")
    }
    let stored = try reader.read(UInt32.self, "the checksum")
    let computed = headerChecksum(of: file)
    guard stored == computed else {
      throw ReadError(
        .gpwHeaderChecksum, "CRC-32 mismatch of preamble, metadata and tensor table",
        offset: GPWLayout.checksumOffset, expected: hexadecimal(stored),
        found: hexadecimal(computed), advice: "the file is damaged; copy or convert it again")
    }
  }

  init(
    minimumReaderVersion: UInt32, fileByteCount: Int, metadataByteCount: Int, tableByteCount: Int,
    metadataEntryCount: Int, tensorCount: Int
  ) {
    self.minimumReaderVersion = minimumReaderVersion
    self.fileByteCount = fileByteCount
    self.metadataByteCount = metadataByteCount
    self.tableByteCount = tableByteCount
    self.metadataEntryCount = metadataEntryCount
    self.tensorCount = tensorCount
  }

  /// The checksum of everything before the tensors, its own bytes counting as zero.
  func headerChecksum(of file: Bytes) -> UInt32 {
    var checksum = CRC32()
    checksum.update(file[0..<GPWLayout.checksumOffset].span)
    checksum.update(Bytes(copying: [0, 0, 0, 0]).span)
    checksum.update(file[GPWLayout.preambleByteCount..<dataOffset].span)
    return checksum.value
  }

  /// A file that ends within the magic number is incomplete, not foreign.
  private static func checkMagic(_ file: Bytes) throws(ReadError) {
    let found = (0..<min(file.count, GPWLayout.magic.count)).map { file[$0] }
    guard !GPWLayout.magic.starts(with: found) else { return }
    let wasText = found.dropFirst().starts(with: GPWLayout.magic[1..<4])
    throw ReadError(
      .gpwMagic, wasText ? "the magic number was changed in transfer" : "not a .gpw file",
      offset: 0, expected: hexadecimal(GPWLayout.magic), found: hexadecimal(found),
      advice: wasText ? "copy the file again in binary mode" : nil)
  }

  private static func read<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type, _ reader: inout ByteReader, _ what: String, limit: Int
  ) throws(ReadError) -> Int {
    let offset = reader.position
    let value = try reader.read(Value.self, what)
    guard value <= limit else {
      throw ReadError(
        .gpwHeader, "\(what) is out of range", offset: offset, expected: "at most \(limit)",
        found: "\(value)")
    }
    return Int(value)
  }
}

/// Eight hexadecimal digits.
func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
