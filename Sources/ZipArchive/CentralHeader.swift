internal import BinaryInput

/// One header of the central directory.
struct CentralHeader {
  let name: String
  /// Where the name's bytes are in the archive.
  let nameRange: Range<Int>
  let flags: UInt16
  let method: UInt16
  let checksum: UInt32
  let compressedByteCount: Int
  let byteCount: Int
  /// Where the local header starts.
  let localOffset: Int

  static let signature: UInt32 = 0x0201_4b50
  static let minimumByteCount = 46

  /// The longest name that is accepted, in bytes.
  static let maximumNameByteCount = 4_096
  /// What deflate can reach at most: 258 bytes from two bits.
  private static let maximumRatio = 1_032

  var isStored: Bool { method == Method.stored }
  var isFolder: Bool { name.hasSuffix("/") }
  /// Whether the local header may leave sizes and checksum to a data descriptor after the data.
  var hasDescriptor: Bool { flags & Flags.descriptor != 0 }

  private enum Method {
    static let stored: UInt16 = 0
    static let deflated: UInt16 = 8
  }

  private enum Flags {
    static let encrypted: UInt16 = 1 << 0
    static let compressionLevel: UInt16 = 0b11 << 1
    static let descriptor: UInt16 = 1 << 3
    static let utf8: UInt16 = 1 << 11
  }

  /// Walks the central directory, which must end with the last header.
  static func readAll(
    in bytes: Bytes, directory: EndRecord, profile: ZipArchive.Profile, limits: ZipArchive.Limits
  ) throws(ReadError) -> [CentralHeader] {
    var headers: [CentralHeader] = []
    headers.reserveCapacity(directory.entryCount)
    var names: Set<String> = []
    var inflatedByteCount = 0
    var offset = directory.directoryOffset
    for _ in 0..<directory.entryCount {
      let start = offset
      let header = try CentralHeader(
        at: &offset, in: bytes[0..<directory.directoryEnd], profile: profile)
      guard names.insert(profile == .strict ? header.name.asciiLowercased() : header.name).inserted
      else {
        throw ReadError(
          .zipDuplicate, "two entries have this name", path: [header.name], offset: start)
      }
      if !header.isStored {
        guard let sum = inflatedByteCount.adding(exactly: header.byteCount),
          sum <= limits.maximumInflatedByteCount
        else {
          throw ReadError(
            .zipBomb, "the archive inflates to too much", path: [header.name], offset: start,
            expected: "at most \(limits.maximumInflatedByteCount) bytes in all",
            remedy: .allowMoreBytes)
        }
        inflatedByteCount = sum
      }
      headers.append(header)
    }
    guard offset == directory.directoryEnd else {
      throw ReadError(
        .zipCentralDirectory, "the central directory goes on after its last entry",
        offset: offset, expected: "its end", found: "\(directory.directoryEnd - offset) bytes")
    }
    return headers
  }

