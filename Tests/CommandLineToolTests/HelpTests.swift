import CommandLineTool
import Testing

@Suite struct HelpTests {
  @Test func `The help is this, byte for byte`() {
    let expected = """
      OVERVIEW: Turns one thing into another thing.

      The first paragraph says what nobody would guess from the names of the options,
      and it is long enough to be wrapped.

      The second one is short.

      USAGE: gpunet-sample [<options>] <input> [<output>]

      ARGUMENTS:
        <input>                 The file to read.
        <output>                The file to write; where none is given the tool's
                                words go to standard output.

      OPTIONS:
        --ema <mode>            Whether to take the averaged weights of a training
                                checkpoint. (values: auto, always, never; default:
                                auto)
        -g, --golden <file>     Compare with recorded outputs.
        --threads <count>       The number of threads.
        --runs <n>              How often. (default: 5)
        --label <text>          It's a [label]: said again and again.
        -f, --force             Replace what is there.
        -v, --verbose           Say more.
        --generate-completion-script <shell>
                                Print a completion script for a shell. (values: bash,
                                zsh, fish)
        --generate-manual-page  Print the manual page as roff.
        --version               Print the version.
        -h, --help              Print this help.

      """
    #expect(sampleTool.help(width: 80) == expected)
  }

  @Test(arguments: [40, 60, 80, 120, 200])
  func `No line is wider than the terminal where its words are not`(width: Int) {
    let lines = sampleTool.help(width: width).split(separator: "\n")
    let wrapped = lines.filter { !$0.hasPrefix("USAGE") && !$0.hasPrefix("  -") }
    #expect(wrapped.allSatisfy { $0.count <= max(width, 46) })
  }

  @Test(arguments: [Int.min, -1, 0, 1])
  func `A terminal without room still gets the help`(width: Int) {
    #expect(sampleTool.help(width: width).contains("The number"))
  }

  @Test func `A short usage shows every option`() {
    let tool = ToolDescription(
      name: "t", version: "1", abstract: "Does.",
      arguments: [ArgumentDescription("files", .oneOrMore, help: "Files.")])
    #expect(tool.usage == ["t [<options>] <files> ..."])
  }

  @Test func `The manual page has every option and escapes what roff would take`() {
    let page = sampleTool.manualPage()
    #expect(
      page.hasPrefix(
        """
        .TH "GPUNET\\-SAMPLE" 1 "" "gpunet\\-sample 1.2.3"
        .SH NAME
        gpunet\\-sample \\- Turns one thing into another thing.
        .SH SYNOPSIS
        .B gpunet\\-sample
        [options] <input> [<output>]
        .SH DESCRIPTION

        """))
    #expect(page.contains(".TP\n.B \\-g, \\-\\-golden <file>\nCompare with recorded outputs.\n"))
    #expect(page.contains(".TP\n.B <input>\nThe file to read.\n"))
    let tool = ToolDescription(
      name: "t", version: "1", abstract: "Does.", discussion: ".SH takes\n'quotes' and \\n")
    #expect(tool.manualPage().contains(".PP\n\\&.SH takes\n\\&'quotes' and \\en\n"))
  }
}
