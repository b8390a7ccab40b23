/// An argument that has no name on the command line, such as the file to read.
public struct ArgumentDescription: Equatable, Sendable {
  /// How many values an argument takes.
  public enum Count: Sendable {
    /// Exactly one.
    case one
    /// One or none.
    case optional
    /// One or more.
    case oneOrMore
  }

  /// The name that the help shows in angle brackets.
  public let name: String
  /// How many values it takes.
  public let count: Count
  /// What it is, in a sentence.
  public let help: String

  /// Describes an argument; shells complete it with the names of files.
  public init(_ name: String, _ count: Count = .one, help: String) {
    self.name = name
    self.count = count
    self.help = help
  }

  /// How usage lines show it: `<input>`, `[<reference>]`, `<input> ...`.
  var usage: String {
    switch count {
    case .one: "<\(name)>"
    case .optional: "[<\(name)>]"
    case .oneOrMore: "<\(name)> ..."
    }
  }
}
