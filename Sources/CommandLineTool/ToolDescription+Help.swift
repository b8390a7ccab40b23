extension ToolDescription {
  /// Where the text about an argument or option begins, in columns.
  private static let textColumn = 26

  /// The narrowest text that is still readable, in columns; it leaves 20 beside the labels.
  private static let leastWidth = 46

  /// The longest usage that is printed in full, in columns.
  private static let usageWidth = 80

  /// The command line in short, a line for every form of it and every subcommand: every option where
  /// they fit on a line, else `[<options>]`.
  public var usage: [String] {
    [usage(options.map(\.usage), ending: arguments)]
      + forms.map { form in
        let others = options.filter { $0.name != form.option }.map(\.usage)
        return usage(
          others, required: option(spelled: "--\(form.option)")?.requiredUsage,
          ending: form.arguments)
      }
      + subcommands.flatMap(\.usage)
  }

  private func usage(
    _ options: [String], required: String? = nil, ending arguments: [ArgumentDescription]
  ) -> String {
    let ending = (required.map { [$0] } ?? []) + arguments.map(\.usage)
    let full = ([name] + options + ending).joined(separator: " ")
    return full.count <= Self.usageWidth
      ? full : ([name, "[<options>]"] + ending).joined(separator: " ")
  }

  /// What `--help` prints.
  ///
  /// - Parameter width: Where lines are wrapped, in columns.
  /// - Returns: The text with a line feed at its end.
  public func help(width: Int) -> String {
    let paragraphs = discussion.split(separator: "\n\n").map {
      wrap(String($0), width: width, indent: 0) + "\n\n"
    }
    var text = wrap("OVERVIEW: \(abstract)", width: width, indent: 0) + "\n\n"
    text += paragraphs.joined()
    text += "USAGE: \(usage.joined(separator: "\n       "))\n"
    let positional = allArguments.map { (label: "<\($0.name)>", text: $0.help) }
    let named = options.map { (label: $0.label, text: $0.fullHelp) }
    for (title, entries) in [("ARGUMENTS", positional), ("OPTIONS", named)] where !entries.isEmpty {
      text += "\n\(title):\n"
      text += entries.map { entry($0.label, $0.text, width: width) }.joined()
    }
    for (index, subcommand) in subcommands.enumerated() {
      if index == 0 { text += "\nSUBCOMMANDS:\n" }
      text += entry(
        subcommand.word ?? "",
        "\(subcommand.abstract) See '\(subcommand.name) --help' for more information.",
        width: width)
    }
    return text
  }

  private func entry(_ label: String, _ text: String, width: Int) -> String {
    let indent = Self.textColumn
    let body = wrap(text, width: width, indent: indent)
    let start = "  \(label)"
    let padding = String(repeating: " ", count: indent)
    return start.count < indent
      ? start + String(padding.dropFirst(start.count)) + body + "\n"
      : start + "\n" + padding + body + "\n"
  }

  /// Breaks a text between words; every line but the first begins with `indent` spaces.
  private func wrap(_ text: String, width: Int, indent: Int) -> String {
    let room = max(width, Self.leastWidth) - indent
    var lines: [String] = [""]
    for word in text.split(whereSeparator: \.isWhitespace) {
      let line = lines[lines.count - 1]
      if line.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if line.count + 1 + word.count <= room {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
  }
}
