import BinaryInput
import NetworkFamilies
import NetworkProgram
import GPWFormat
import TensorData
import TestSupport
import Testing

/// `Schemas/gpw-format.md`, line by line.
private let documentLines: [String] = {
  let bytes = try! MappedFile(path: "\(Fixture.root)/Schemas/gpw-format.md").bytes.array
  return String(decoding: bytes, as: UTF8.self)
    .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
}()

/// A row of the table of rules: what a file must keep, and files that do not.
private struct DocumentedRule: Sendable, CustomTestStringConvertible {
  let number: Int
  let condition: String
  let code: ErrorCode
  let files: [String]
  var testDescription: String { "R\(number)" }

  /// The rules of the document, in its order.
  static let all: [DocumentedRule] = documentLines.compactMap { line in
    guard let row = line.wholeMatch(of: /\| R([0-9]+) \| (.+) \| `([A-Za-z.]+)` \| (.+) \|/) else {
      return nil
    }
    return DocumentedRule(
      number: Int(row.1)!, condition: String(row.2), code: ErrorCode(String(row.3)),
      files: row.4.matches(of: /`([a-z0-9-]+)`/).map { "\($0.1).gpw" })
  }
}

/// The bytes of the annotated file, and the lines that do not begin where they say.
private func annotatedFile() -> (bytes: [UInt8], misplaced: [String]) {
  var bytes: [UInt8] = []
  var misplaced: [String] = []
  for line in documentLines {
    guard let row = line.prefixMatch(of: /([0-9A-F]{4})  ((?:[0-9A-F]{2} ?)+)(?:×([0-9]+))?/) else {
      continue
    }
    if Int(row.1, radix: 16) != bytes.count { misplaced.append(line) }
    let shown = row.2.split(separator: " ").map { UInt8($0, radix: 16)! }
    bytes += row.3.map { Array(repeating: shown[0], count: Int($0)!) } ?? shown
  }
  return (bytes, misplaced)
}

@Suite struct `The format's document` {
  @Test func `shows the smallest file byte for byte`() throws {
    let (bytes, misplaced) = annotatedFile()
    #expect(misplaced.isEmpty)
    #expect(try bytes == Fixture.bytes("gpw/smallest.gpw").array)
  }

  @Test func `numbers its rules and knows every error code`() {
    let rules = DocumentedRule.all
    #expect(rules.map(\.number) == Array(1...61))
    #expect(Set(rules.map(\.code)) == Set(ErrorCode.gpwCodes))
    // The table looks like one rule a line to this test's pattern too.
    #expect(rules.count == documentLines.count { $0.hasPrefix("| R") })
  }

  @Test func `lists every bad file once`() {
    let listed = DocumentedRule.all.flatMap(\.files)
    let good = ["blocked.gpw", "mixed.gpw", "smallest.gpw", "stranger.gpw"]
    #expect((listed + good).sorted() == Fixture.names(in: "gpw"))
  }

  @Test(arguments: DocumentedRule.all)
  private func `has files that break the rule`(rule: DocumentedRule) throws {
    #expect(!rule.files.isEmpty)
    for name in rule.files {
      let bytes = try Fixture.bytes("gpw/\(name)")
      let error = #expect(throws: ReadError.self, "\(name)") { try GPWModel(GPWFile(bytes)) }
      #expect(error?.code == rule.code, "\(name): \(rule.condition)")
    }
  }
}

