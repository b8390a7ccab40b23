public import BinaryInput

extension JSONValue {
  /// How deep arrays and objects may be nested; what this project reads needs five levels.
  public static let depthLimit = 64

  /// Reads a JSON text, exactly as RFC 8259 has it: nothing before or after the value but white
  /// space, no byte order mark, no comments, no name twice in an object.
  ///
  /// - Parameters:
  ///   - bytes: The text in UTF-8.
  ///   - byteCountLimit: The longest text that is read.
  /// - Throws: One of ``BinaryInput/ErrorCode/jsonCodes``, with the byte offset of what is wrong.
  public init(parsing bytes: Bytes, byteCountLimit: Int = 16 << 20) throws(ReadError) {
    guard bytes.count <= byteCountLimit else {
      throw ReadError(
        .jsonByteCount, "the JSON text is too long", expected: "at most \(byteCountLimit) bytes",
        found: "\(bytes.count)")
    }
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }
}

private struct JSONParser {
  /// A sign, `0.` and the exact decimal digits of the smallest double; more change nothing.
  static let numberByteCountLimit = 1_077

  let bytes: Bytes
  var position = 0
  var depth = 0

  mutating func document() throws(ReadError) -> JSONValue {
    let value = try value()
    skipWhiteSpace()
    guard let next else { return value }
    throw ReadError(
      .jsonTrailing, "something follows the JSON value", offset: position,
      expected: "the end of the text", found: describe(next))
  }

  private mutating func value() throws(ReadError) -> JSONValue {
    skipWhiteSpace()
    switch next {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"): return .number(try number())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default:
      guard isAtDigit else { throw unexpected("a value") }
      return .number(try number())
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(ReadError) -> JSONValue {
    for character in text.utf8 {
      try expect(character, text)
    }
    return value
  }

  // MARK: Containers

  private mutating func object() throws(ReadError) -> JSONObject {
    var object = JSONObject()
    try enter()
    if !skip(UInt8(ascii: "}")) {
      repeat {
        skipWhiteSpace()
        let start = position
        guard next == UInt8(ascii: "\"") else { throw unexpected("a name in quotes") }
        let key = try string()
        skipWhiteSpace()
        try expect(UInt8(ascii: ":"), "':'")
        guard object.append(key, try value()) else {
          throw ReadError(
            .jsonDuplicate, "the name \"\(key)\" stands twice in an object", offset: start)
        }
      } while skip(UInt8(ascii: ","))
      try expect(UInt8(ascii: "}"), "',' or '}'")
    }
    depth -= 1
    return object
  }

  private mutating func array() throws(ReadError) -> [JSONValue] {
    var elements: [JSONValue] = []
    try enter()
    if !skip(UInt8(ascii: "]")) {
      repeat {
        elements.append(try value())
      } while skip(UInt8(ascii: ","))
      try expect(UInt8(ascii: "]"), "',' or ']'")
    }
    depth -= 1
    return elements
  }

  /// Passes over the opening bracket.
  private mutating func enter() throws(ReadError) {
    guard depth < JSONValue.depthLimit else {
      throw ReadError(
        .jsonDepth, "the JSON text is nested too deep", offset: position,
        expected: "at most \(JSONValue.depthLimit) levels")
    }
    depth += 1
    position += 1
  }

  // MARK: Numbers

  private mutating func number() throws(ReadError) -> JSONNumber {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    if next == UInt8(ascii: "0") {
      position += 1
      guard !isAtDigit else {
        throw ReadError(.jsonNumber, "a number begins with a needless 0", offset: start)
      }
    } else {
      try digits()
    }
    if next == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    guard position - start <= Self.numberByteCountLimit else {
      throw ReadError(
        .jsonNumber, "a number is too long", offset: start,
        expected: "at most \(Self.numberByteCountLimit) characters", found: "\(position - start)")
    }
    let literal = try text(start..<position)
    guard let number = JSONNumber(literal: literal) else {
      throw ReadError(
        .jsonRange, "a number is too large", offset: start,
        expected: "at most \(Double.greatestFiniteMagnitude)", found: literal)
    }
    return number
  }

  private mutating func digits() throws(ReadError) {
    guard isAtDigit else { throw unexpected("a digit", .jsonNumber) }
    while isAtDigit { position += 1 }
  }

  private var isAtDigit: Bool {
    next.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
  }

  // MARK: Strings

  private mutating func string() throws(ReadError) -> String {
    position += 1
    var result = ""
    var start = position
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        result += try text(start..<position)
        position += 1
        return result
      case UInt8(ascii: "\\"):
        result += try text(start..<position)
        result.unicodeScalars.append(try escape())
        start = position
      case 0x00..<0x20:
        throw unexpected("an escape in place of a control character")
      default:
        position += 1
      }
    }
    throw unexpected("the closing quote")
  }

  private mutating func escape() throws(ReadError) -> Unicode.Scalar {
    let start = position
    position += 1
    let kind = next
    switch kind {
    case UInt8(ascii: "u"): return try escapedScalar(startingAt: start)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 1
    default: throw unexpected("one of \" \\ / b f n r t u after a backslash", .jsonEscape)
    }
    return switch kind {
    case UInt8(ascii: "b"): "\u{8}"
    case UInt8(ascii: "f"): "\u{c}"
    case UInt8(ascii: "n"): "\n"
    case UInt8(ascii: "r"): "\r"
    case UInt8(ascii: "t"): "\t"
    case UInt8(ascii: "/"): "/"
    case UInt8(ascii: "\\"): "\\"
    default: "\""
    }
  }

  private mutating func escapedScalar(startingAt start: Int) throws(ReadError) -> Unicode.Scalar {
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    if UTF16.isLeadSurrogate(first) {
      try expect(UInt8(ascii: "\\"), "the second half of a surrogate pair", .jsonEscape)
      let second = try codeUnit()
      let value = 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF))
      if UTF16.isTrailSurrogate(second), let scalar = Unicode.Scalar(value) { return scalar }
    }
    throw ReadError(.jsonEscape, "half a surrogate pair stands alone", offset: start)
  }

  /// Reads `u` and four hexadecimal digits.
  private mutating func codeUnit() throws(ReadError) -> UInt16 {
    try expect(UInt8(ascii: "u"), "the second half of a surrogate pair", .jsonEscape)
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw unexpected("four hexadecimal digits after \\u", .jsonEscape)
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  private func text(_ range: Range<Int>) throws(ReadError) -> String {
    let part = bytes[range]
    var reader = ByteReader(part.span, baseOffset: range.lowerBound, truncation: .jsonEnd)
    return try reader.readString(byteCount: part.count, invalid: .jsonEncoding)
  }

  // MARK: Characters

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipWhiteSpace() {
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

  private mutating func expect(
    _ character: UInt8, _ what: String, _ code: ErrorCode = .jsonSyntax
  ) throws(ReadError) {
    guard next == character else { throw unexpected(what, code) }
    position += 1
  }

  private func unexpected(_ expected: String, _ code: ErrorCode = .jsonSyntax) -> ReadError {
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
