internal import BinaryInput
internal import HDF5Exchange

/// What an HDF5 file begins with: where it is, how it counts, how long it is.
struct Superblock {
  /// Where the signature stands; what is before it is the user's.
  let offset: Int
  /// Where the file ends by its own account.
  let endOfFile: Int

  /// Open for writing, and open for writing beside readers.
  private static let openFlags: UInt8 = 1 | 4
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
  /// The longest part in front of the signature that is passed over.
  private static let userBlockByteCountLimit = 1 << 20

  /// Where the signature stands: at the beginning, or behind 512 bytes or twice as many, and so on.
  static func signatureOffset(in bytes: Bytes) -> Int? {
    var offset = 0
    while offset <= userBlockByteCountLimit, offset + signature.count <= bytes.count {
      if signature.indices.allSatisfy({ bytes[offset + $0] == signature[$0] }) { return offset }
      offset = offset == 0 ? 512 : offset * 2
    }
    return nil
  }

  /// Reads what needs no library.
  ///
  /// - Throws: `h5.malformed` where no signature is found or numbers have lengths that no file has;
  ///   `h5.truncated` where the file is shorter than it says.
  init(of bytes: Bytes) throws(ReadError) {
    guard let offset = Superblock.signatureOffset(in: bytes) else {
      throw ReadError(.h5Malformed, "this is no HDF5 file", expected: "the signature \\x89HDF")
    }
    self.offset = offset
    var reader = ByteReader(
      bytes[offset..<bytes.count].span, baseOffset: offset, truncation: .h5Truncated)
    do throws(ReadError) {
      try reader.skip(byteCount: Superblock.signature.count)
      let version: UInt8 = try reader.read(UInt8.self, "the version")
      guard version <= 3 else {
        throw ReadError(
          .h5Malformed, "this version of the HDF5 format is not known",
          offset: reader.position - 1, expected: "0 to 3", found: "\(version)")
      }
      // Versions of parts that the first two have in between.
      if version < 2 { try reader.skip(byteCount: 4) }
      let offsetByteCount = try Superblock.byteCount(&reader)
      _ = try Superblock.byteCount(&reader)
      switch version {
      case 0: try reader.skip(byteCount: 9)
      case 1: try reader.skip(byteCount: 13)
      default:
        let flags: UInt8 = try reader.read(UInt8.self, "the superblock")
        guard version < 3 || flags & Superblock.openFlags == 0 else {
          throw ReadError(
            .h5Malformed, "the file was not closed by the program that wrote it",
            offset: reader.position - 1, expected: "0", found: "\(flags)",
            advice: "where nobody writes it any more: h5clear -s FILE, on a copy")
        }
      }
      // The base address and one that is of no interest here stand before it.
      try reader.skip(byteCount: 2 * offsetByteCount, "the superblock")
      let end = reader.position
      guard
        let endOfFile = Int(exactly: try Superblock.number(&reader, byteCount: offsetByteCount))
      else {
        throw ReadError(.h5Malformed, "the file ends beyond what any file has", offset: end)
      }
      self.endOfFile = endOfFile
      guard endOfFile <= bytes.count else {
        throw ReadError(
          .h5Truncated, "the file is shorter than it says", offset: end,
          expected: "\(endOfFile) bytes", found: "\(bytes.count)")
      }
    } catch {
      var error = error
      if error.code == .h5Truncated { error.advice = "download or copy it again" }
      throw error
    }
  }

  /// How many bytes addresses or lengths have.
  private static func byteCount(_ reader: inout ByteReader) throws(ReadError) -> Int {
    let count = Int(try reader.read(UInt8.self, "the superblock"))
    guard [2, 4, 8].contains(count) else {
      throw ReadError(
        .h5Malformed, "addresses of a length that no file has", offset: reader.position - 1,
        expected: "2, 4 or 8 bytes", found: "\(count)")
    }
    return count
  }

  private static func number(
    _ reader: inout ByteReader, byteCount: Int
  ) throws(ReadError) -> UInt64 {
    let bytes = try reader.readArray(byteCount: byteCount, "the superblock")
    return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
