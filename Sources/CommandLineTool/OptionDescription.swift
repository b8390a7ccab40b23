/// An option: a flag, or a name with a value.
public struct OptionDescription: Equatable, Sendable {
  /// What a value has to be.
  public enum Value: Equatable, Sendable {
    /// Any text that is not empty.
    case text
    /// Any text, the empty one too.
    case anyText
    /// The path of a file, which shells complete.
    case path
    /// One of the given words.
    case choice([String])
    /// A whole number in a range.
    case integer(ClosedRange<Int>)
  }

  /// What follows the option's name.
  public struct Parameter: Equatable, Sendable {
    /// The name that the help shows in angle brackets.
    public let name: String
    /// What the value has to be.
    public let value: Value
    /// The value where the option is not given.
    public let defaultValue: String?
    /// Whether every occurrence counts; otherwise the last one does.
    public let repeats: Bool
  }

  /// The name without the two dashes.
  public let name: String
  /// The letter that stands for the name, if any.
  public let short: Character?
  /// What follows the name; nil for a flag.
  public let parameter: Parameter?
  /// What the option does, in a sentence.
  public let help: String

  /// Describes an option that stands for itself: `--force`.
  public static func flag(
    _ name: String, short: Character? = nil, help: String
  ) -> OptionDescription {
    OptionDescription(name: name, short: short, parameter: nil, help: help)
  }

  /// Describes an option with a value: `--ema auto`.
  ///
  /// - Parameters:
  ///   - name: The name without the two dashes.
  ///   - short: The letter that stands for the name.
  ///   - value: What the help calls the value.
  ///   - kind: What the value has to be.
  ///   - defaultValue: The value where the option is not given.
  ///   - repeats: Whether every occurrence counts; otherwise the last one does.
  ///   - help: What the option does, in a sentence.
  /// - Returns: The description.
  public static func option(
    _ name: String, short: Character? = nil, value: String, _ kind: Value = .text,
    default defaultValue: String? = nil, repeats: Bool = false, help: String
  ) -> OptionDescription {
    let parameter = Parameter(
      name: value, value: kind, defaultValue: defaultValue, repeats: repeats)
    return OptionDescription(name: name, short: short, parameter: parameter, help: help)
  }

  /// The option as one types it: `-h`, `--help`.
  var spellings: [String] {
    (short.map { ["-\($0)"] } ?? []) + ["--\(name)"]
  }

  /// The option as the help lists it: `-o, --output <file>`.
  var label: String {
    spellings.joined(separator: ", ") + (parameter.map { " <\($0.name)>" } ?? "")
  }

  /// The option as usage lines show it: `[--output <file>]`.
  var usage: String {
    "[\(requiredUsage)]\(parameter?.repeats == true ? " ..." : "")"
  }

  /// The option as usage lines show it where it has to be given: `--output <file>`.
  var requiredUsage: String {
    "--\(name)\(parameter.map { " <\($0.name)>" } ?? "")"
  }

  /// The help with what the value may be and what it is by default.
  var fullHelp: String {
    var facts: [String] = []
    if case .choice(let choices) = parameter?.value {
      facts.append("values: \(choices.joined(separator: ", "))")
    }
    if let value = parameter?.defaultValue { facts.append("default: \(value)") }
    return facts.isEmpty ? help : "\(help) (\(facts.joined(separator: "; ")))"
  }
}
