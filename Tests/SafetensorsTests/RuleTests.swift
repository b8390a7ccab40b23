import BinaryInput
import Safetensors
import StrictJSON
import TensorData
import TestSupport
import Testing

/// A file that keeps or breaks one rule, and what the safetensors library says of it.
private struct Rule: Sendable, CustomTestStringConvertible {
  let about: String
  let description: JSONValue

  var testDescription: String { about }

  static let all: [Rule] = {
    let list = try? JSONValue(parsing: Fixture.bytes("safetensors/rules.json")).array
    return (list ?? []).map { Rule(about: $0["about"]?.string ?? "", description: $0) }
  }()

  /// What the library reads and this reader does not: what its description of the format forbids, and
  /// what no tensor here can have.
  static let stricter: Set<String> = [
    "space before the header", "a name twice", "a name twice, once escaped", "a property twice",
    "names that differ in normal form alone", "an unknown field", "the type {\"U8\":null}",
    "a tensor that is [\"U8\",[1],[0,1]]", "65 axes",
  ]
}

@Suite struct `A rule of the format` {
  @Test(arguments: Rule.all) private func `is kept as by the library`(rule: Rule) throws {
    let bytes = try hexadecimal(#require(rule.description["file"]?.string))
    let refusal = rule.description["reference"]?.string
    #expect(Rule.stricter.contains(rule.about) == (code(rule) != nil && refusal == nil))
    do throws(ReadError) {
      let file = try open(bytes)
      #expect(code(rule) == nil, "it is read")
      #expect(refusal == nil)
      try? check(file, rule)
    } catch {
      #expect(error.code.rawValue == code(rule), "\(error)")
      #expect(error.offset == rule.description["offset"]?.integer, "\(error)")
      #expect("\(error)".utf8.count < 1_000)
    }
  }

  private func check(_ file: SafetensorsFile, _ rule: Rule) throws {
    try expect(
      file, has: #require(rule.description["tensors"]?.array).map { try ListedTensor($0) })
    let metadata = try #require(rule.description["metadata"]?.object)
    #expect(
      Set(file.facts)
        == Set(metadata.members.map { TensorFact(path: $0.key, value: $0.value.string ?? "") }))
  }

  private func code(_ rule: Rule) -> String? { rule.description["code"]?.string }

  @Test func `has a file that breaks it`() {
    #expect(Rule.all.count > 100)
    let provoked = Set(Rule.all.compactMap { code($0) })
    // Those are provoked in tests of their own.
    let others: Set<ErrorCode> = [
      .safetensorsCount, .safetensorsName, .safetensorsElementType, .safetensorsUnwritable,
    ]
    #expect(
      Set(SafetensorsFile.errorCodes.map(\.rawValue)).subtracting(provoked)
        == Set(others.map(\.rawValue)))
    #expect(Set(SafetensorsFile.errorCodes).count == SafetensorsFile.errorCodes.count)
  }
}

@Suite struct `A limit of what is read` {
  private static let entry = #"{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#

  @Test(arguments: [(4_096, true), (4_097, false)])
  func `is on the bytes of a name`(byteCount: Int, isRead: Bool) throws {
    // A letter of two bytes, and one of one byte where the number is odd.
    let name =
      String(repeating: "a", count: byteCount % 2) + String(repeating: "é", count: byteCount / 2)
    let bytes = file("{\"\(name)\":\(Self.entry)}", data: [1])
    let property = file("{\"__metadata__\":{\"\(name)\":\"\"}}")
    guard !isRead else {
      #expect(try open(bytes).groups[0].names == [name])
      #expect(try open(property).facts == [TensorFact(path: name, value: "")])
      return
    }
    for (bytes, offset) in [(bytes, 9), (property, 25)] {
      let error = #expect(throws: ReadError.self) { try open(bytes) }
      #expect(error?.code == .safetensorsName)
      #expect(error?.offset == offset)
    }
  }

  @Test func `is on the number of tensors`() throws {
    let names = ["a", "b", "c"]
    let entries = names.enumerated().map { index, name in
      "\"\(name)\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[\(index),\(index + 1)]}"
    }
    let bytes = Bytes(copying: file("{\(entries.joined(separator: ","))}", data: [1, 2, 3]))
    #expect(
      try SafetensorsFile(bytes, budget: WorkBudget(), countLimit: 3).groups[0].names == names)
    let error = #expect(throws: ReadError.self) {
      try SafetensorsFile(bytes, budget: WorkBudget(), countLimit: 2)
    }
    #expect(error?.code == .safetensorsCount)
    #expect(error?.offset == 8 + 1 + entries[0].utf8.count + entries[1].utf8.count + 2)
  }

  @Test func `is on the number of properties`() throws {
    let bytes = Bytes(copying: file(#"{"__metadata__":{"a":"","b":"","c":""}}"#))
    #expect(try SafetensorsFile(bytes, budget: WorkBudget(), countLimit: 3).facts.count == 3)
    let error = #expect(throws: ReadError.self) {
      try SafetensorsFile(bytes, budget: WorkBudget(), countLimit: 2)
    }
    #expect(error?.code == .safetensorsCount)
    #expect(error?.offset == 8 + 31)
  }

  @Test func `is the work budget, which gets back what a bad header would have kept`() throws {
    let header = #"{"a":"# + Self.entry + "}"
    let good = file(header, data: [1])
    let limits = [
      WorkBudget.Limits(stepCount: 1), WorkBudget.Limits(liveByteCount: header.utf8.count),
    ]
    for limits in limits {
      let error = #expect(throws: ReadError.self) { try open(good, WorkBudget(limits)) }
      #expect(error?.code == .workBudget)
    }
    let budget = WorkBudget()
    #expect(throws: ReadError.self) { try open(good + [2], budget) }
    #expect(budget.liveByteCount == 0)
    _ = try open(good, budget)
    #expect(budget.liveByteCount > 0)
  }
}

@Suite struct `A claim to be a safetensors file` {
  @Test(
    arguments: [
      (file("{}"), true),
      (Array(file("{}").prefix(9)), true),
      (Array(file("{}").prefix(8)), false),
      ([], false),
      (file("{\"a\":"), true),
      // Longer than the format allows, and than the file.
      ([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0] + Array("{".utf8), true),
      ([0, 0, 0, 0, 1, 0, 0, 0] + Array("{".utf8), false),
      (file(" {}"), false),
      (file("[]"), false),
      (Array("messages {\"a\": 1}".utf8), false),
      (Array("{\"a\":   {\"b\": 1}}".utf8), false),
    ] as [([UInt8], Bool)])
  func `is made by the length and a brace`(bytes: [UInt8], isClaimed: Bool) {
    #expect(SafetensorsFile.canRead(Bytes(copying: bytes)) == isClaimed)
  }
}