@Suite struct `The smallest file` {
  /// What the document says is in it.
  private func model() throws -> GPWModel {
    let architecture = try Architecture(
      entries: ["prologue_i1_o1_s2_relu", "epilogue_i1_o1_s1_relu"].map {
        Architecture.Entry(try Layer(parsing: $0), stage: nil)
      },
      resolution: Resolution(square: 8)!, classCount: 1)
    let values: [[Double]] = [Array(1...9).map(Double.init), [0.5], [1.5], [-0.25], [2], [-1]]
    var parameters = StateDict()
    for (specification, numbers) in zip(architecture.parameters(.folded), values) {
      let isNew = parameters.append(
        Tensor(rounding: numbers, to: .f16, shape: specification.shape), named: specification.name)
      precondition(isNew, "names are unique")
    }
    return GPWModel(
      network: try Network(architecture: architecture, form: .folded, parameters: parameters),
      name: nil,
      preprocessing: Preprocessing(
        mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25], interpolation: "bicubic",
        cropFraction: 1),
      provenance: GPWModel.Provenance(
        sourceName: "", sourceSHA256: "", sourceFormat: "", key: "", toolVersion: "", options: []))
  }

  @Test func `is what this package writes`() throws {
    #expect(try model().bytes() == Fixture.bytes("gpw/smallest.gpw").array)
  }

  @Test func `is read as what it was made from`() throws {
    let found = try GPWModel(GPWFile(Fixture.bytes("gpw/smallest.gpw")))
    let expected = try model()
    #expect(found.network.program == expected.network.program)
    #expect(found.network.form == .folded)
    #expect(found.preprocessing == expected.preprocessing)
    #expect(found.provenance == expected.provenance)
    #expect(found.name == nil)
    #expect(found.labels == nil)
    #expect(found.network.parameters.names == expected.network.parameters.names)
    for (name, tensor) in expected.network.parameters {
      let other = try #require(found.network.parameters[name])
      #expect(try other.contiguousBytes() == tensor.contiguousBytes(), "\(name)")
    }
  }

  @Test func `is refused without any one of its keys`() throws {
    // Every key is required, so each one missing is a network missing.
    let bytes = try Fixture.bytes("gpw/smallest.gpw").array
    let keys = try GPWFile(Bytes(copying: bytes)).metadata.keys
    #expect(keys.count == 18)
    for key in keys {
      var changed = bytes
      let place = try #require(changed.firstRange(of: Array(key.utf8)))
      // The last letter raised by one keeps the order and makes another key.
      changed[place.upperBound - 1] += 1
      repairHeaderChecksum(&changed)
      let error = #expect(throws: ReadError.self) { try GPWModel(GPWFile(Bytes(copying: changed))) }
      #expect(error?.code == .gpwNetwork, "\(key)")
    }
  }
}

@Suite struct `The blocked file` {
  private func model() throws -> GPWModel {
    try GPWModel(GPWFile(Fixture.bytes("gpw/blocked.gpw")))
  }

  @Test func `has the elements that it was made from`() throws {
    let model = try model()
    #expect(model.layout == .blocked)
    let expected = [
      [18, 3, 3, 3], [18], [17, 18, 3, 3], [17], [20, 17, 1, 1], [20], [17, 20], [17],
    ]
    #expect(model.network.parameters.map(\.tensor.shape) == expected)
    for (number, (name, tensor)) in model.network.parameters.enumerated() {
      #expect(tensor.layout == .blocked)
      // As Fixtures/make_gpw_fixtures.py numbers them.
      let values = (0..<tensor.elementCount).map { Double((7 * $0 + number) % 2_039 - 1_000) }
      #expect(try tensor.doubles() == values, "\(name)")
    }
  }

  @Test func `is what this package writes`() throws {
    #expect(try model().bytes() == Fixture.bytes("gpw/blocked.gpw").array)
  }

  @Test func `need not have every tensor blocked`() throws {
    let model = try GPWModel(GPWFile(Fixture.bytes("gpw/mixed.gpw")))
    #expect(model.layout == .rowMajor)
    let layouts = model.network.parameters.map(\.tensor.layout)
    #expect(layouts == Array(repeating: .rowMajor, count: 5) + [.blocked])
    #expect(try model.network.parameters["network. layer3.net.6.bias"]?.doubles() == [-1])
    #expect(try model.bytes() == Fixture.bytes("gpw/smallest.gpw").array)
  }

  @Test func `comes back from a row-major one`() throws {
    var model = try model()
    model.layout = .rowMajor
    let plain = try model.bytes()
    var again = try GPWModel(GPWFile(Bytes(copying: plain)))
    #expect(again.layout == .rowMajor)
    for (name, tensor) in again.network.parameters {
      #expect(tensor.layout == .rowMajor)
      let other = try #require(model.network.parameters[name])
      #expect(try tensor.contiguousBytes() == other.contiguousBytes(), "\(name)")
    }
    again.layout = .blocked
    #expect(try again.bytes() == Fixture.bytes("gpw/blocked.gpw").array)
  }
}

@Suite struct `The stranger's file` {
  @Test func `is read without anybody knowing its labels`() throws {
    let model = try GPWModel(GPWFile(Fixture.bytes("gpw/stranger.gpw")))
    let program = model.network.program
    #expect(program.convention == "nobody's epsilon=different")
    #expect(program.layers.map(\.label.text) == ["?", "", "irb_k3", "tail"])
    #expect(program.layers.map(\.label.stage) == [7, nil, 0, 1 << 62])
    #expect(program.layers.map(\.moduleName) == ["0", "1", "", "3"])
    #expect(program.form == .separate)
    let convolutions = program.layers.flatMap(\.convolutions).map(\.convolution)
    #expect(convolutions.compactMap { $0.batchNorm?.epsilon } == [0.01, 0, 0.25])
    #expect(
      convolutions.map(\.padding.description) == ["same", "1", "0,1,2,3", "0", "0", "0", "0"])
    #expect(program.classCount == 3)
    #expect(try model.bytes() == Fixture.bytes("gpw/stranger.gpw").array)
  }
}
