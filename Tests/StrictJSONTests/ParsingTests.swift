import BinaryInput
import StrictJSON
import TestSupport
import Testing

func parse(_ text: String) throws(ReadError) -> JSONValue {
  try JSONValue(parsing: Bytes(copying: Array(text.utf8)))
}

func parse(_ bytes: [UInt8], byteCountLimit: Int = 1 << 20) throws(ReadError) -> JSONValue {
  try JSONValue(parsing: Bytes(copying: bytes), byteCountLimit: byteCountLimit)
}

/// A text that is no JSON, the code that says so, and where.
struct BadText: Sendable, CustomTestStringConvertible {
  let bytes: [UInt8]
  let code: ErrorCode
  let offset: Int?

  init(_ text: String, _ code: ErrorCode, at offset: Int) {
    self.init(Array(text.utf8), code, at: offset)
  }

  init(_ bytes: [UInt8], _ code: ErrorCode, at offset: Int?) {
    self.bytes = bytes
    self.code = code
    self.offset = offset
  }

  var testDescription: String {
    String(decoding: bytes.prefix(40), as: UTF8.self).escapedForDisplay()
  }

  static let all: [BadText] = [
    BadText("", .jsonEnd, at: 0),
    BadText(" \n", .jsonEnd, at: 2),
    BadText("[1,", .jsonEnd, at: 3),
    BadText("\"a", .jsonEnd, at: 2),
    BadText("-", .jsonEnd, at: 1),
    BadText("\u{FEFF}1", .jsonSyntax, at: 0),
    BadText("\u{A0}1", .jsonSyntax, at: 0),
    BadText("[1,]", .jsonSyntax, at: 3),
    BadText("[,1]", .jsonSyntax, at: 1),
    BadText("[1 2]", .jsonSyntax, at: 3),
    BadText("{,}", .jsonSyntax, at: 1),
    BadText("{\"a\":1,}", .jsonSyntax, at: 7),
    BadText("{\"a\" 1}", .jsonSyntax, at: 5),
    BadText("{a:1}", .jsonSyntax, at: 1),
    BadText("{'a':1}", .jsonSyntax, at: 1),
    BadText("{1:1}", .jsonSyntax, at: 1),
    BadText("[1}", .jsonSyntax, at: 2),
    BadText("{\"a\":1]", .jsonSyntax, at: 6),
    BadText("/* */1", .jsonSyntax, at: 0),
    BadText("nul!", .jsonSyntax, at: 3),
    BadText("True", .jsonSyntax, at: 0),
    BadText("NaN", .jsonSyntax, at: 0),
    BadText("Infinity", .jsonSyntax, at: 0),
    BadText("+1", .jsonSyntax, at: 0),
    BadText(".5", .jsonSyntax, at: 0),
    BadText("\"a\tb\"", .jsonSyntax, at: 2),
    BadText("\"a\u{0}b\"", .jsonSyntax, at: 2),
    BadText("\"a\nb\"", .jsonSyntax, at: 2),
    BadText("1 2", .jsonTrailing, at: 2),
    BadText("{}{}", .jsonTrailing, at: 2),
    BadText("nullx", .jsonTrailing, at: 4),
    BadText("1\u{0}", .jsonTrailing, at: 1),
    BadText(String(repeating: "[", count: 65), .jsonDepth, at: 64),
    BadText(String(repeating: "[", count: 1_000_000), .jsonDepth, at: 64),
    BadText(String(repeating: "{\"a\":", count: 65), .jsonDepth, at: 64 * 5),
    BadText("{\"a\":1,\"b\":2,\"a\":3}", .jsonDuplicate, at: 13),
    BadText("{\"a\":1,\"\\u0061\":3}", .jsonDuplicate, at: 7),
    BadText("{\"\u{E9}\":1,\"e\u{301}\":3}", .jsonEquivalent, at: 8),
    BadText(Array("[\"ab".utf8) + [0xFF, 0x22, 0x5D], .jsonEncoding, at: 2),
    BadText([0x22, 0xC0, 0xAF, 0x22], .jsonEncoding, at: 1),
    BadText([0x22, 0xED, 0xA0, 0x80, 0x22], .jsonEncoding, at: 1),
    BadText([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .jsonEncoding, at: 1),
    BadText([0x22, 0x5C, 0x6E, 0xE2, 0x82, 0x22], .jsonEncoding, at: 3),
    BadText("\"\\x41\"", .jsonEscape, at: 2),
    BadText("\"\\u00G0\"", .jsonEscape, at: 5),
    BadText("\"\\u+041\"", .jsonEscape, at: 3),
    BadText("\"\\uD83D\"", .jsonEscape, at: 7),
    BadText("\"\\uD83Dx\"", .jsonEscape, at: 7),
    BadText("\"\\uD83D\\n\"", .jsonEscape, at: 8),
    BadText("\"\\uD83D\\u0041\"", .jsonEscape, at: 1),
    BadText("\"\\uD83D\\uD83D\"", .jsonEscape, at: 1),
    BadText("\"\\uDE00\"", .jsonEscape, at: 1),
    BadText("\"\\uDE00\\uD83D\"", .jsonEscape, at: 1),
    BadText("01", .jsonNumber, at: 0),
    BadText("[-012]", .jsonNumber, at: 1),
    BadText("-x", .jsonNumber, at: 1),
    BadText("1.", .jsonEnd, at: 2),
    BadText("[1.]", .jsonNumber, at: 3),
    BadText("[1.e5]", .jsonNumber, at: 3),
    BadText("[1e]", .jsonNumber, at: 3),
    BadText("[1e+]", .jsonNumber, at: 4),
    BadText("-Infinity", .jsonNumber, at: 1),
    BadText("[0." + String(repeating: "1", count: 1_076) + "]", .jsonNumber, at: 1),
    BadText("1e999", .jsonRange, at: 0),
    BadText("[-1e309]", .jsonRange, at: 1),
    BadText(String(repeating: "9", count: 400), .jsonRange, at: 0),
    BadText(Array(repeating: 0x20, count: 1 << 20) + [0x31], .jsonByteCount, at: nil),
  ]
}

@Suite struct ParsingTests {
  @Test func `Every kind of value is read`() throws {
    let value = try parse(
      """
       {"null": null, "yes": true, "no": false, "count": -12, "ratio": 7.670,
        "name": "stage: 1 layer3", "list": [1, [], {}], "empty": ""}\r\n\t
      """)
    #expect(value["null"] == .null)
    #expect(value["yes"] == true)
    #expect(value["no"]?.bool == false)
    #expect(value["count"]?.integer == -12)
    #expect(value["ratio"]?.double == 7.67)
    #expect(value["ratio"]?.number?.literal == "7.670")
    #expect(value["name"]?.string == "stage: 1 layer3")
    #expect(value["list"]?.array == [1, .array([]), .object([:])])
    #expect(value["empty"] == "")
    #expect(value["absent"] == nil)
    #expect(
      value.object?.keys == ["null", "yes", "no", "count", "ratio", "name", "list", "empty"])
  }

