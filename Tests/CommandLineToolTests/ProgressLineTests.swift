import CommandLineTool
import Testing

@Suite struct `A progress line` {
  struct Example: Sendable, CustomTestStringConvertible {
    let line: ProgressLine
    var width = 80
    let text: String
    var testDescription: String { text }
  }

  @Test(
    arguments: [
      Example(line: ProgressLine("a.pth", "reading"), text: "a.pth: reading"),
      Example(line: ProgressLine("a.pth", "writing", .share(0, of: 3)), text: "a.pth: writing 0%"),
      Example(line: ProgressLine("a.pth", "writing", .share(2, of: 3)), text: "a.pth: writing 66%"),
      Example(
        line: ProgressLine("a.pth", "writing", .share(2_999, of: 3_000)), text: "a.pth: writing 99%"
      ),
      Example(
        line: ProgressLine("a.pth", "writing", .share(3, of: 3)), text: "a.pth: writing 100%"),
      Example(
        line: ProgressLine("a.pth", "writing", .share(.max, of: .max)), text: "a.pth: writing 100%"),
      Example(
        line: ProgressLine("a.pth", "writing", .share(4, of: 3)), text: "a.pth: writing 100%"),
      Example(
        line: ProgressLine("a.pth", "writing", .share(-1, of: 3)), text: "a.pth: writing 0%"),
      Example(
        line: ProgressLine("a.pth", "writing", .share(0, of: 0)), text: "a.pth: writing 100%"),
      Example(
        line: ProgressLine("a.pth", "verifying", .element("layer", 3, of: 9)),
        text: "a.pth: verifying layer 3 of 9"),
      Example(
        line: ProgressLine("a\n\u{1b}[2Jb", "reading"), text: "a\u{FFFD}\u{FFFD}[2Jb: reading"),
      Example(
        line: ProgressLine("folder/model.pth", "reading"), width: 26,
        text: "folder/model.pth: reading"),
      Example(
        line: ProgressLine("folder/model.pth", "reading"), width: 25,
        text: "…lder/model.pth: reading"),
      Example(line: ProgressLine("folder/model.pth", "reading"), width: 18, text: "reading"),
      Example(line: ProgressLine("folder/model.pth", "reading"), width: 4, text: "rea"),
      Example(line: ProgressLine("folder/model.pth", "reading"), width: 0, text: ""),
    ]) func `fits on its line and says how far the work is`(example: Example)
  {
    #expect(example.line.text(width: example.width) == example.text)
    #expect(example.text.count <= max(example.width - 1, 0))
  }

  @Test func `is no line where there is no terminal`() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      #expect(!ProgressLine.isPossible)
      ProgressLine.erase()
    }
    #expect(result?.standardErrorContent.contains(0x1b) == false)
  }
}
