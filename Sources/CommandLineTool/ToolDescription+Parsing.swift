import Spelling

extension ToolDescription {
  /// Reads a command line, that of a subcommand where the first word is its.
  ///
  /// - Parameters:
  ///   - arguments: The words after the tool's name.
  ///   - terminalWidth: Where `--help` wraps its lines, in columns.
  /// - Returns: What the words say.
  /// - Throws: An exit with success for `--help` and its like, with ``ExitCode/usage`` for a wrong
  ///   command line.
  public func parse(
    _ arguments: [String], terminalWidth: Int = Terminal.standardWidth
  ) throws(EarlyExit) -> ParsedArguments {
    if let subcommand = subcommands.first(where: { $0.word == arguments.first }) {
      return try subcommand.parse(Array(arguments.dropFirst()), terminalWidth: terminalWidth)
    }
    var given: [String: [String]] = [:]
    var positional: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word == "--" {
        positional += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        positional.append(word)
        continue
      }
      for (option, attached) in try expand(word) {
        let value = try value(of: option, attached: attached, rest: &rest)
        given[option.name, default: []].append(value)
        try answer(option, value: value, terminalWidth: terminalWidth)
      }
    }
    let form = forms.first { given[$0.option] != nil }
    return ParsedArguments(
      description: self, given: given,
      positional: try assign(positional, to: form?.arguments ?? self.arguments))
  }

  /// The options in one word, the last with the value that is attached to it, if one is.
  private func expand(
    _ word: String
  ) throws(EarlyExit) -> [(option: OptionDescription, attached: String?)] {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let attached = parts.count > 1 ? String(parts[1]) : nil
    let spelling = String(parts[0])
    if spelling.hasPrefix("--") {
      guard let option = option(spelled: spelling) else {
        throw unknownOption(spelling)
      }
      return [(option, attached)]
    }
    var result: [(option: OptionDescription, attached: String?)] = []
    for letter in spelling.dropFirst() {
      guard let option = option(spelled: "-\(letter)") else {
        throw unknownOption(spelling)
      }
      if let previous = result.last?.option, previous.parameter != nil {
        throw missingValue(previous)
      }
      result.append((option, nil))
    }
    guard let last = result.popLast() else { throw unknownOption(spelling) }
    return result + [(last.option, attached)]
  }

  private func value(
    of option: OptionDescription, attached: String?, rest: inout ArraySlice<String>
  ) throws(EarlyExit) -> String {
    guard let parameter = option.parameter else {
      guard attached == nil else {
        throw usageError("The option '--\(option.name)' takes no value")
      }
      return ""
    }
    var value = attached
    if value == nil, let next = rest.first, !next.hasPrefix("-") || next == "-" {
      value = rest.popFirst()
    }
    guard let value, !value.isEmpty || parameter.value == .anyText else {
      throw missingValue(option)
    }
    switch parameter.value {
    case .text, .anyText, .path: return value
    case .choice(let choices):
      if choices.contains(value) { return value }
      let list = choices.map { "'\($0)'" }.joined(separator: ", ")
      throw invalidValue(value, of: option, expected: "one of \(list)")
    case .integer(let range):
      if let number = Int(value), range.contains(number) { return String(number) }
      let bounds =
        range.upperBound == .max
        ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw invalidValue(value, of: option, expected: "a whole number \(bounds)")
    }
  }

  /// Ends early for the options that every tool has.
  private func answer(
    _ option: OptionDescription, value: String, terminalWidth: Int
  ) throws(EarlyExit) {
    switch option {
    case .help: throw EarlyExit(printing: help(width: terminalWidth))
    case .version: throw EarlyExit(printing: version + "\n")
    case .manualPage: throw EarlyExit(printing: manualPage())
    case .completionScript:
      guard let shell = CompletionShell(rawValue: value) else { return }
      throw EarlyExit(printing: completionScript(for: shell))
    default: return
    }
  }

  private func assign(
    _ words: [String], to arguments: [ArgumentDescription]
  ) throws(EarlyExit) -> [String: [String]] {
    var result = Dictionary(uniqueKeysWithValues: allArguments.map { ($0.name, [String]()) })
    var rest = words[...]
    for argument in arguments {
      let taken = argument.count == .oneOrMore ? rest : rest.prefix(1)
      guard argument.count == .optional || !taken.isEmpty else {
        throw usageError("Missing expected argument '<\(argument.name)>'")
      }
      result[argument.name] = Array(taken)
      rest = rest.dropFirst(taken.count)
    }
    guard let unexpected = rest.first else { return result }
    throw usageError("Unexpected argument '\(unexpected.printable)'")
  }

  // MARK: Messages

  private func unknownOption(_ spelling: String) -> EarlyExit {
    let candidates = options.flatMap(\.spellings).filter { $0.hasPrefix("--") }
    let suggestion = spelling.nearest(in: candidates).map { ". Did you mean '\($0)'?" } ?? ""
    return usageError("Unknown option '\(spelling.printable)'\(suggestion)")
  }

  private func missingValue(_ option: OptionDescription) -> EarlyExit {
    usageError("Missing value for '--\(option.name) <\(option.parameter?.name ?? "")>'")
  }

  /// Ends because the value of an option is none of those that it takes.
  ///
  /// - Precondition: The tool has an option of that name with a value.
  public func invalidValue(_ value: String, of name: String, expected: String) -> EarlyExit {
    guard let option = option(spelled: "--\(name)"), option.parameter != nil else {
      preconditionFailure("no option \(name) with a value")
    }
    return invalidValue(value, of: option, expected: expected)
  }

  private func invalidValue(
    _ value: String, of option: OptionDescription, expected: String
  ) -> EarlyExit {
    let place = "'--\(option.name) <\(option.parameter?.name ?? "")>'"
    return usageError(
      "The value '\(value.printable)' is invalid for \(place): expected \(expected)")
  }
}
