import BinaryInput
import Testing

@Suite struct `An error` {
  private let code = ErrorCode("zip.crc")

  @Test func `prints as one line of place, condition, expectation, advice and code`() {
    let error = ReadError(
      code, "CRC-32 mismatch", path: ["model.pth", "archive/data/3"], offset: 0x1C40,
      expected: "12ab34cd", found: "9f00aa01", advice: "the file is damaged")
    #expect(
      "\(error)"
        == "model.pth: archive/data/3 at 0x1c40: CRC-32 mismatch, expected 12ab34cd, "
        + "found 9f00aa01; the file is damaged [zip.crc]")
  }

  @Test func `leaves out what is not known`() {
    #expect("\(ReadError(code, "is odd"))" == "is odd [zip.crc]")
    #expect("\(ReadError(code, "is odd", offset: 255))" == "at 0xff: is odd [zip.crc]")
    #expect("\(ReadError(code, "is odd", path: ["a"]))" == "a: is odd [zip.crc]")
    #expect("\(ReadError(code, "is odd", found: "3"))" == "is odd, found 3 [zip.crc]")
    #expect("\(ReadError(code, "is odd", expected: "2"))" == "is odd, expected 2 [zip.crc]")
    #expect("\(ReadError(code, "is odd", advice: "give up"))" == "is odd; give up [zip.crc]")
  }

  @Test func `gains names from the inside out`() {
    let inner = ReadError(code, "is odd", path: ["weight"], offset: 3)
    let outer = inner.within("data.pkl").within("model.pth")
    #expect(outer.path == ["model.pth", "data.pkl", "weight"])
    #expect(outer.offset == 3)
    #expect(outer.code == code)
    #expect(inner.path == ["weight"])
    #expect(outer != inner)
  }

  @Test func `escapes whatever can come from a file`() {
    let hostile = "a\u{1B}[2J\nb"
    let error = ReadError(
      code, hostile, path: [hostile, hostile], expected: hostile, found: hostile, advice: hostile)
    let printed = #"a\u{1b}[2J\u{a}b"#
    #expect(
      "\(error)"
        == "\(printed): \(printed): \(printed), expected \(printed), found \(printed); "
        + "\(printed) [zip.crc]")
  }
}

@Suite struct `Text for display` {
  @Test(
    arguments: [
      ("plain – ünï ＡＢ 漢字 😀", "plain – ünï ＡＢ 漢字 😀"),
      ("\u{1B}]0;title\u{7}", #"\u{1b}]0;title\u{7}"#),
      ("line\nfeed\r\ttab\0", #"line\u{a}feed\u{d}\u{9}tab\u{0}"#),
      ("\u{7F}\u{9B}2J", #"\u{7f}\u{9b}2J"#),
      ("abc\u{202E}cba\u{2066}x\u{200F}", #"abc\u{202e}cba\u{2066}x\u{200f}"#),
      ("a\u{2028}b\u{2029}c", #"a\u{2028}b\u{2029}c"#),
      ("\u{FEFF}\u{200B}\u{E0001}", #"\u{feff}\u{200b}\u{e0001}"#),
      ("\u{E000}\u{FFFF}\u{10FFFF}", #"\u{e000}\u{ffff}\u{10ffff}"#),
      ("", ""),
    ])
  func `has no character that moves the cursor or reorders a line`(
    text: String, printed: String
  ) {
    #expect(text.escapedForDisplay() == printed)
  }

  @Test func `has no control character of the first 256 characters`() {
    for value in UInt8.min...UInt8.max {
      let scalar = Unicode.Scalar(value)
      // 0xAD is the soft hyphen, which may be invisible.
      let isHidden = value < 0x20 || (0x7F...0x9F).contains(value) || value == 0xAD
      let printed = isHidden ? "\\u{\(String(value, radix: 16))}" : String(scalar)
      #expect(String(scalar).escapedForDisplay() == printed)
    }
  }

  @Test func `is cut at its limit`() {
    #expect("abcd".escapedForDisplay(limit: 4) == "abcd")
    #expect("abcde".escapedForDisplay(limit: 4) == "abcd…")
    #expect("\n\n".escapedForDisplay(limit: 1) == #"\u{a}…"#)
    #expect("a".escapedForDisplay(limit: 0) == "…")
    #expect("".escapedForDisplay(limit: 0) == "")
    let long = String(repeating: "x", count: 100_000)
    #expect(long.escapedForDisplay() == String(repeating: "x", count: 1_000) + "…")
    // Scalars are counted, so that a single character with many marks is cut as well.
    let marks = "a" + String(repeating: "\u{301}", count: 5_000)
    #expect(marks.escapedForDisplay(limit: 10).unicodeScalars.count == 11)
  }
}
