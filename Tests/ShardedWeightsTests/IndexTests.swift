import BinaryInput
import ShardedWeights
import StrictJSON
import TensorData
import TestSupport
import Testing

func index(_ text: String, _ budget: WorkBudget = WorkBudget()) throws(ReadError) -> ShardIndex {
  try ShardIndex(Bytes(copying: Array(text.utf8)), budget: budget)
}

/// An index that breaks a rule, the code that says so, and where.
private struct BadIndex: Sendable, CustomTestStringConvertible {
  let text: String
  let code: ErrorCode
  let offset: Int?

  init(_ text: String, _ code: ErrorCode, at offset: Int?) {
    self.text = text
    self.code = code
    self.offset = offset
  }

  var testDescription: String { text.escapedForDisplay(limit: 60) }

  private static let longName = String(repeating: "a", count: 4_097)
  private static let long = String(repeating: "a", count: 256)

  static let all: [BadIndex] =
    [
      BadIndex("", .jsonEnd, at: 0),
      BadIndex("[]", .shardsIndex, at: 0),
      BadIndex(" null", .shardsIndex, at: 1),
      BadIndex("{}", .shardsIndex, at: nil),
      BadIndex(#"{"metadata":{}}"#, .shardsIndex, at: nil),
      BadIndex(#"{"Weight_map":{}}"#, .shardsIndex, at: nil),
      BadIndex(#"{"weight_map":[]}"#, .shardsIndex, at: 14),
      BadIndex(#"{"weight_map": "a"}"#, .shardsIndex, at: 15),
      BadIndex(#"{"weight_map":null}"#, .shardsIndex, at: 14),
      BadIndex(#"{"weight_map":{"a":1}}"#, .shardsIndex, at: 19),
      BadIndex(#"{"weight_map":{"a":null}}"#, .shardsIndex, at: 19),
      BadIndex(#"{"weight_map":{"a":["b"]}}"#, .shardsIndex, at: 19),
      BadIndex(#"{"weight_map":{},"metadata":[]}"#, .shardsIndex, at: 28),
      BadIndex(#"{"weight_map":{},"metadata":1}"#, .shardsIndex, at: 28),
      BadIndex(#"{"weight_map":{},"metadata":true}"#, .shardsIndex, at: 32),
      BadIndex("{\"weight_map\":{\"a\":\"\u{E9}\",\"b\":\"e\u{301}\"}}", .shardsIndex, at: 28),
      BadIndex(#"{"weight_map":{"a":"b","a":"b"}}"#, .jsonDuplicate, at: 23),
      BadIndex("{\"weight_map\":{\"\u{E9}\":\"b\",\"e\u{301}\":\"b\"}}", .jsonEquivalent, at: 24),
      BadIndex(#"{"weight_map":{},"weight_map":{}}"#, .jsonDuplicate, at: 17),
      BadIndex("{\"weight_map\":{\"\(longName)\":\"b\"}}", .shardsIndex, at: 15),
      BadIndex("{\"weight_map\":{},\"metadata\":{\"\(longName)\":1}}", .shardsIndex, at: 29),
      BadIndex(#"{"weight_map":{},"metadata":{"a":1,"a":2}}"#, .jsonDuplicate, at: 35),
      BadIndex(#"{"weight_map":{}"#, .jsonEnd, at: 16),
      BadIndex(#"{"weight_map":{}}x"#, .jsonTrailing, at: 17),
      BadIndex(#"{"x":[1,],"weight_map":{}}"#, .jsonSyntax, at: 8),
      BadIndex(
        "{\"weight_map\":{},\"metadata\":{"
          + (0...10_000).map { "\"\($0)\":1" }.joined(separator: ",") + "}}", .shardsIndex,
        at: 28 + 1 + 10 * 6 + 90 * 7 + 900 * 8 + 9_000 * 9),
      BadIndex(
        "{\"weight_map\":{" + (0...10_000).map { "\"\($0)\":\"\($0)\"" }.joined(separator: ",")
          + "}}",
        .shardsIndex, at: 15 + 10 * 8 + 90 * 10 + 900 * 12 + 9_000 * 14 + 8),
    ]
    + [
      "", ".", "..", "/", "/a", "a/", "a/b", "../a", "./a", #"\u0000"#, #"a\u0000.bin"#,
      #"a\u002fb"#, long,
    ].map { file in
      BadIndex("{\"weight_map\":{\"a\":\"\(file)\"}}", .shardsPath, at: 19)
    }
}

@Suite struct `An index of shards` {
  @Test func `says which file has which tensors`() throws {
    let index = try index(
      #"{"metadata":{"total_size":12,"a.b":"text","t":true,"f":false,"n":null,"l":[1, {"x":2}]},"#
        + #""more":{"a":[1]},"weight_map":{"z":"2.bin","a":"10.bin","y":"2.bin","":"..b"}}"#)
    #expect(index.fileNames == ["..b", "10.bin", "2.bin"])
    #expect(index.tensorNames == ["z", "a", "y", ""])
    #expect(index.tensorNamesByFile == [[""], ["a"], ["z", "y"]])
    #expect(
      index.facts.map { [$0.path, $0.value] } == [
        ["total_size", "12"], ["a.b", "text"], ["t", "True"], ["f", "False"], ["n", "None"],
        ["l", #"[1, {"x":2}]"#],
      ])
  }

  @Test func `may have no tensors, no metadata, or metadata that are null`() throws {
    for text in [#"{"weight_map":{}}"#, #"{"metadata":null,"weight_map":{}}"#] {
      let index = try index(text)
      #expect(index.fileNames == [])
      #expect(index.tensorNames == [])
      #expect(index.facts == [])
    }
  }

  @Test(arguments: BadIndex.all) private func `is refused where it is none`(bad: BadIndex) {
    let error = #expect(throws: ReadError.self) { try index(bad.text) }
    #expect(error?.code == bad.code, "\(error.map { "\($0)" } ?? "")")
    #expect(error?.offset == bad.offset, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func `is refused or read whenever a byte is another`() throws {
    let text = try Fixture.bytes("sharded/model.safetensors.index.json").array
    let listed = Set(ShardIndex.errorCodes + ErrorCode.jsonCodes)
    for number in series(text.count * 255, debugStep: 61) {
      var copy = text
      copy[number / 255] ^= UInt8(number % 255 + 1)
      do throws(ReadError) {
        let index = try ShardIndex(Bytes(copying: copy), budget: WorkBudget())
        #expect(index.tensorNamesByFile.joined().count == index.tensorNames.count)
      } catch {
        #expect(listed.contains(error.code), "\(number): \(error)")
      }
    }
    for count in text.indices.dropLast() {
      #expect(throws: ReadError.self) {
        try ShardIndex(Bytes(copying: Array(text.prefix(count))), budget: WorkBudget())
      }
    }
  }

  @Test func `draws on the work budget, which gets back what a bad one would have kept`() throws {
    let text = #"{"weight_map":{"a":"b"}}"#
    for limits in [
      WorkBudget.Limits(stepCount: 1), WorkBudget.Limits(liveByteCount: text.utf8.count),
    ] {
      let error = #expect(throws: ReadError.self) { try index(text, WorkBudget(limits)) }
      #expect(error?.code == .workBudget)
    }
    let budget = WorkBudget()
    #expect(throws: ReadError.self) { try index(text + "x", budget) }
    #expect(budget.liveByteCount == 0)
  }

  @Test(
    arguments: [
      (#"{"metadata":{"x":[1]},"weight_map":"#, true),
      (#" {"weight_map":1"#, true),
      (#"{"weight\u005fmap":"#, true),
      (#"{"weight_map""#, false),
      (#"{"metadata":{"weight_map":{}}}"#, false),
      (#"{"metadata":"weight_map"}"#, false),
      (#"["weight_map"]"#, false),
      (#"{"#, false),
      ("", false),
      (#"{"a":]"weight_map":{}}"#, false),
    ])
  func `is told by its key`(text: String, isIndex: Bool) {
    #expect(ShardIndex.canRead(Bytes(copying: Array(text.utf8))) == isIndex)
  }
}
