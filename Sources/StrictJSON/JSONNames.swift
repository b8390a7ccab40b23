public import BinaryInput

/// The names of one object that a ``JSONReader`` goes through, no name twice.
public struct JSONNames: Sendable {
  private var names: Set<String> = []

  /// No names.
  public init() {}

  /// Takes a name that was not there before.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - offset: The byte offset of its quote.
  /// - Throws: `json.duplicate` where it was there before, `json.equivalent` where one was that is
  ///   canonically equivalent in Unicode.
  public mutating func insert(_ name: String, at offset: Int) throws(ReadError) {
    let (isNew, known) = names.insert(name)
    guard isNew else { throw JSONNames.repetition(of: name, known: known, offset: offset) }
  }

  /// The error for a name that equals another as Swift compares texts.
  static func repetition(of name: String, known: String, offset: Int) -> ReadError {
    guard known.utf8.elementsEqual(name.utf8) else {
      return ReadError(
        .jsonEquivalent, "two names of an object are the same text in other code points",
        offset: offset, expected: "names that differ in normal form", found: "\"\(name)\"",
        advice: "rename one of them")
    }
    return ReadError(
      .jsonDuplicate, "the name \"\(name)\" stands twice in an object", offset: offset)
  }
}
