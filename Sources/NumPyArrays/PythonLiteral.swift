internal import BinaryInput
internal import TensorData

/// Reads the few kinds of Python literals that occur in the header of an `.npy` file.
///
/// White space may stand before every token.
struct PythonLiteral {
  private let text: [UInt8]
  private let baseOffset: Int
  private var index = 0

  /// Reads `text`, whose first byte is at `baseOffset` of the file.
  init(_ text: [UInt8], baseOffset: Int) {
    self.text = text
    self.baseOffset = baseOffset
  }

  /// The offset in the file of the next byte.
  var position: Int { baseOffset + index }

  /// Whether a string comes next.
  var isAtString: Bool {
    mutating get {
      let first = next
      return first == UInt8(ascii: "'") || first == UInt8(ascii: "\"")
    }
  }

  /// All that is left, with anything that is no UTF-8 replaced.
  var remainingText: String { String(decoding: text[index...], as: UTF8.self) }

  /// Passes over `token` where it comes next, and tells whether it did.
  mutating func skips(_ token: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: token) else { return false }
    index += 1
    return true
  }

  /// Passes over `token`.
  mutating func expect(_ token: Unicode.Scalar) throws(ReadError) {
    guard skips(token) else { throw malformed(expected: "'\(token)'") }
  }

  /// Checks that nothing but white space is left.
  mutating func expectEnd() throws(ReadError) {
    guard next == nil else { throw malformed(expected: "the end of the header") }
  }

  /// Reads a string in single or double quotes, without escapes.
  mutating func string() throws(ReadError) -> String {
    guard isAtString, let quote = next,
      let end = text[(index + 1)...].firstIndex(of: quote),
      !text[index..<end].contains(UInt8(ascii: "\\"))
    else {
      throw malformed(expected: "a string")
    }
    defer { index = end + 1 }
    return String(decoding: text[(index + 1)..<end], as: UTF8.self)
  }

  /// Reads `True` or `False`.
  mutating func boolean() throws(ReadError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)]
    where text[index...].starts(with: word.utf8) {
      index += word.utf8.count
      return value
    }
    throw malformed(expected: "True or False")
  }

  /// Reads a tuple of numbers that are not negative.
  mutating func dimensions() throws(ReadError) -> [Int] {
    try expect("(")
    var dimensions: [Int] = []
    while !skips(")") {
      guard dimensions.count < Tensor.maximumRank else {
        throw ReadError(
          .npyShape, "too many axes", offset: position, expected: "at most \(Tensor.maximumRank)")
      }
      dimensions.append(try dimension())
      if !skips(",") {
        // In Python, parentheses around one number are no tuple.
        guard dimensions.count > 1 else { throw malformed(expected: "','") }
        try expect(")")
        break
      }
    }
    return dimensions
  }

  private mutating func dimension() throws(ReadError) -> Int {
    skipSpace()
    let start = position
    let digits = text[index...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard !digits.isEmpty else { throw malformed(expected: "a number that is not negative") }
    index = digits.endIndex
    // Python 2 marked long numbers so.
    if text[index...].first == UInt8(ascii: "L") { index += 1 }
    let number = String(decoding: digits, as: UTF8.self)
    guard let value = Int(number) else {
      throw ReadError(
        .npyShape, "a dimension does not fit", offset: start,
        found: number.escapedForDisplay(limit: 100))
    }
    return value
  }

  /// The next byte that is no white space, or nil at the end.
  private var next: UInt8? {
    mutating get {
      skipSpace()
      return text[index...].first
    }
  }

  private mutating func skipSpace() {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 }
    index = text[index...].firstIndex { !isSpace($0) } ?? text.endIndex
  }

  private func malformed(expected: String) -> ReadError {
    ReadError(
      .npyHeader, "the header is malformed", offset: position, expected: expected,
      found: index < text.count
        ? "'\(String(decoding: text[index...].prefix(20), as: UTF8.self))'" : "its end")
  }
}
