import BinaryInput
import GPUNetKit
import ModelFiles
import TestSupport
import Testing

private let digits = String(repeating: "0123456789abcdef", count: 4)

private func parse(_ text: String) throws(ReadError) -> TensorManifest {
  try TensorManifest(parsing: Bytes(copying: Array(text.utf8)))
}

/// A listing that is refused, and where.
private struct BadManifest: Sendable, CustomTestStringConvertible {
  let what: String
  let text: String
  let offset: Int
  let line: Int?

  var testDescription: String { what }

  init(_ what: String, _ text: String, offset: Int = 0, line: Int? = 1) {
    self.what = what
    self.text = text
    self.offset = offset
    self.line = line
  }

  static let all = [
    BadManifest("nothing", "", line: nil),
    BadManifest("an empty line", "\n"),
    BadManifest("too few digits", "\(digits.dropLast())  a\n"),
    BadManifest("no digit", "\(digits.dropLast())g  a\n"),
    BadManifest("a digit of another script", "\(digits.dropLast(3))\u{663}x  a\n"),
    BadManifest("too many digits", "\(digits)0  a\n"),
    BadManifest("no blanks", "\(digits)"),
    BadManifest("one blank", "\(digits) "),
    BadManifest("one blank and a name", "\(digits) ab\n"),
    BadManifest("a tab", "\(digits)\t a\n"),
    BadManifest("binary mode of a name", "\(digits) *a\n"),
    BadManifest("all together, escaped", "\\\(digits) *-\n"),
    BadManifest("an escape that is none", "\\\(digits)  a\\t\n"),
    BadManifest("an escape cut off", "\\\(digits)  a\\\n"),
    BadManifest("a comment", "\(digits)  a\n# b\n", offset: 68, line: 2),
    BadManifest("a name twice", "\(digits)  a\n\(digits)  a\n", offset: 68, line: 2),
    BadManifest(
      "a name twice, escaped once", "\(digits)  a\\\n\\\(digits)  a\\\\\n", offset: 69, line: 2),
    BadManifest("all together twice", "\(digits) *-\n\(digits) *-\n", offset: 68, line: 2),
    BadManifest("another kind of digest", "SHA256 (a) = \(digits)\n"),
  ]
}

@Suite struct `A listing of digests` {
  @Test(arguments: BadManifest.all)
  fileprivate func `is refused with the number of the line`(bad: BadManifest) {
    do throws(ReadError) {
      _ = try parse(bad.text)
      Issue.record("accepted")
    } catch {
      #expect(error.code == .hashManifest)
      #expect(error.offset == bad.offset)
      if let line = bad.line { #expect(error.what.hasPrefix("line \(line) ")) }
    }
  }

  @Test func `is refused where a name is no UTF-8`() throws {
    let bytes = Bytes(copying: Array("\(digits)  a".utf8) + [0xFF])
    #expect {
      try TensorManifest(parsing: bytes)
    } throws: {
      ($0 as? ReadError)?.code == .hashManifest
    }
  }

  @Test(arguments: ["base", "odd-names"])
  func `is, byte for byte, what sha256sum prints`(name: String) throws {
    let file = try SourceFile(opening: Fixture.path("measures/\(name).pth"))
    let manifest = try TensorManifest(of: NamedTensors(file))
    let expected = try Fixture.bytes("measures/\(name).sha256")
    #expect(manifest.text == String(decoding: expected.array, as: UTF8.self))
    #expect(try TensorManifest(parsing: expected) == manifest)
  }

  @Test func `is read in any order, in either case and without its ends`() throws {
    let text = "\(digits) *-\n\(digits.uppercased())  b\n\(digits)   a \n\\\(digits)  \\n\\r\\\\"
    let manifest = try parse(text)
    #expect(manifest.lines.map(\.name) == ["\n\r\\", " a ", "b"])
    #expect(manifest.lines.allSatisfy { $0.digest == digits })
    #expect(manifest.whole == digits)
    #expect(try parse("\(digits)  a").whole == nil)
    // Two spellings of one letter are two names.
    #expect(try parse("\(digits)  \u{E9}\n\(digits)  e\u{301}\n").lines.count == 2)
  }

  @Test func `of many lines takes time in their number`() throws {
    let names = (0..<20_000).map { "layer\($0 * 7 % 20_000).weight" }
    let manifest = try parse(names.map { "\(digits)  \($0)\n" }.joined())
    #expect(manifest.lines.count == names.count)
    #expect(manifest.lines.map(\.name) == names.sorted())
  }

  @Test func `cannot be made where two tensors have one name`() throws {
    let file = try SourceFile(opening: Fixture.path("measures/same-names.pth"))
    do throws(ReadError) {
      _ = try TensorManifest(of: NamedTensors(file))
      Issue.record("accepted")
    } catch {
      #expect(error.code == .hashNames)
      #expect(error.found == "'model.a'")
      #expect(error.remedy?.subjects == ["", "model"])
    }
    #expect(try TensorManifest(of: NamedTensors(file, key: "model")).lines.map(\.name) == ["a"])
  }

  @Test func `names what is other, missing and surplus`() throws {
    let other = String(digits.reversed())
    let expected = try parse("\(digits)  same\n\(other)  other\n\(digits)  gone\n\(other) *-\n")
    let found = try parse("\(digits)  new\n\(digits)  same\n\(digits)  other\n")
    let check = ManifestCheck(expected, found: found)
    #expect(check.results.map(\.name) == ["gone", "other", "same", "new"])
    #expect(check.results.map(\.outcome) == [.missing, .different, .same, .unlisted])
    #expect(check.wholeIsSame == false)
    #expect(!check.isSame)
    #expect(ManifestCheck(found, found: found).isSame)
    #expect(ManifestCheck(found, found: found).wholeIsSame == nil)
    // Alone, each of these is a no.
    for (listed, there) in [
      ("\(digits)  a\n", "\(other)  a\n"), ("\(digits)  a\n\(digits)  b\n", "\(digits)  a\n"),
      ("\(digits)  a\n", "\(digits)  a\n\(digits)  b\n"),
    ] {
      let check = try ManifestCheck(parse(listed), found: parse(there))
      #expect(!check.isSame)
    }
  }
}
