public import BinaryInput

/// Reads a JSON text (RFC 8259) piece by piece, so that nothing has to be kept of a long one but what
/// its reader keeps; ``JSONValue`` is the same text as one value.
///
/// Offsets, in errors too, are those in the bytes that were given. Whoever goes through an object finds
/// names that stand twice in it with ``JSONNames``. After an error nothing more can be read.
///
/// ```swift
/// var reader = JSONReader(bytes)
/// try reader.enterObject()
/// while let key = try reader.nextKey() { … try reader.value() … }
/// try reader.finish()
/// ```
public struct JSONReader: Sendable {
  /// What a value is, before it is read.
  public enum Kind: Sendable {
    /// Named values.
    case object
    /// Values in order.
    case array
    /// A text.
    case string
    /// A number.
    case number
    /// `true`, `false` or `null`.
    case word
  }

  /// The byte offset of what is read next.
  public internal(set) var position: Int

  let bytes: Bytes
  private var depth = 0
  /// Whether nothing of the innermost array or object was read yet.
  private var isAtStart = true

  /// Reads from an offset to the end of `bytes`.
  ///
  /// - Precondition: `offset` lies inside `0...bytes.count`.
  public init(_ bytes: Bytes, from offset: Int = 0) {
    precondition(offset >= 0 && offset <= bytes.count, "a text begins inside the bytes")
    self.bytes = bytes
    position = offset
  }

  /// Says what the next value is, and passes over white space before it.
  ///
  /// - Returns: The kind, by the first character.
  /// - Throws: `json.end` where nothing follows, `json.syntax` where no value begins so.
  public mutating func kind() throws(ReadError) -> Kind {
    skipWhiteSpace()
    switch next {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"): return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return .word
    default:
      guard isAtDigit else { throw unexpected("a value") }
      return .number
    }
  }

  /// Reads the next value, whatever it is.
  ///
  /// - Returns: The value.
  /// - Throws: One of ``BinaryInput/ErrorCode/jsonCodes``.
  /// - Complexity: O(*n*) in the number of bytes of the value.
  public mutating func value() throws(ReadError) -> JSONValue {
    switch try kind() {
    case .object: .object(try object())
    case .array: .array(try array())
    case .string: .string(try string())
    case .number: .number(try number())
    case .word: try word()
    }
  }

  /// Passes over the next value, whatever it is, and keeps nothing of it; names that stand twice in it
  /// are not found.
  ///
  /// - Returns: Where it is in the bytes.
  /// - Throws: One of ``BinaryInput/ErrorCode/jsonCodes``.
  /// - Complexity: O(*n*) in the number of bytes of the value.
  @discardableResult
  public mutating func skipValue() throws(ReadError) -> Range<Int> {
    let kind = try kind()
    let start = position
    switch kind {
    case .object:
      try enterObject()
      while try nextKey() != nil { try skipValue() }
    case .array:
      try enterArray()
      while try nextElement() { try skipValue() }
    case .string: _ = try string()
    case .number: _ = try number()
    case .word: _ = try word()
    }
    return start..<position
  }

  /// Reads the next value as it is spelt, without finding names that stand twice in it.
  ///
  /// - Returns: The JSON text of the value.
  /// - Throws: One of ``BinaryInput/ErrorCode/jsonCodes``.
  /// - Complexity: O(*n*) in the number of bytes of the value.
  public mutating func spelling() throws(ReadError) -> String {
    try text(try skipValue())
  }

  /// Makes sure that nothing but white space is left.
  ///
  /// - Throws: `json.trailing` where something is.
  public mutating func finish() throws(ReadError) {
    skipWhiteSpace()
    guard let next else { return }
    throw ReadError(
      .jsonTrailing, "something follows the JSON value", offset: position,
      expected: "the end of the text", found: describe(next))
  }

  // MARK: Containers

  /// Passes over the bracket that opens an object; ``nextKey()`` gives its names.
  ///
  /// - Throws: `json.syntax` where no object follows, `json.end` where nothing does, `json.depth`
  ///   where it is nested deeper than ``JSONValue/depthLimit``.
  public mutating func enterObject() throws(ReadError) {
    try enter(UInt8(ascii: "{"), "'{'")
  }

