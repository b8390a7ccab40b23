import CommandLineTool
import Testing

@Suite struct `Colours of a terminal` {
  /// The palette's cube has the steps 0, 95, 135, 175, 215 and 255 from 16 on, its greys are 8, 18, …
  /// from 232 on.
  @Test(
    arguments: [
      ((0, 0, 0), 16), ((255, 255, 255), 231), ((255, 0, 0), 196), ((0, 255, 0), 46),
      ((0, 0, 255), 21), ((95, 135, 175), 67), ((8, 8, 8), 232), ((128, 128, 128), 244),
      ((238, 238, 238), 255), ((250, 250, 250), 231), ((200, 100, 50), 167), ((47, 0, 0), 233),
      ((60, 0, 0), 52),
    ] as [((UInt8, UInt8, UInt8), Int)])
  func `are the nearest of 256`(color: (UInt8, UInt8, UInt8), index: Int) {
    #expect(ColorDepth.palette.sequence(color) == "\u{1B}[38;5;\(index)m")
    #expect(ColorDepth.palette.sequence(color, isBackground: true) == "\u{1B}[48;5;\(index)m")
  }

  @Test func `are as they are, or none`() {
    #expect(ColorDepth.full.sequence((1, 20, 255)) == "\u{1B}[38;2;1;20;255m")
    #expect(ColorDepth.full.sequence((1, 20, 255), isBackground: true) == "\u{1B}[48;2;1;20;255m")
    #expect(ColorDepth.full.reset == "\u{1B}[0m")
    #expect(ColorDepth.none.sequence((1, 20, 255)).isEmpty)
    #expect(ColorDepth.none.reset.isEmpty)
  }
}

@Suite struct `Columns of a text` {
  @Test(arguments: [
    ("", 0), ("cat", 3), ("é", 1), ("e\u{301}", 1), ("猫", 2), ("고양이", 6), ("ネコ", 4), ("🐈", 2),
  ]) func `are counted as terminals do`(text: String, count: Int) {
    #expect(text.columnCount == count)
  }

  @Test(arguments: [
    ("tabby cat", 9, "tabby cat"), ("tabby cat", 8, "tabby c…"), ("tabby", 1, "…"),
    ("tabby", 0, ""),
    ("tabby", -3, ""), ("猫猫猫", 6, "猫猫猫"), ("猫猫猫", 5, "猫猫…"), ("猫猫猫", 4, "猫…"),
  ]) func `are not exceeded`(text: String, columns: Int, expected: String) {
    #expect(text.fitting(columns: columns) == expected)
  }
}
