extension ToolDescription {
  /// The manual page as roff source (man(7)).
  public func manualPage() -> String {
    var page = ".TH \"\(roff(name.uppercased()))\" 1 \"\" \"\(roff("\(name) \(version)"))\"\n"
    page += ".SH NAME\n\(roff("\(name) - \(abstract)"))\n"
    page += ".SH SYNOPSIS\n.B \(roff(name))\n"
    page += roff("[options]" + arguments.map { " \($0.usage)" }.joined()) + "\n"
    page += ".SH DESCRIPTION\n\(roff(abstract))\n"
    for paragraph in discussion.split(separator: "\n\n") {
      page += ".PP\n\(roff(String(paragraph)))\n"
    }
    if !arguments.isEmpty { page += ".SH ARGUMENTS\n" }
    for argument in arguments {
      page += ".TP\n.B \(roff("<\(argument.name)>"))\n\(roff(argument.help))\n"
    }
    page += ".SH OPTIONS\n"
    for option in options {
      page += ".TP\n.B \(roff(option.label))\n\(roff(option.fullHelp))\n"
    }
    return page
  }

  /// Text as roff prints it: backslashes and dashes spelt out, no line that begins a request.
  private func roff(_ text: String) -> String {
    text.split(separator: "\n")
      .map { line in
        let escaped = line.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
      }
      .joined(separator: "\n")
  }
}
