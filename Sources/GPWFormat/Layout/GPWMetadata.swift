import BinaryInput

/// A value of the metadata section.
public enum GPWMetadataValue: Hashable, Sendable {
  /// A text.
  case text(String)
  /// Any number of signed 64-bit integers.
  case integers([Int64])
  /// Any number of binary64 numbers.
  case numbers([Double])
  /// Any number of texts.
  case texts([String])

  var typeCode: UInt32 {
    switch self {
    case .text: 1
    case .integers: 2
    case .numbers: 3
    case .texts: 4
    }
  }
}

/// The metadata section: typed values under unique keys, ordered by the keys' UTF-8 bytes.
public struct GPWMetadata: Sendable {
  /// The values by key.
  public var values: [String: GPWMetadataValue] = [:]

  /// Creates an empty section.
  public init() {}

  static let minimumEntryByteCount = 16

  /// The keys in their order in the file.
  public var keys: [String] {
    values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  func encoded() -> [UInt8] {
    var output = LittleEndianBytes()
    for key in keys {
      guard let value = values[key] else { continue }
      output.append(UInt32(key.utf8.count))
      output.append(value.typeCode)
      switch value {
      case .text(let text):
        output.append(UInt64(text.utf8.count))
        output.append(key)
        output.append(text)
      case .integers(let integers):
        output.append(UInt64(integers.count))
        output.append(key)
        for integer in integers { output.append(UInt64(bitPattern: integer)) }
      case .numbers(let numbers):
        output.append(UInt64(numbers.count))
        output.append(key)
        for number in numbers { output.append(number.bitPattern) }
      case .texts(let texts):
        output.append(UInt64(texts.count))
        output.append(key)
        for text in texts {
          output.append(UInt32(text.utf8.count))
          output.append(text)
        }
      }
    }
    return output.bytes
  }

  init(parsing reader: inout ByteReader, entryCount: Int) throws(ReadError) {
    var previous: String?
    for _ in 0..<entryCount {
      let offset = reader.position
      let keyByteCount = try reader.read(UInt32.self, "a key's length")
      let type = try reader.read(UInt32.self, "a value's type")
      let count = try reader.read(UInt64.self, "a value's count")
      let key = try reader.readName(byteCount: keyByteCount, .gpwMetadata, "a key")
      if let previous, !previous.utf8.lexicographicallyPrecedes(key.utf8) {
        throw ReadError(
          .gpwMetadata, "the keys are not in ascending order", offset: offset,
          expected: "a key after \(previous)", found: key)
      }
      // Each element takes at least four bytes, but for a text's, so that a count beyond the
      // section never makes memory grow.
      guard count <= UInt64(reader.remainingByteCount) else {
        throw ReadError(
          .gpwMetadata, "the value of \(key) is longer than its section", offset: offset + 8,
          expected: "at most \(reader.remainingByteCount)", found: "\(count)")
      }
      do {
        values[key] = try GPWMetadata.value(type, count: Int(count), &reader, at: offset)
      } catch {
        throw error.within(key)
      }
      previous = key
    }
    guard reader.isAtEnd else {
      throw ReadError(
        .gpwMetadata, "bytes follow the last entry", offset: reader.position,
        expected: "the end of the section", found: "\(reader.remainingByteCount) bytes")
    }
  }

  private static func value(
    _ type: UInt32, count: Int, _ reader: inout ByteReader, at offset: Int
  ) throws(ReadError) -> GPWMetadataValue {
    switch type {
    case 1:
      return .text(try reader.readString(byteCount: count, invalid: .gpwMetadata))
    case 2:
      var integers: [Int64] = []
      for _ in 0..<count { integers.append(try reader.read()) }
      return .integers(integers)
    case 3:
      var numbers: [Double] = []
      for _ in 0..<count { numbers.append(Double(bitPattern: try reader.read(UInt64.self))) }
      return .numbers(numbers)
    case 4:
      var texts: [String] = []
      for _ in 0..<count {
        let byteCount = try reader.read(UInt32.self, "a text's length")
        texts.append(try reader.readString(byteCount: Int(byteCount), invalid: .gpwMetadata))
      }
      return .texts(texts)
    default:
      throw ReadError(
        .gpwMetadata, "the type of a value is unknown", offset: offset + 4, expected: "1 to 4",
        found: "\(type)")
    }
  }
}