  /// The next name in the object that was entered last and not left; its value has to be read next.
  ///
  /// - Returns: The name and the offset of its quote; nil where the object ended, which is left
  ///   with that.
  /// - Throws: One of ``BinaryInput/ErrorCode/jsonCodes``.
  public mutating func nextKey() throws(ReadError) -> (text: String, offset: Int)? {
    guard try goOn(before: UInt8(ascii: "}"), "',' or '}'") else { return nil }
    skipWhiteSpace()
    let offset = position
    guard next == UInt8(ascii: "\"") else { throw unexpected("a name in quotes") }
    let text = try string()
    skipWhiteSpace()
    try expect(UInt8(ascii: ":"), "':'")
    return (text, offset)
  }

  /// Passes over the bracket that opens an array; ``nextElement()`` goes through it.
  ///
  /// - Throws: `json.syntax` where no array follows, `json.end` where nothing does, `json.depth`
  ///   where it is nested deeper than ``JSONValue/depthLimit``.
  public mutating func enterArray() throws(ReadError) {
    try enter(UInt8(ascii: "["), "'['")
  }

  /// Whether another element follows in the array that was entered last and not left; it has to be
  /// read next.
  ///
  /// - Returns: False where the array ended, which is left with that.
  /// - Throws: `json.syntax` where neither follows, `json.end` where nothing does.
  public mutating func nextElement() throws(ReadError) -> Bool {
    try goOn(before: UInt8(ascii: "]"), "',' or ']'")
  }

  private mutating func object() throws(ReadError) -> JSONObject {
    var object = JSONObject()
    try enterObject()
    while let key = try nextKey() {
      guard object.append(key.text, try value()) else {
        let known = object.keys.first { $0 == key.text }
        throw JSONNames.repetition(of: key.text, known: known ?? key.text, offset: key.offset)
      }
    }
    return object
  }

  private mutating func array() throws(ReadError) -> [JSONValue] {
    var elements: [JSONValue] = []
    try enterArray()
    while try nextElement() {
      elements.append(try value())
    }
    return elements
  }

  private mutating func enter(_ bracket: UInt8, _ what: String) throws(ReadError) {
    skipWhiteSpace()
    guard next == bracket else { throw unexpected(what) }
    guard depth < JSONValue.depthLimit else {
      throw ReadError(
        .jsonDepth, "the JSON text is nested too deep", offset: position,
        expected: "at most \(JSONValue.depthLimit) levels")
    }
    depth += 1
    position += 1
    isAtStart = true
  }

  /// Passes over the comma between two members, or over the bracket that closes them all and returns
  /// false.
  private mutating func goOn(before end: UInt8, _ what: String) throws(ReadError) -> Bool {
    defer { isAtStart = false }
    if !isAtStart, skip(UInt8(ascii: ",")) { return true }
    guard skip(end) else {
      if isAtStart { return true }
      throw unexpected(what)
    }
    depth -= 1
    return false
  }

  // MARK: Characters

  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipWhiteSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  /// Passes over white space and `character`, or returns false where something else follows.
  private mutating func skip(_ character: UInt8) -> Bool {
    skipWhiteSpace()
    guard next == character else { return false }
    position += 1
    return true
  }

  mutating func expect(
    _ character: UInt8, _ what: String, _ code: ErrorCode = .jsonSyntax
  ) throws(ReadError) {
    guard next == character else { throw unexpected(what, code) }
    position += 1
  }

  func unexpected(_ expected: String, _ code: ErrorCode = .jsonSyntax) -> ReadError {
    guard let next else {
      return ReadError(.jsonEnd, "the JSON text ends early", offset: position, expected: expected)
    }
    return ReadError(
      code, "the text is no valid JSON", offset: position, expected: expected,
      found: describe(next))
  }

  private func describe(_ byte: UInt8) -> String {
    (0x21..<0x7F).contains(byte)
      ? "'\(Unicode.Scalar(byte))'" : "the byte 0x\(String(byte, radix: 16))"
  }
}
