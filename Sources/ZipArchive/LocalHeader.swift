internal import BinaryInput

/// The header in front of an entry's data, held against the central directory.
struct LocalHeader {
  /// Where the data starts.
  let dataOffset: Int
  /// The first byte after the data and the data descriptor.
  let end: Int

  private static let signature: UInt32 = 0x0403_4b50
  private static let descriptorSignature: UInt32 = 0x0807_4b50

  /// Reads the local header of `central` in `bytes`, which end where the central directory starts.
  ///
  /// - Throws: `zip.localCentralMismatch`, `zip.overlap`, `zip.extraField` or `zip.descriptor`.
  init(of central: CentralHeader, in bytes: Bytes, archive: Bytes) throws(ReadError) {
    do {
      try self.init(checking: central, in: bytes, archive: archive)
    } catch {
      throw error.within(central.name)
    }
  }

  private init(
    checking central: CentralHeader, in bytes: Bytes, archive: Bytes
  ) throws(ReadError) {
    let start = central.localOffset
    guard bytes.hasSignature(LocalHeader.signature, at: start) else {
      throw ReadError(.zipLocalCentralMismatch, "no local header at its offset", offset: start)
    }
    var reader = ByteReader(
      bytes.span.extracting((start + 4)..<bytes.count), baseOffset: start + 4,
      truncation: .zipOverlap)
    try reader.skip(byteCount: 2, "the local header")
    let flags: UInt16 = try reader.read()
    let method: UInt16 = try reader.read()
    try reader.skip(byteCount: 4, "the local header")
    let checksum: UInt32 = try reader.read()
    let compressed: UInt32 = try reader.read()
    let uncompressed: UInt32 = try reader.read()
    let nameByteCount = Int(try reader.read(UInt16.self))
    let extraByteCount = Int(try reader.read(UInt16.self))
    let name = reader.position..<(reader.position + nameByteCount)
    try reader.skip(byteCount: nameByteCount, "the local header's name")
    let extra = reader.position..<(reader.position + extraByteCount)
    try reader.skip(byteCount: extraByteCount, "the local header's extra fields")
    dataOffset = reader.position
    try reader.skip(byteCount: central.compressedByteCount, "the entry's data")
    let dataEnd = reader.position

    let fields = try ExtraFields(bytes, extra)
    var mismatch: String?
    if archive[central.nameRange] != bytes[name] { mismatch = "name" }
    if flags != central.flags { mismatch = "flags" }
    if method != central.method { mismatch = "compression" }
    if checksum != central.checksum, !(central.hasDescriptor && checksum == 0) {
      mismatch = "checksum"
    }
    if central.hasDescriptor {
      // The values of a ZIP64 field are not looked at: PyTorch writes it for records of 4 GiB
      // and more before it knows the compressed size, and adds an offset that has no place there.
      if ![0, .max, UInt32(clamping: central.compressedByteCount)].contains(compressed)
        || ![0, .max, UInt32(clamping: central.byteCount)].contains(uncompressed)
      {
        mismatch = "size"
      }
    } else {
      var wide = try fields.zip64(valueCount: [uncompressed, compressed].count { $0 == .max })
      let byteCount = uncompressed == .max ? wide.removeFirst() : UInt64(uncompressed)
      let compressedByteCount = compressed == .max ? wide.removeFirst() : UInt64(compressed)
      if byteCount != UInt64(central.byteCount)
        || compressedByteCount != UInt64(central.compressedByteCount)
      {
        mismatch = "size"
      }
    }
    if let mismatch {
      throw ReadError(
        .zipLocalCentralMismatch, "the local header has another \(mismatch) than the directory",
        offset: start)
    }
    end = dataEnd + (try LocalHeader.descriptorByteCount(of: central, at: dataEnd, in: bytes))
  }

  /// The length of the data descriptor at `offset`: checksum and sizes, in 4 or 8 bytes, with or
  /// without a signature in front.
  private static func descriptorByteCount(
    of central: CentralHeader, at offset: Int, in bytes: Bytes
  ) throws(ReadError) -> Int {
    guard central.hasDescriptor else { return 0 }
    // The longer forms first: a shorter one can be the beginning of a longer one of zeros.
    for sizeByteCount in [8, 4] {
      for signature in [littleEndian(UInt64(descriptorSignature), byteCount: 4), []] {
        let descriptor =
          signature + littleEndian(UInt64(central.checksum), byteCount: 4)
          + littleEndian(UInt64(central.compressedByteCount), byteCount: sizeByteCount)
          + littleEndian(UInt64(central.byteCount), byteCount: sizeByteCount)
        guard descriptor.count <= bytes.count - offset else { continue }
        if descriptor.indices.allSatisfy({ bytes[offset + $0] == descriptor[$0] }) {
          return descriptor.count
        }
      }
    }
    let isEmpty = central.compressedByteCount == 0
    guard isEmpty, !bytes.hasSignature(descriptorSignature, at: offset) else {
      throw ReadError(
        .zipDescriptor, "the data descriptor is missing or differs from the directory",
        offset: offset)
    }
    return 0
  }

  private static func littleEndian(_ value: UInt64, byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }
}
