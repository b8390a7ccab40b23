/// Reads little-endian values from a run of bytes, one after the other.
///
/// Positions are absolute in the file when `baseOffset` says where the run starts. A read that
/// fails leaves the position where it was.
public struct ByteReader: ~Escapable {
  private let bytes: RawSpan
  private let baseOffset: Int
  private let truncation: ErrorCode
  private var index = 0

  /// Reads `bytes` from their beginning.
  ///
  /// - Parameters:
  ///   - bytes: The run to read.
  ///   - baseOffset: The byte offset of `bytes` in the file, used in errors and ``position``.
  ///   - truncation: The code of the error that is thrown where bytes are missing.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, baseOffset: Int = 0, truncation: ErrorCode) {
    self.bytes = bytes
    self.baseOffset = baseOffset
    self.truncation = truncation
  }

  /// The absolute byte offset of the next byte.
  public var position: Int { baseOffset + index }

  /// The number of bytes that are left.
  public var remainingByteCount: Int { bytes.byteCount - index }

  /// Whether nothing is left.
  public var isAtEnd: Bool { remainingByteCount == 0 }

  /// Reads one little-endian integer.
  ///
  /// - Throws: The truncation code where too few bytes are left.
  @_lifetime(self: copy self)
  public mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type = Value.self, _ what: @autoclosure () -> String = "a number"
  ) throws(ReadError) -> Value {
    let byteCount = MemoryLayout<Value>.size
    try require(byteCount, what())
    let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: Value.self)
    index += byteCount
    return Value(littleEndian: value)
  }

  /// Reads `byteCount` bytes.
  ///
  /// - Throws: The truncation code where too few bytes are left or `byteCount` is negative.
  @_lifetime(self: copy self)
  public mutating func readArray(
    byteCount: Int, _ what: @autoclosure () -> String = "bytes"
  ) throws(ReadError) -> [UInt8] {
    try require(byteCount, what())
    let part = bytes.extracting(index..<(index + byteCount))
    index += byteCount
    return unsafe part.withUnsafeBytes { unsafe Array($0) }
  }

  /// Reads `byteCount` bytes of strict UTF-8.
  ///
  /// - Throws: The truncation code where too few bytes are left, `invalid` for anything that is
  ///   no UTF-8.
  @_lifetime(self: copy self)
  public mutating func readString(
    byteCount: Int, invalid: ErrorCode, _ what: @autoclosure () -> String = "a text"
  ) throws(ReadError) -> String {
    try require(byteCount, what())
    let part = bytes.extracting(index..<(index + byteCount))
    guard let text = unsafe part.withUnsafeBytes({ unsafe String(validating: $0, as: UTF8.self) })
    else {
      throw ReadError(invalid, "\(what()) is no valid UTF-8", offset: position)
    }
    index += byteCount
    return text
  }

  /// Passes over `byteCount` bytes.
  ///
  /// - Throws: The truncation code where too few bytes are left.
  @_lifetime(self: copy self)
  public mutating func skip(
    byteCount: Int, _ what: @autoclosure () -> String = "bytes"
  ) throws(ReadError) {
    try require(byteCount, what())
    index += byteCount
  }

  /// Reads up to and over the next line feed, which is not part of the result.
  ///
  /// - Throws: The truncation code where no line feed follows within `limit` bytes.
  @_lifetime(self: copy self)
  public mutating func readLine(
    limit: Int, invalid: ErrorCode, _ what: @autoclosure () -> String = "a line"
  ) throws(ReadError) -> String {
    var end = index
    while end < bytes.byteCount, end - index <= limit {
      if unsafe bytes.unsafeLoad(fromByteOffset: end, as: UInt8.self) == 0x0A {
        let text = try readString(byteCount: end - index, invalid: invalid, what())
        index += 1
        return text
      }
      end += 1
    }
    throw ReadError(truncation, "\(what()) has no end", offset: position)
  }

  private func require(_ byteCount: Int, _ what: @autoclosure () -> String) throws(ReadError) {
    guard byteCount >= 0, byteCount <= remainingByteCount else {
      throw ReadError(
        truncation, "the data ends within \(what())", offset: position,
        expected: "\(byteCount) bytes", found: "\(remainingByteCount)")
    }
  }
}
