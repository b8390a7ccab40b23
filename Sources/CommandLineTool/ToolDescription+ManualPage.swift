extension ToolDescription {
  /// The manual page as roff source (man(7)).
  public func manualPage() -> String {
    var page = ".TH \"\(roff(name.uppercased()))\" 1 \"\" \"\(roff("\(name) \(version)"))\"\n"
    page += ".SH NAME\n\(roff("\(name) - \(abstract)"))\n"
    page += ".SH SYNOPSIS\n" + synopses.joined(separator: ".br\n")
    page += ".SH DESCRIPTION\n\(roff(abstract))\n"
    for paragraph in discussion.split(separator: "\n\n") {
      page += ".PP\n\(roff(String(paragraph)))\n"
    }
    if !allArguments.isEmpty { page += ".SH ARGUMENTS\n" + argumentEntries }
    page += ".SH OPTIONS\n" + optionEntries
    if !subcommands.isEmpty { page += ".SH SUBCOMMANDS\n" }
    for subcommand in subcommands {
      page += ".SS \"\(roff(subcommand.name))\"\n\(roff(subcommand.abstract))\n"
      for paragraph in subcommand.discussion.split(separator: "\n\n") {
        page += ".PP\n\(roff(String(paragraph)))\n"
      }
      page += subcommand.argumentEntries + subcommand.optionEntries
    }
    return page
  }

  private var argumentEntries: String {
    allArguments
      .map { ".TP\n.B \(roff("<\($0.name)>"))\n\(roff($0.help))\n" }.joined()
  }

  private var optionEntries: String {
    options.map { ".TP\n.B \(roff($0.label))\n\(roff($0.fullHelp))\n" }.joined()
  }

  /// The forms of the command line and those of the subcommands, two lines each.
  private var synopses: [String] {
    let endings =
      [arguments.map(\.usage)]
      + forms.map { form in
        [option(spelled: "--\(form.option)")?.requiredUsage ?? ""] + form.arguments.map(\.usage)
      }
    return endings.map {
      ".B \(roff(name))\n\(roff((["[options]"] + $0).joined(separator: " ")))\n"
    } + subcommands.flatMap(\.synopses)
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
