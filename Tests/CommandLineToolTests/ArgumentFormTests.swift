import CommandLineTool
import Testing

@Suite struct `A tool with two forms of its command line` {
  @Test func `takes the arguments of the form that is used`() throws {
    let usual = try formsTool.parse(["a", "b"])
    #expect(usual.positional("input") == "a")
    #expect(usual.positional("output") == "b")
    #expect(usual.positionals("inputs").isEmpty)
    for words in [["--into", "d", "a", "b", "c"], ["a", "b", "c", "--into=d"]] {
      let other = try formsTool.parse(words)
      #expect(other.positionals("inputs") == ["a", "b", "c"])
      #expect(other.positional("input") == nil)
      #expect(other.value("into") == "d")
    }
  }

  @Test(
    arguments: [
      WrongCommandLine("a", "Missing expected argument '<output>'"),
      WrongCommandLine("a b c", "Unexpected argument 'c'"),
      WrongCommandLine("--into d", "Missing expected argument '<inputs>'"),
    ]) func `says what is wrong in the form that is used, and shows both`(wrong: WrongCommandLine)
  {
    do throws(EarlyExit) {
      _ = try formsTool.parse(wrong.words)
      Issue.record("accepted")
    } catch {
      #expect(error.code == .usage)
      #expect(
        error.errorOutput == """
          error: \(wrong.message)
          Usage: forms [<options>] <input> <output>
                 forms [<options>] --into <folder> <inputs> ...
            See 'forms --help' for more information.

          """)
    }
  }

  @Test func `shows both in its help, its manual page and its completion`() {
    #expect(
      formsTool.help(width: 80).contains(
        """
        USAGE: forms [<options>] <input> <output>
               forms [<options>] --into <folder> <inputs> ...

        ARGUMENTS:
          <input>                 The file to read.
          <output>                The file to write.
          <inputs>                The files to read.

        """))
    let page = formsTool.manualPage()
    #expect(
      page.contains(
        """
        .SH SYNOPSIS
        .B forms
        [options] <input> <output>
        .br
        .B forms
        [options] \\-\\-into <folder> <inputs> ...
        .SH
        """))
    #expect(page.contains(".TP\n.B <inputs>\nThe files to read.\n"))
    let script = formsTool.completionScript(for: .zsh)
    #expect(script.contains("':output:_files' \\\n    '*:inputs:_files'"))
  }

  @Test func `shows the option without brackets where all options fit on a line`() {
    let tool = ToolDescription(
      name: "t", version: "1", abstract: "Does.",
      forms: [ArgumentForm(with: "x", [ArgumentDescription("y", help: "Why.")])],
      options: [.flag("x", help: "Ex.")])
    #expect(tool.usage.allSatisfy { $0.hasPrefix("t [<options>]") })
    #expect(tool.usage.last == "t [<options>] --x <y>")
  }
}
