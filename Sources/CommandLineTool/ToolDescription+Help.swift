extension ToolDescription {
  /// Where the text about an argument or option begins, in columns.
  private static let textColumn = 26

  /// The narrowest text that is still readable, in columns; it leaves 20 beside the labels.
  private static let leastWidth = 46

  /// The longest usage that is printed in full, in columns.
  private static let usageWidth = 80

  /// The command line in short: every option where they fit on a line, else `[<options>]`.
  public var usage: String {
    let ending = arguments.map { " \($0.usage)" }.joined()
    let full = name + options.map { " \($0.usage)" }.joined() + ending
    return full.count <= Self.usageWidth ? full : "\(name) [<options>]\(ending)"
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
    text += "USAGE: \(usage)\n"
    let positional = arguments.map { (label: "<\($0.name)>", text: $0.help) }
    let named = options.map { (label: $0.label, text: $0.fullHelp) }
    for (title, entries) in [("ARGUMENTS", positional), ("OPTIONS", named)] where !entries.isEmpty {
      text += "\n\(title):\n"
      text += entries.map { entry($0.label, $0.text, width: width) }.joined()
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
