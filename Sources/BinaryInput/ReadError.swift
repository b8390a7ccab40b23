/// A failure to read, understand or write a file: what, where, expected, found, what to do next.
///
/// Prints as one line; text that came out of a file is escaped.
public struct ReadError: Error, Equatable, Sendable {
  /// The stable name of the condition.
  public var code: ErrorCode
  /// What is wrong, as a phrase: `CRC-32 mismatch`.
  public var what: String
  /// Where it is: the file, then the names that lead inwards from it.
  public var path: [String]
  /// Absolute byte offset in the innermost thing that `path` names, where one is known.
  public var offset: Int?
  /// What should have been there.
  public var expected: String?
  /// What was there.
  public var found: String?
  /// What the reader of the message can do next with the file.
  public var advice: String?
  /// What the reader of the message can ask for instead.
  public var remedy: Remedy?

  /// Creates an error; enclosing readers add names to its path with ``within(_:)``.
  public init(
    _ code: ErrorCode, _ what: String, path: [String] = [], offset: Int? = nil,
    expected: String? = nil, found: String? = nil, advice: String? = nil,
    remedy: Remedy? = nil
  ) {
    self.code = code
    self.what = what
    self.path = path
    self.offset = offset
    self.expected = expected
    self.found = found
    self.advice = advice
    self.remedy = remedy
  }

  /// The same error, seen from one level further out.
  public func within(_ name: String) -> ReadError {
    var error = self
    error.path.insert(name, at: 0)
    return error
  }
}

extension ReadError: CustomStringConvertible {
  /// The message without `error:` in front: place, what, expected, found, advice, remedy and code.
  public var description: String { description { $0.phrase } }

  /// The message with a remedy in the words of whoever took the request.
  public func description(_ words: (Remedy) -> String) -> String {
    // The outermost group of a file has no name.
    var text = path.filter { !$0.isEmpty }.map { $0.escapedForDisplay() }.joined(separator: ": ")
    if let offset {
      text += text.isEmpty ? "at 0x" : " at 0x"
      text += String(offset, radix: 16)
    }
    if !text.isEmpty { text += ": " }
    text += what.escapedForDisplay()
    if let expected { text += ", expected \(expected.escapedForDisplay())" }
    if let found { text += ", found \(found.escapedForDisplay())" }
    let next = [advice, remedy.map(words)].compactMap(\.self).map { $0.escapedForDisplay() }
    if !next.isEmpty { text += "; \(next.joined(separator: ", or "))" }
    return text + " [\(code.rawValue)]"
  }
}

extension String {
  /// The text with control characters, bidirectional controls and line separators written as
  /// `\u{…}`, so that a name from a file can neither move the cursor nor reorder a line.
  ///
  /// - Parameter limit: The number of characters after which the text is cut and `…` added.
  /// - Returns: The text to print.
  /// - Complexity: O(*n*) in the length of the text.
  public func escapedForDisplay(limit: Int = 1_000) -> String {
    var result = ""
    for (index, scalar) in unicodeScalars.enumerated() {
      guard index < limit else { return result + "…" }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned,
        .privateUse:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default:
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