  /// Reads the header at `offset` of `bytes`, which end with the central directory, and moves
  /// `offset` behind it.
  private init(
    at offset: inout Int, in bytes: Bytes, profile: ZipArchive.Profile
  ) throws(ReadError) {
    let start = offset
    var reader = ByteReader(
      bytes.span.extracting(start..<bytes.count), baseOffset: start,
      truncation: .zipCentralDirectory)
    guard try reader.read(UInt32.self) == CentralHeader.signature else {
      throw ReadError(
        .zipCentralDirectory, "no entry where one should start", offset: start)
    }
    try reader.skip(byteCount: 4, "the versions")
    flags = try reader.read()
    method = try reader.read()
    try reader.skip(byteCount: 4, "the time")
    checksum = try reader.read()
    let compressed = try reader.read(UInt32.self)
    let uncompressed = try reader.read(UInt32.self)
    let nameByteCount = Int(try reader.read(UInt16.self))
    let extraByteCount = Int(try reader.read(UInt16.self))
    let commentByteCount = Int(try reader.read(UInt16.self))
    let disk = try reader.read(UInt16.self)
    try reader.skip(byteCount: 6, "the attributes")
    let local = try reader.read(UInt32.self)
    nameRange = reader.position..<(reader.position + nameByteCount)
    name = try CentralHeader.validName(
      reader.readString(byteCount: nameByteCount, invalid: .zipName, "an entry's name"),
      at: nameRange.lowerBound)
    let extra = reader.position..<(reader.position + extraByteCount)
    try reader.skip(byteCount: extraByteCount, "the extra fields")
    try reader.skip(byteCount: commentByteCount, "the comment")
    offset = reader.position

    guard commentByteCount == 0 || profile == .general else {
      throw ReadError(
        .zipExtraField, "the entry has a comment", path: [name], offset: extra.upperBound)
    }
    guard disk == 0 else {
      throw ReadError(
        .zipMultiDisk, "the entry is on another disk", path: [name], offset: start,
        expected: "0", found: "\(disk)")
    }
    do {
      var wide = try ExtraFields(bytes, extra)
        .zip64(valueCount: [uncompressed, compressed, local].count { $0 == UInt32.max })
      byteCount = try CentralHeader.resolve(uncompressed, &wide, "size", start)
      compressedByteCount = try CentralHeader.resolve(compressed, &wide, "compressed size", start)
      localOffset = try CentralHeader.resolve(local, &wide, "offset", start)
      try requireSupported(at: start)
    } catch {
      throw error.within(name)
    }
  }

  private static func resolve(
    _ narrow: UInt32, _ wide: inout ArraySlice<UInt64>, _ what: String, _ offset: Int
  ) throws(ReadError) -> Int {
    guard narrow == UInt32.max else { return Int(narrow) }
    let value = wide.removeFirst()
    guard let result = Int(exactly: value) else {
      throw ReadError(
        .zipCentralDirectory, "the entry's \(what) is beyond any file", offset: offset,
        found: "\(value)")
    }
    return result
  }

  private func requireSupported(at offset: Int) throws(ReadError) {
    guard flags & Flags.encrypted == 0 else {
      throw ReadError(.zipFlags, "encrypted archives are not supported", offset: offset)
    }
    guard isStored || method == Method.deflated else {
      throw ReadError(
        .zipMethod, "this kind of compression is not supported", offset: offset,
        expected: "0 (stored) or 8 (deflated)", found: "\(method)",
        advice: "unpack the archive and pack it again without compression")
    }
    let known = Flags.descriptor | Flags.utf8 | (isStored ? 0 : Flags.compressionLevel)
    guard flags & ~known == 0 else {
      let bit = (flags & ~known).trailingZeroBitCount
      throw ReadError(.zipFlags, "flag bit \(bit) is not supported", offset: offset)
    }
    guard !isStored || byteCount == compressedByteCount else {
      throw ReadError(
        .zipCentralDirectory, "a stored entry has two sizes", offset: offset,
        expected: "\(byteCount) bytes", found: "\(compressedByteCount)")
    }
    if let most = compressedByteCount.multiplied(exactly: CentralHeader.maximumRatio),
      byteCount > most
    {
      throw ReadError(
        .zipBomb, "the entry claims to inflate to more than deflate can reach", offset: offset,
        expected: "at most \(most) bytes", found: "\(byteCount)")
    }
    guard !isFolder || byteCount == 0 else {
      throw ReadError(
        .zipName, "a folder has content", offset: offset, found: "\(byteCount) bytes")
    }
  }

  /// Whether an entry may have this name: a relative path that leads out of no folder.
  static func isHarmless(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= maximumNameByteCount && !name.hasPrefix("/")
      && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
      && !name.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
  }

  private static func validName(_ name: String, at offset: Int) throws(ReadError) -> String {
    guard isHarmless(name) else {
      throw ReadError(
        .zipName, "an entry's name is no harmless relative path", offset: offset,
        found: name.escapedForDisplay(limit: 100))
    }
    return name
  }
}

extension String {
  fileprivate func asciiLowercased() -> String {
    String(
      decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}
