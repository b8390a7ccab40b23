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
    if !allArguments.isEmpty { page += ".SH ARGUMENTS\n" }
    for argument in allArguments {
      page += ".TP\n.B \(roff("<\(argument.name)>"))\n\(roff(argument.help))\n"
    }
    page += ".SH OPTIONS\n"
    for option in options {
      page += ".TP\n.B \(roff(option.label))\n\(roff(option.fullHelp))\n"
    }
    return page
  }

  /// The forms of the command line, two lines each.
  private var synopses: [String] {
    let endings =
      [arguments.map(\.usage)]
      + forms.map { form in
        [option(spelled: "--\(form.option)")?.requiredUsage ?? ""] + form.arguments.map(\.usage)
      }
    return endings.map {
      ".B \(roff(name))\n\(roff((["[options]"] + $0).joined(separator: " ")))\n"
    }
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
