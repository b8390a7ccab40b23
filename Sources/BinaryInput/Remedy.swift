/// What the caller of a library can change so that a failure does not happen again.
///
/// It is a value and not words, since only whoever took the request knows how one asks for it: a
/// tool has an option, another program a property. Targets declare their own as static members.
public struct Remedy: Hashable, Sendable {
  /// The stable name: `allow-more-bytes`.
  public let name: String
  /// The remedy in words that name no option.
  public let phrase: String
  /// What it is about, where that is part of it: names to choose among.
  public let subjects: [String]

  /// Declares a remedy.
  public init(_ name: String, _ phrase: String, _ subjects: [String] = []) {
    self.name = name
    self.phrase = phrase
    self.subjects = subjects
  }
}

extension Remedy {
  /// The input may take more memory than is usual.
  public static let allowMoreBytes = Remedy("allow-more-bytes", "allow it more bytes")
  /// A file that has several names may be read.
  public static let allowHardLinks = Remedy("allow-hard-links", "allow files with other names")
  /// The output that is there may be replaced.
  public static let replaceOutput = Remedy("replace-output", "ask for it to be replaced")
}
