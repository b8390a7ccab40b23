import CommandLineTool
import Testing

/// A wrong command line and the message about it.
struct WrongCommandLine: Sendable, CustomTestStringConvertible {
  let words: [String]
  let message: String

  var testDescription: String { words.joined(separator: " ") }

  init(_ words: String, _ message: String) {
    self.init(words.split(separator: " ").map(String.init), message)
  }

  init(_ words: [String], _ message: String) {
    self.words = words
    self.message = message
  }

  static let all: [WrongCommandLine] = [
    WrongCommandLine("", "Missing expected argument '<input>'"),
    WrongCommandLine("--force", "Missing expected argument '<input>'"),
    WrongCommandLine("a b c", "Unexpected argument 'c'"),
    WrongCommandLine("a b -- --force", "Unexpected argument '--force'"),
    WrongCommandLine("a --vrebose", "Unknown option '--vrebose'. Did you mean '--verbose'?"),
    WrongCommandLine("a --goldne=x", "Unknown option '--goldne'. Did you mean '--golden'?"),
    WrongCommandLine("a --something-else", "Unknown option '--something-else'"),
    WrongCommandLine("a -x", "Unknown option '-x'"),
    WrongCommandLine("a -fx", "Unknown option '-fx'"),
    WrongCommandLine("a -force", "Unknown option '-force'. Did you mean '--force'?"),
    WrongCommandLine("--", "Missing expected argument '<input>'"),
    WrongCommandLine("a -=", "Unknown option '-'"),
    WrongCommandLine("a --=x", "Unknown option '--'"),
    WrongCommandLine("a ---force", "Unknown option '---force'. Did you mean '--force'?"),
    WrongCommandLine("a --Force", "Unknown option '--Force'. Did you mean '--force'?"),
    WrongCommandLine("a --golden", "Missing value for '--golden <file>'"),
    WrongCommandLine("a --golden --force", "Missing value for '--golden <file>'"),
    WrongCommandLine("a --golden=", "Missing value for '--golden <file>'"),
    WrongCommandLine("a --golden -- x", "Missing value for '--golden <file>'"),
    WrongCommandLine("a -g", "Missing value for '--golden <file>'"),
    WrongCommandLine("a -gf x", "Missing value for '--golden <file>'"),
    WrongCommandLine("a --force=yes", "The option '--force' takes no value"),
    WrongCommandLine("a -f=yes", "The option '--force' takes no value"),
    WrongCommandLine(
      "a --ema sometimes",
      "The value 'sometimes' is invalid for '--ema <mode>': "
        + "expected one of 'auto', 'always', 'never'"),
    WrongCommandLine(
      "a --threads many",
      "The value 'many' is invalid for '--threads <count>': "
        + "expected a whole number from 1 to 64"),
    WrongCommandLine(
      "a --threads 65",
      "The value '65' is invalid for '--threads <count>': expected a whole number from 1 to 64"),
    WrongCommandLine(
      "a --threads 99999999999999999999",
      "The value '99999999999999999999' is invalid for '--threads <count>': "
        + "expected a whole number from 1 to 64"),
    WrongCommandLine(
      "a --runs 0", "The value '0' is invalid for '--runs <n>': expected a whole number from 1"),
    WrongCommandLine(["a", "--\u{1B}[2J\n"], "Unknown option '--\u{FFFD}[2J\u{FFFD}'"),
    WrongCommandLine(
      ["a", "b", String(repeating: "x", count: 300)],
      "Unexpected argument '\(String(repeating: "x", count: 200))…'"),
    WrongCommandLine(
      "a --generate-completion-script tcsh",
      "The value 'tcsh' is invalid for '--generate-completion-script <shell>': "
        + "expected one of 'bash', 'zsh', 'fish'"),
  ]
}

@Suite struct CommandLineParsingTests {
  @Test(arguments: WrongCommandLine.all)
  func `A wrong command line gets its message, the usage and 64`(wrong: WrongCommandLine) {
    do throws(EarlyExit) {
      _ = try sampleTool.parse(wrong.words)
      Issue.record("accepted")
    } catch {
      #expect(error.code == .usage)
      #expect(error.output.isEmpty)
      #expect(
        error.errorOutput == """
          error: \(wrong.message)
          Usage: gpunet-sample [<options>] <input> [<output>]
            See 'gpunet-sample --help' for more information.

          """)
    }
  }

  @Test func `What is not given has its default or nothing`() throws {
    let parsed = try sampleTool.parse(["in"])
    #expect(parsed.positional("input") == "in")
    #expect(parsed.positional("output") == nil)
    #expect(parsed.value("ema") == "auto")
    #expect(parsed.value("golden") == nil)
    #expect(parsed.values("label") == [])
    #expect(parsed.integer("threads") == nil)
    #expect(parsed.integer("runs") == 5)
    #expect(!parsed.flag("force"))
  }

  @Test(
    arguments: [
      "in out --golden x.npz --force --verbose", "--golden=x.npz in -fv out",
      "-fvg x.npz in out", "-vfg=x.npz in -- out", "in --golden a out -g x.npz --force -v -v",
    ])
  func `Options have many spellings and stand anywhere`(line: String) throws {
    let parsed = try sampleTool.parse(line.split(separator: " ").map(String.init))
    #expect(parsed.positionals("input") == ["in"])
    #expect(parsed.positional("output") == "out")
    #expect(parsed.value("golden") == "x.npz")
    #expect(parsed.flag("force"))
    #expect(parsed.flag("verbose"))
  }

  @Test func `Values may hold anything that does not begin with a dash, or all after =`() throws {
    let parsed = try sampleTool.parse([
      "-", "--label", "a=b", "--label=-1", "--label", "é e", "--label==", "--golden", "-", "--",
      "--force",
    ])
    #expect(parsed.values("label") == ["a=b", "-1", "é e", "="])
    #expect(parsed.value("label") == "=")
    #expect(parsed.value("golden") == "-")
    #expect(parsed.positional("input") == "-")
    #expect(parsed.positional("output") == "--force")
    #expect(!parsed.flag("force"))
  }

  @Test func `A whole number is read as one`() throws {
    #expect(try sampleTool.parse(["a", "--threads", "007"]).integer("threads") == 7)
  }

  @Test func `A repeating argument takes one or more`() throws {
    #expect(try severalTool.parse(["a", "b", "c"]).positionals("files") == ["a", "b", "c"])
    #expect(throws: severalTool.usageError("Missing expected argument '<files>'")) {
      try severalTool.parse([])
    }
  }

  /// What a command line that only asks for a text prints.
  struct Printed: Sendable, CustomTestStringConvertible {
    let words: [String]
    let output: String
    var testDescription: String { words.joined(separator: " ") }
  }

  @Test(
    arguments: [
      Printed(words: ["--version"], output: "1.2.3\n"),
      Printed(words: ["a", "b", "c", "--version", "--nonsense"], output: "1.2.3\n"),
      Printed(words: ["--help"], output: sampleTool.help(width: 100)),
      Printed(words: ["-vh", "--version"], output: sampleTool.help(width: 100)),
      Printed(words: ["--generate-manual-page"], output: sampleTool.manualPage()),
      Printed(
        words: ["--generate-completion-script", "zsh"],
        output: sampleTool.completionScript(for: .zsh)),
    ])
  func `What every tool can print ends it with success`(printed: Printed) {
    #expect(throws: EarlyExit(printing: printed.output)) {
      try sampleTool.parse(printed.words, terminalWidth: 100)
    }
  }
}
