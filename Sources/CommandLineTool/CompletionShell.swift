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

  /// Bash splits words at `=`, so `--name=value` arrives as three words. A subcommand's function sees
  /// the words of the tool's.
  private var bashScript: String {
    let choices = subcommands.map { subcommand in
      """
        if (( COMP_CWORD > 1 )) && [[ ${COMP_WORDS[1]} == \(subcommand.word ?? "") ]]; then
          \(subcommand.functionName)
          return
        fi

      """
    }
    return """
      # bash completion for \(name)

      \(functionName)_files() {
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
      }

      \(subcommands.map { $0.bashFunction(files: functionName + "_files") }.joined())\
      \(functionName)() {
        local word="${COMP_WORDS[COMP_CWORD]}" option="${COMP_WORDS[COMP_CWORD - 1]}"
        COMPREPLY=()
        if [[ $word == = ]]; then
          word=
        elif [[ $option == = ]]; then
          option="${COMP_WORDS[COMP_CWORD - 2]}"
        fi
      \(choices.joined())\(bashCompletion(files: functionName + "_files"))}

      complete -F \(functionName) \(name)

      """
  }

  private func bashFunction(files: String) -> String {
    "\(functionName)() {\n\(bashCompletion(files: files))}\n\n"
  }

  /// What completes `word`, which follows `option`.
  private func bashCompletion(files: String) -> String {
    var cases = ""
    for option in options {
      guard let parameter = option.parameter else { continue }
      let action: String
      switch parameter.value {
      case .choice(let choices):
        action = "COMPREPLY=($(compgen -W '\(choices.joined(separator: " "))' -- \"$word\"))"
      case .path: action = files
      case .text, .anyText, .integer: action = ":"
      }
      cases += "    \(option.spellings.joined(separator: "|"))) \(action); return ;;\n"
    }
    let names = options.flatMap(\.spellings).joined(separator: " ")
    let words = subcommands.compactMap(\.word).joined(separator: " ")
    let firstWord =
      words.isEmpty
      ? ""
      : """
          if (( COMP_CWORD == 1 )); then
            COMPREPLY+=($(compgen -W '\(words)' -- "$word"))
          fi

      """
    return """
        case $option in
      \(cases)  esac
        if [[ $word == -* ]]; then
          COMPREPLY=($(compgen -W '\(names)' -- "$word"))
        else
          \(files)
      \(firstWord)  fi

      """
  }

  private var zshScript: String {
    let choices = subcommands.map { subcommand in
      """
        if (( CURRENT > 2 )) && [[ $words[2] == \(subcommand.word ?? "") ]]; then
          shift words
          (( CURRENT -= 1 ))
          \(subcommand.zshArguments)
          return
        fi

      """
    }
    return """
      #compdef \(name)

      _\(name)() {
      \(choices.joined())  \(zshArguments)
      }

      if [[ $funcstack[1] == _\(name) ]]; then
        _\(name) "$@"
      else
        compdef _\(name) \(name)
      fi

      """
  }

  /// The call that completes options and arguments.
  private var zshArguments: String {
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
    for (index, argument) in (arguments + repeating).enumerated() {
      let prefix =
        switch argument.count {
        case .one: ":"
        case .optional: "::"
        case .oneOrMore: "*:"
        }
      let words = index == 0 ? subcommands.compactMap(\.word).joined(separator: " ") : ""
      let action =
        words.isEmpty
        ? "_files"
        : "{_alternative \"words:subcommand:(\(words))\" \"files:\(escape(argument.name)):_files\"}"
      lines.append("'\(prefix)\(escape(argument.name)):\(action)'")
    }
    return "_arguments -s -S \\\n    " + lines.joined(separator: " \\\n    ")
  }

  private var fishScript: String {
    let words = subcommands.compactMap(\.word).joined(separator: " ")
    var script = "# fish completion for \(name)\n\n"
    script += fishOptions(
      of: self, where: words.isEmpty ? nil : "not __fish_seen_subcommand_from \(words)")
    for subcommand in subcommands {
      let word = subcommand.word ?? ""
      script += "complete -c \(name) -n __fish_is_first_arg -a \(word)"
      script += " -d \(fishQuoted(subcommand.abstract))\n"
      script += fishOptions(of: subcommand, where: "__fish_seen_subcommand_from \(word)")
    }
    return script
  }

  private func fishQuoted(_ text: String) -> String {
    "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }

  private func fishOptions(of tool: ToolDescription, where condition: String?) -> String {
    var script = ""
    for option in tool.options {
      script += "complete -c \(name)"
      if let condition { script += " -n \(fishQuoted(condition))" }
      script += " -l \(option.name)"
      if let short = option.short { script += " -s \(short)" }
      switch option.parameter?.value {
      case nil: break
      case .choice(let choices): script += " -x -a \(fishQuoted(choices.joined(separator: " ")))"
      case .path: script += " -r -F"
      case .text, .anyText, .integer: script += " -x"
      }
      script += " -d \(fishQuoted(option.help))\n"
    }
    return script
  }
}
