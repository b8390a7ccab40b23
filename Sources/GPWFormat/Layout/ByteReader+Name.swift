import BinaryInput

extension ByteReader {
  /// Reads a key or a tensor's name: printable ASCII, in which equal names have equal bytes and
  /// nothing moves a cursor.
  ///
  /// - Throws: `code` where the length is out of range or a byte is none of these.
  mutating func readName(
    byteCount: UInt32, _ code: ErrorCode, _ what: String
  ) throws(ReadError) -> String {
    let limit = GPWLayout.maximumNameByteCount
    guard (1...limit).contains(Int(byteCount)) else {
      throw ReadError(
        code, "\(what)'s length is out of range", offset: position, expected: "1 to \(limit) bytes",
        found: "\(byteCount)")
    }
    let offset = position
    let name = try readString(byteCount: Int(byteCount), invalid: code, what)
    guard name.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw ReadError(
        code, "\(what) has other characters than a name may", offset: offset,
        expected: "printable ASCII", found: name)
    }
    return name
  }
}
