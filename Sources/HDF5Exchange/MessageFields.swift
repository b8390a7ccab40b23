internal import BinaryInput

/// Reads the fields of a message, each as `MessageWriter` lays it out.
enum MessageFields {
  /// The number of things that follow, of which each has at least so many bytes.
  ///
  /// - Throws: `h5.worker` where there are fewer bytes than that.
  static func count(
    _ reader: inout ByteReader, ofAtLeast byteCount: Int = 1
  ) throws(ReadError) -> Int {
    let number = try reader.read(UInt64.self, "a number")
    guard let count = Int(exactly: number), count <= reader.remainingByteCount / byteCount else {
      throw ReadError(
        .h5Worker, "the worker announced more than it sent", offset: reader.position,
        expected: "\(number) entries", found: "\(reader.remainingByteCount) bytes")
    }
    return count
  }

  static func dimension(_ reader: inout ByteReader) throws(ReadError) -> Int {
    let number = try reader.read(UInt64.self, "a dimension")
    guard let dimension = Int(exactly: number) else {
      throw ReadError(
        .h5Worker, "the worker sent a dimension that does not fit", offset: reader.position)
    }
    return dimension
  }

  static func text(_ reader: inout ByteReader) throws(ReadError) -> String {
    let byteCount = try count(&reader)
    return try reader.readString(byteCount: byteCount, invalid: .h5Worker)
  }

  static func texts(_ reader: inout ByteReader) throws(ReadError) -> [String] {
    var texts: [String] = []
    for _ in 0..<(try count(&reader, ofAtLeast: 8)) { texts.append(try text(&reader)) }
    return texts
  }

  static func optionalText(_ reader: inout ByteReader) throws(ReadError) -> String? {
    switch try reader.read(UInt8.self, "a flag") {
    case 0: return nil
    case 1: return try text(&reader)
    case let other: throw unknown("a flag", "\(other)", at: reader.position)
    }
  }

  static func shape(_ reader: inout ByteReader) throws(ReadError) -> [Int] {
    var shape: [Int] = []
    for _ in 0..<(try count(&reader, ofAtLeast: 8)) { shape.append(try dimension(&reader)) }
    return shape
  }

  /// Fails where something is left.
  static func requireEnd(_ reader: inout ByteReader) throws(ReadError) {
    guard reader.isAtEnd else {
      throw ReadError(
        .h5Worker, "the worker sent more than belongs to its message", offset: reader.position,
        expected: "the end", found: "\(reader.remainingByteCount) bytes")
    }
  }

  static func unknown(_ what: String, _ found: String, at offset: Int) -> ReadError {
    ReadError(.h5Worker, "the worker sent \(what) that is not known", offset: offset, found: found)
  }
}
