public import BinaryInput

extension JSONReader {
  /// A sign, `0.` and the exact decimal digits of the smallest double; more change nothing.
  static let numberByteCountLimit = 1_077

  // MARK: Words

  mutating func word() throws(ReadError) -> JSONValue {
    switch next {
    case UInt8(ascii: "t"): try word("true", .bool(true))
    case UInt8(ascii: "f"): try word("false", .bool(false))
    default: try word("null", .null)
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(ReadError) -> JSONValue {
    for character in text.utf8 {
      try expect(character, text)
    }
    return value
  }

  // MARK: Numbers

  /// Reads a number.
  ///
  /// - Returns: The number.
  /// - Throws: `json.number` where none follows or it is not spelt as JSON has it, `json.range` where
  ///   no double comes near it, `json.end` where the text ends.
  public mutating func number() throws(ReadError) -> JSONNumber {
    skipWhiteSpace()
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

  var isAtDigit: Bool {
    next.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
  }

  // MARK: Strings

  /// Reads a text.
  ///
  /// - Returns: The text, escapes resolved.
  /// - Throws: `json.utf8`, `json.escape`, `json.syntax` where something else follows, `json.end`
  ///   where the text has no end.
  public mutating func string() throws(ReadError) -> String {
    skipWhiteSpace()
    try expect(UInt8(ascii: "\""), "a text in quotes")
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

  func text(_ range: Range<Int>) throws(ReadError) -> String {
    let part = bytes[range]
    var reader = ByteReader(part.span, baseOffset: range.lowerBound, truncation: .jsonEnd)
    return try reader.readString(byteCount: part.count, invalid: .jsonEncoding)
  }
}
