import CommandLineTool
import Testing

@Suite struct `A tool with a subcommand` {
  @Test func `takes its arguments and options where the first word is its`() throws {
    let tool = try wordsTool.parse(["x", "--deep"])
    #expect(tool.subcommand == nil)
    #expect(tool.positional("file") == "x")
    let other = try wordsTool.parse(["diff", "x", "-v", "y", "--format", "long"])
    #expect(other.subcommand == "diff")
    #expect(other.positional("a") == "x")
    #expect(other.positional("b") == "y")
    #expect(other.flag("verbose"))
    #expect(other.value("format") == "long")
  }

  @Test(arguments: [["./diff"], ["--", "diff"], ["--deep", "diff"]])
  func `takes the word for a file everywhere else`(words: [String]) throws {
    let parsed = try wordsTool.parse(words)
    #expect(parsed.subcommand == nil)
    #expect(parsed.positional("file") == words.last)
  }

  @Test(
    arguments: [
      (
        WrongCommandLine("diff x", "Missing expected argument '<b>'"),
        "words diff [--format <format>] [--verbose] [--help] <a> <b>", "words diff"
      ),
      (
        WrongCommandLine("diff x y --stupefy", "Unknown option '--stupefy'"),
        "words diff [--format <format>] [--verbose] [--help] <a> <b>", "words diff"
      ),
      (
        WrongCommandLine("x y", "Unexpected argument 'y'"),
        """
        words [<options>] <file>
               words diff [--format <format>] [--verbose] [--help] <a> <b>
        """, "words"
      ),
    ])
  func `says what is wrong in the words of what was asked`(
    wrong: WrongCommandLine, usage: String, name: String
  ) {
    do throws(EarlyExit) {
      _ = try wordsTool.parse(wrong.words)
      Issue.record("accepted")
    } catch {
      #expect(error.code == .usage)
      #expect(
        error.errorOutput == """
          error: \(wrong.message)
          Usage: \(usage)
            See '\(name) --help' for more information.

          """)
    }
  }

  @Test func `names it in its help, and has help of its own`() throws {
    let help = wordsTool.help(width: 80)
    #expect(
      help.hasSuffix(
        """

        SUBCOMMANDS:
          diff                    Compares two files. See 'words diff --help' for more
                                  information.

        """))
    #expect(help.contains("words diff [--format <format>] [--verbose] [--help] <a> <b>"))
    do throws(EarlyExit) {
      _ = try wordsTool.parse(["diff", "--help"])
      Issue.record("accepted")
    } catch {
      #expect(
        error.output == """
          OVERVIEW: Compares two files.

          A file called diff is ./diff.

          USAGE: words diff [--format <format>] [--verbose] [--help] <a> <b>

          ARGUMENTS:
            <a>                     One file.
            <b>                     Another.

          OPTIONS:
            --format <format>       How much. (values: brief, long)
            -v, --verbose           Say more.
            -h, --help              Print this help.

          """)
    }
  }

  @Test func `describes it in its manual page`() {
    let page = wordsTool.manualPage()
    #expect(page.contains(".br\n.B words diff\n[options] <a> <b>\n.SH DESCRIPTION\n"))
    #expect(
      page.hasSuffix(
        """
        .SH SUBCOMMANDS
        .SS "words diff"
        Compares two files.
        .PP
        A file called diff is ./diff.
        .TP
        .B <a>
        One file.
        .TP
        .B <b>
        Another.
        .TP
        .B \\-\\-format <format>
        How much. (values: brief, long)
        .TP
        .B \\-v, \\-\\-verbose
        Say more.
        .TP
        .B \\-h, \\-\\-help
        Print this help.

        """))
  }

  @Test(
    arguments: [
      (["di"], "diff"), (["--format", ""], "text json"), (["diff", "--format", ""], "brief long"),
      (["diff", "--v"], "--verbose"), (["x", "--d"], "--deep"),
      (["diff", "Pack"], "Package.swift"),
      (["Pack"], "Package.swift"), (["x", "di"], ""), (["diff", "--format", "=", "l"], "long"),
    ])
  func `completes in Bash`(words: [String], expected: String) throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let list = (["words"] + words).map { "'\($0)'" }.joined(separator: " ")
    let script = """
      cd '/\(root)'
      \(wordsTool.completionScript(for: .bash))
      COMP_WORDS=(\(list))
      COMP_CWORD=\(words.count)
      _words
      echo "${COMPREPLY[*]}"
      """
    #expect(try #require(try run("bash", ["--norc"], script: script)) == expected + "\n")
  }

  @Test(arguments: [CompletionShell.zsh, .fish])
  func `has scripts that other shells accept where they are installed`(
    shell: CompletionShell
  ) throws {
    let script = wordsTool.completionScript(for: shell)
    let output = try run(shell.rawValue, ["-n"], script: script)
    #expect(output == nil || output == "")
  }

  @Test func `completes its options behind its word only`() {
    let zsh = wordsTool.completionScript(for: .zsh)
    #expect(zsh.contains("[[ $words[2] == diff ]]; then\n    shift words\n"))
    #expect(zsh.contains("'--verbose[Say more.]' \\\n"))
    #expect(zsh.contains("\"words:subcommand:(diff)\" \"files:file:_files\""))
    let fish = wordsTool.completionScript(for: .fish)
    #expect(fish.contains("complete -c words -n 'not __fish_seen_subcommand_from diff' -l deep"))
    #expect(fish.contains("complete -c words -n __fish_is_first_arg -a diff -d 'Compares"))
    #expect(
      fish.contains("complete -c words -n '__fish_seen_subcommand_from diff' -l verbose -s v"))
  }
}
