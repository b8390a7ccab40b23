/// What a command line says, by the names of a ``ToolDescription``.
///
/// Asking for a name that the description does not have is a programmer's mistake and stops the
/// process.
public struct ParsedArguments: Equatable, Sendable {
  /// The word of the subcommand that was chosen, whose names these are; nil for the tool itself.
  public let subcommand: String?

  private let options: [String: OptionDescription]
  private let given: [String: [String]]
  private let positional: [String: [String]]

  init(
    description: ToolDescription, given: [String: [String]], positional: [String: [String]]
  ) {
    subcommand = description.word
    options = Dictionary(uniqueKeysWithValues: description.options.map { ($0.name, $0) })
    self.given = given
    self.positional = positional
  }

  /// Whether a flag was given.
  public func flag(_ name: String) -> Bool {
    precondition(options[name]?.parameter == nil && options[name] != nil, "no flag \(name)")
    return given[name] != nil
  }

  /// Whether an option was given, whatever its value.
  public func isGiven(_ option: OptionDescription) -> Bool {
    precondition(options[option.name] == option, "no option \(option.name)")
    return given[option.name] != nil
  }

  /// The last value given for an option, else its default, else nil.
  public func value(_ name: String) -> String? {
    values(name).last
  }

  /// All values given for an option in order, else its default alone, else none.
  public func values(_ name: String) -> [String] {
    guard let parameter = options[name]?.parameter else {
      preconditionFailure("no option \(name) with a value")
    }
    return given[name] ?? parameter.defaultValue.map { [$0] } ?? []
  }

  /// The last value of an option that takes a whole number, else its default, else nil.
  public func integer(_ name: String) -> Int? {
    guard case .integer = options[name]?.parameter?.value else {
      preconditionFailure("no option \(name) with a whole number")
    }
    return value(name).flatMap { Int($0) }
  }

  /// The value of an argument, or nil for one that was not given because it is optional or belongs
  /// to another form.
  public func positional(_ name: String) -> String? {
    positionals(name).first
  }

  /// All values of an argument in order.
  public func positionals(_ name: String) -> [String] {
    guard let values = positional[name] else { preconditionFailure("no argument \(name)") }
    return values
  }
}
