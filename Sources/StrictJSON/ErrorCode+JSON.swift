public import BinaryInput

extension ErrorCode {
  /// The text is longer than the limit.
  public static let jsonByteCount = ErrorCode("json.size")
  /// The text ends within a value.
  public static let jsonEnd = ErrorCode("json.end")
  /// A character stands where JSON's grammar has no place for it.
  public static let jsonSyntax = ErrorCode("json.syntax")
  /// Something follows the value.
  public static let jsonTrailing = ErrorCode("json.trailing")
  /// Arrays and objects are nested deeper than the limit.
  public static let jsonDepth = ErrorCode("json.depth")
  /// An object has two members of one name.
  public static let jsonDuplicate = ErrorCode("json.duplicate")
  /// An object has two members whose names are canonically equivalent in Unicode, and not the same
  /// bytes.
  public static let jsonEquivalent = ErrorCode("json.equivalent")
  /// A text is no valid UTF-8.
  public static let jsonEncoding = ErrorCode("json.utf8")
  /// A backslash begins no escape that JSON knows, or half a surrogate pair.
  public static let jsonEscape = ErrorCode("json.escape")
  /// A number is not spelt as JSON has it, or has more digits than any value needs.
  public static let jsonNumber = ErrorCode("json.number")
  /// A number is larger than any that a double holds.
  public static let jsonRange = ErrorCode("json.range")

  /// Every code of this target.
  public static let jsonCodes: [ErrorCode] = [
    .jsonByteCount, .jsonEnd, .jsonSyntax, .jsonTrailing, .jsonDepth, .jsonDuplicate,
    .jsonEquivalent, .jsonEncoding, .jsonEscape, .jsonNumber, .jsonRange,
  ]
}
