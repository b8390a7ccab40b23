import CommandLineTool
import Testing

@Suite struct TextTableTests {
  let table: TextTable = {
    var table = TextTable(columns: [
      TextTable.Column("Layer"), TextTable.Column("Parameters", .right), TextTable.Column("Note"),
    ])
    table.append(["head: 2", "928", ""])
    table.append([" layer15", "2,184,000", "a|b é"])
    return table
  }()

  @Test func `Plain text is aligned and has no spaces at the ends of lines`() {
    #expect(
      table.plainText() == """
        Layer     Parameters  Note
        head: 2          928
         layer15   2,184,000  a|b é

        """)
  }

  @Test func `Markdown marks the alignment and escapes bars`() {
    #expect(
      table.markdown() == #"""
        | Layer    | Parameters | Note   |
        | -------- | ---------: | ------ |
        | head: 2  |        928 |        |
        |  layer15 |  2,184,000 | a\|b é |

        """#)
  }

  @Test func `A table without rows has its headings`() {
    #expect(TextTable(columns: [TextTable.Column("A")]).plainText() == "A\n")
  }
}