  @Test(arguments: BadText.all)
  func `A bad text is refused with its code and offset`(bad: BadText) {
    do throws(ReadError) {
      let value = try parse(bad.bytes)
      Issue.record("read as \(value)")
    } catch {
      #expect(error.code == bad.code, "\(error)")
      #expect(error.offset == bad.offset, "\(error)")
    }
  }

  @Test func `Every listed code has a bad text`() {
    #expect(Set(BadText.all.map(\.code)) == Set(ErrorCode.jsonCodes))
    #expect(Set(ErrorCode.jsonCodes).count == ErrorCode.jsonCodes.count)
  }

  @Test func `Every truncation of a text ends early`() throws {
    let text = Array(#"{"a":[1.5e+3,-0,true,null,"\n\uD83D\uDE00é"],"b":{"c":false}}"#.utf8)
    _ = try parse(text)
    for count in 0..<text.count {
      do throws(ReadError) {
        let value = try parse(Array(text.prefix(count)))
        Issue.record("\(count) bytes read as \(value)")
      } catch  where error.code == .jsonEncoding {
        // Cut inside the two bytes of é.
        #expect(text[count] == 0xA9)
      } catch {
        #expect(error.code == .jsonEnd, "\(count) bytes: \(error)")
        #expect((error.offset ?? -1) <= count)
      }
    }
  }

  @Test func `Every change of one byte is read or refused with a listed code`() {
    let text = Array(#"{"a":[1.5e+3,-0,true,null,"\n\uD83D\uDE00é"],"b":{"c":false}}"#.utf8)
    var outcomes = (read: 0, refused: 0)
    for index in text.indices {
      for byte in UInt8.min...UInt8.max {
        var changed = text
        changed[index] = byte
        do throws(ReadError) {
          _ = try parse(changed)
          outcomes.read += 1
        } catch {
          #expect(ErrorCode.jsonCodes.contains(error.code))
          #expect((0...text.count).contains(error.offset ?? -1))
          outcomes.refused += 1
        }
      }
    }
    #expect(outcomes.read > 500)
    #expect(outcomes.refused > 5_000)
  }

  @Test func `Sixty-four levels are read`() throws {
    let text = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(try parse(text).serialized(pretty: false) == text)
  }

  @Test func `A text as long as the limit is read`() throws {
    #expect(try parse(Array("[1, 2]".utf8), byteCountLimit: 6) == [1, 2])
  }

  @Test(
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
      (#""\u0041\u00e9\u00E9\u20AC""#, "Aéé€"),
      (#""\uD83D\uDE00""#, "\u{1F600}"),
      (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
      (#""\uD800\uDC00x""#, "\u{10000}x"),
      (#""\u0000""#, "\0"),
      ("\"\u{7F}\u{1F600}\u{FFFF}\"", "\u{7F}\u{1F600}\u{FFFF}"),
    ])
  func `Escapes stand for characters`(text: String, expected: String) throws {
    let value = try parse(text)
    #expect(value.string.map { Array($0.unicodeScalars) } == Array(expected.unicodeScalars))
  }

  @Test func `A name with no member is absent and the others keep their order`() throws {
    let text =
      "{" + (0..<2_000).reversed().map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
    let object = try #require(try parse(text).object)
    #expect(object.keys.first == "k1999")
    #expect(object["k7"] == 7)
    #expect(object["k2000"] == nil)
    #expect(object.members.count == 2_000)
  }

  @Test(arguments: ["0", "1", "2", "P0", "P1", "D1", "D2"])
  func `The published configurations are read`(name: String) throws {
    let value = try JSONValue(
      parsing: try Fixture.bytes("configurations/GPUNet-\(name).json"))
    #expect(value.array?.first?["layer_type"] == "data")
    #expect(value.array?.last?["layer_type"] == "tail")
    let reread = try parse(value.serialized(pretty: true))
    #expect(reread == value)
  }
}
