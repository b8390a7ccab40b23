/// What a tool is called, what it takes and what it does: the one source of the parser, the help,
/// the completion scripts and the manual page.
public struct ToolDescription: Sendable {
  /// The name that people type.
  public let name: String
  /// The version, which `--version` prints alone.
  public let version: String
  /// What the tool does, in one sentence.
  public let abstract: String
  /// What else one needs to know, in paragraphs that an empty line separates; may be empty.
  public let discussion: String
  /// The arguments that have no name on the command line, in order.
  public let arguments: [ArgumentDescription]
  /// The other arguments that go with certain options.
  public let forms: [ArgumentForm]
  /// The tool's own options, then those that every tool has.
  public let options: [OptionDescription]
  /// What other things the tool does where the first word on its command line says so, each with
  /// arguments and options of its own; the name is the tool's and that word: `inspect diff`.
  public let subcommands: [ToolDescription]

  /// Describes a tool; `--generate-completion-script`, `--generate-manual-page`, `--version` and
  /// `--help` are added to its options, to those of a subcommand only `--help`.
  ///
  /// A file whose name is the word of a subcommand is still an argument as `./diff`, or behind `--`.
  ///
  /// - Precondition: No name stands twice, only the last argument is optional or repeats, every
  ///   form is one of an option, and every subcommand's name is the tool's and one word.
  public init(
    name: String, version: String, abstract: String, discussion: String = "",
    arguments: [ArgumentDescription] = [], forms: [ArgumentForm] = [],
    options: [OptionDescription] = [], subcommands: [ToolDescription] = []
  ) {
    self.name = name
    self.version = version
    self.abstract = abstract
    self.discussion = discussion
    self.arguments = arguments
    self.forms = forms
    self.options = options + (name.contains(" ") ? [.help] : OptionDescription.common)
    self.subcommands = subcommands
    for arguments in [arguments] + forms.map(\.arguments) {
      precondition(
        arguments.dropLast().allSatisfy { $0.count == .one }, "only the last argument may vary")
    }
    let names = self.options.flatMap(\.spellings) + allArguments.map(\.name)
    precondition(Set(names).count == names.count, "a name stands twice")
    precondition(
      forms.allSatisfy { option(spelled: "--\($0.option)") != nil }, "a form has no option")
    precondition(
      subcommands.allSatisfy { $0.name == "\(name) \($0.word ?? "")" && $0.subcommands.isEmpty },
      "a subcommand is named after its tool")
  }

  /// The word that chooses this subcommand; nil for a tool.
  var word: String? {
    let parts = name.split(separator: " ")
    return parts.count > 1 ? parts.last.map { String($0) } : nil
  }

  /// The arguments of every form.
  var allArguments: [ArgumentDescription] {
    arguments + forms.flatMap(\.arguments)
  }

  func option(spelled spelling: String) -> OptionDescription? {
    options.first { $0.spellings.contains(spelling) }
  }
}

extension OptionDescription {
  static let completionScript = option(
    "generate-completion-script", value: "shell", .choice(CompletionShell.allCases.map(\.rawValue)),
    help: "Print a completion script for a shell.")
  static let manualPage = flag("generate-manual-page", help: "Print the manual page as roff.")
  static let version = flag("version", help: "Print the version.")
  static let help = flag("help", short: "h", help: "Print this help.")

  static let common = [completionScript, manualPage, version, help]
}
