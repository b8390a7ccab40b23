/// A shell that completion scripts are written for.
public enum CompletionShell: String, CaseIterable, Sendable {
  /// GNU Bash.
  case bash
  /// The Z shell.
  case zsh
  /// The friendly interactive shell.
  case fish
}

extension ToolDescription {
  /// A script that teaches `shell` to complete this tool's command lines.
  public func completionScript(for shell: CompletionShell) -> String {
    switch shell {
    case .bash: bashScript
    case .zsh: zshScript
    case .fish: fishScript
    }
  }

  /// The tool's name as a shell function may be called.
  private var functionName: String {
    "_" + name.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
  }

  /// Bash splits words at `=`, so `--name=value` arrives as three words.
  private var bashScript: String {
    var cases = ""
    for option in options {
      guard let parameter = option.parameter else { continue }
      let action: String
      switch parameter.value {
      case .choice(let choices):
        action = "COMPREPLY=($(compgen -W '\(choices.joined(separator: " "))' -- \"$word\"))"
      case .path: action = "\(functionName)_files"
      case .text, .anyText, .integer: action = ":"
      }
      cases += "    \(option.spellings.joined(separator: "|"))) \(action); return ;;\n"
    }
    let names = options.flatMap(\.spellings).joined(separator: " ")
    return """
      # bash completion for \(name)

      \(functionName)_files() {
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
      }

      \(functionName)() {
        local word="${COMP_WORDS[COMP_CWORD]}" option="${COMP_WORDS[COMP_CWORD - 1]}"
        COMPREPLY=()
        if [[ $word == = ]]; then
          word=
        elif [[ $option == = ]]; then
          option="${COMP_WORDS[COMP_CWORD - 2]}"
        fi
        case $option in
      \(cases)  esac
        if [[ $word == -* ]]; then
          COMPREPLY=($(compgen -W '\(names)' -- "$word"))
        else
          \(functionName)_files
        fi
      }

      complete -F \(functionName) \(name)

      """
  }

  private var zshScript: String {
    func quote(_ text: String) -> String {
      text.replacing("'", with: "'\\''")
    }
    func escape(_ text: String) -> String {
      var result = ""
      for character in text {
        if "\\[]:".contains(character) { result += "\\" }
        result.append(character)
      }
      return quote(result)
    }
    var lines: [String] = []
    for option in options {
      let exclusion = option.parameter?.repeats == true ? "*" : ""
      for spelling in option.spellings {
        var line = "\(exclusion)\(spelling)"
        let isLong = spelling.hasPrefix("--")
        if option.parameter != nil { line += isLong ? "=" : "+" }
        line += "[\(escape(option.help))]"
        if let parameter = option.parameter {
          line += ":\(escape(parameter.name)):"
          switch parameter.value {
          case .choice(let choices): line += "(\(choices.joined(separator: " ")))"
          case .path: line += "_files"
          case .text, .anyText, .integer: line += " "
          }
        }
        lines.append("'\(line)'")
      }
    }
    // What a form adds comes after the usual arguments; all of them are files.
    let repeating = forms.flatMap(\.arguments).filter { $0.count == .oneOrMore }.prefix(1)
    for argument in arguments + repeating {
      let prefix =
        switch argument.count {
        case .one: ":"
        case .optional: "::"
        case .oneOrMore: "*:"
        }
      lines.append("'\(prefix)\(escape(argument.name)):_files'")
    }
    return """
      #compdef \(name)

      _\(name)() {
        _arguments -s -S \\
          \(lines.joined(separator: " \\\n    "))
      }

      if [[ $funcstack[1] == _\(name) ]]; then
        _\(name) "$@"
      else
        compdef _\(name) \(name)
      fi

      """
  }

  private var fishScript: String {
    func quote(_ text: String) -> String {
      "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
    var script = "# fish completion for \(name)\n\n"
    for option in options {
      script += "complete -c \(name) -l \(option.name)"
      if let short = option.short { script += " -s \(short)" }
      switch option.parameter?.value {
      case nil: break
      case .choice(let choices): script += " -x -a \(quote(choices.joined(separator: " ")))"
      case .path: script += " -r -F"
      case .text, .anyText, .integer: script += " -x"
      }
      script += " -d \(quote(option.help))\n"
    }
    return script
  }
}
