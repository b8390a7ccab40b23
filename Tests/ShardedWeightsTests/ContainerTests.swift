import BinaryInput
import Safetensors
import ShardedWeights
import StrictJSON
import Synchronization
import TensorData
import TestSupport
import Testing
import TorchCheckpoint

/// A shard in memory that counts how often it is asked, and may refuse a tensor.
private final class Shard: TensorContainer {
  private let sample: SampleContainer
  private let refused: String?
  private let requests = Mutex<[[String]]>([])
  let otherPaths: [String]

  init(
    _ names: [String], keyPaths: [String] = [""], otherPaths: [String] = [],
    facts: [String: String] = [:], refusing refused: String? = nil
  ) throws {
    var tensors = StateDict()
    for (position, name) in names.enumerated() {
      let bytes = Bytes(copying: [UInt8(position)] + Array(name.utf8.prefix(1)))
      _ = tensors.append(
        try Tensor(elementType: .u8, shape: [bytes.count], storage: bytes), named: name)
    }
    sample = SampleContainer(keyPaths.map { ($0, tensors) }, facts: facts)
    self.otherPaths = otherPaths
    self.refused = refused
  }

  var asked: [[String]] { requests.withLock { $0 } }
  var formatName: String { "shard" }
  var innerName: String? { nil }
  var groups: [TensorGroup] { sample.groups }
  var facts: [TensorFact] { sample.facts }

  func tensors(_ names: [String], ofGroup index: Int) throws(ReadError) -> StateDict {
    requests.withLock { $0.append(names) }
    if let refused, names.contains(refused) { throw refusal(refused) }
    return sample.tensors(names, ofGroup: index)
  }

  func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)] {
    refused.map { [($0, refusal($0))] } ?? []
  }

  private func refusal(_ name: String) -> ReadError {
    ReadError(.tensorBounds, "made up", path: [name])
  }
}

private let two = #"{"metadata":{"n":1},"weight_map":{"c":"2","a":"1","b":"2","d":"1"}}"#

@Suite struct `Weights in shards` {
  @Test func `are one group in the order of the index`() throws {
    let container = try ShardedContainer(
      index: try index(two),
      shards: [
        ("2", try Shard(["b", "c"], facts: ["x": "1", "y": "2"])),
        ("1", try Shard(["a", "d"], facts: ["x": "1", "y": "3"])),
      ])
    #expect(container.groups.map(\.keyPath) == [""])
    #expect(container.groups[0].names == ["c", "a", "b", "d"])
    #expect(container.groups[0].entries.allSatisfy { $0.shape == [2] && $0.elementType == .u8 })
    #expect(container.facts.map { "\($0.path)=\($0.value)" } == ["n=1", "x=1", "y=2", "y=3"])
    #expect(container.formatName == "shard-sharded")
    #expect(container.otherPaths == [])
    #expect(container.innerName == nil)
    #expect(container.refusals(ofGroup: 0).isEmpty)
  }

  @Test func `are read by asking each shard once for all of its own`() throws {
    let shards = [try Shard(["a", "d"]), try Shard(["b", "c"])]
    let container = try ShardedContainer(
      index: try index(two), shards: [("1", shards[0]), ("2", shards[1])])
    let tensors = try container.tensors(["b", "a", "c"], ofGroup: 0)
    #expect(tensors.names == ["b", "a", "c"])
    #expect(try tensors["c"]?.contiguousBytes().array == [1, UInt8(ascii: "c")])
    #expect(shards.map(\.asked) == [[["a"]], [["b", "c"]]])
    #expect(try container.tensors(["d"], ofGroup: 0).names == ["d"])
    #expect(shards.map(\.asked.count) == [2, 1])
  }

  @Test func `that cannot be read are named with their shard`() throws {
    let container = try ShardedContainer(
      index: try index(two),
      shards: [("1", try Shard(["a", "d"])), ("2", try Shard(["b", "c"], refusing: "c"))])
    let refusals = container.refusals(ofGroup: 0)
    #expect(refusals.map(\.name) == ["c"])
    #expect(refusals.first?.error.path == ["2", "c"])
    let error = #expect(throws: ReadError.self) { try container.tensors(["a", "c"], ofGroup: 0) }
    #expect(error == refusals.first?.error)
    #expect(try container.tensors(["a", "b"], ofGroup: 0).count == 2)
  }

  @Test func `may be none`() throws {
    let container = try ShardedContainer(index: try index(#"{"weight_map":{}}"#), shards: [])
    #expect(container.groups.map(\.names) == [[]])
    #expect(container.formatName == "sharded")
  }

  @Test(arguments: ["model.safetensors.index.json", "pytorch_model.bin.index.json"])
  func `are those that were saved`(name: String) throws {
    let index = try ShardIndex(Fixture.bytes("sharded/\(name)"), budget: WorkBudget())
    #expect(index.fileNames.count == 2)
    #expect(index.facts == [TensorFact(path: "total_size", value: "44")])
    let shards = try index.fileNames.map { file -> (String, any TensorContainer) in
      let bytes = try Fixture.bytes("sharded/\(file)")
      return SafetensorsFile.canRead(bytes)
        ? (file, try SafetensorsFile(bytes, budget: WorkBudget()))
        : (file, try TorchCheckpoint(bytes))
    }
    let container = try ShardedContainer(index: index, shards: shards)
    #expect(
      container.formatName
        == (name.contains("safetensors") ? "safetensors-sharded" : "pytorch-zip-sharded"))
    let listed = try #require(
      try JSONValue(parsing: Fixture.bytes("sharded/tensors.json")).array)
    #expect(container.groups[0].names == listed.map { $0["name"]?.string })
    let tensors = try container.tensors(container.groups[0].names, ofGroup: 0)
    let types: [String: ElementType] = ["I64": .i64, "F16": .f16, "F32": .f32]
    for entry in listed {
      let tensor = try #require(entry["name"]?.string.flatMap { tensors[$0] })
      #expect(tensor.shape == entry["shape"]?.array?.map { $0.integer })
      #expect(tensor.elementType == entry["dtype"]?.string.flatMap { types[$0] })
      let digits = try tensor.contiguousBytes().array.map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      #expect(digits.joined() == entry["bytes"]?.string)
    }
  }
}

/// Shards that do not belong to an index.
private struct BadShards: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let code: ErrorCode
  let path: [String]
  /// What the message names, in order.
  let says: String
  let shards: @Sendable () throws -> [(String, any TensorContainer)]

  init(
    _ text: String, _ code: ErrorCode, path: [String], says: String = "",
    _ shards: @escaping @Sendable () throws -> [(String, any TensorContainer)]
  ) {
    testDescription = text
    self.code = code
    self.path = path
    self.says = says
    self.shards = shards
  }

  static let all = [
    BadShards("no shards", .shardsMissing, path: ["1"], says: "a, d") { [] },
    BadShards("one shard of two", .shardsMissing, path: ["2"], says: "c, b") {
      [("1", try Shard(["a", "d"]))]
    },
    BadShards("a tensor too few", .shardsMissing, path: ["2"], says: "c") {
      [("1", try Shard(["a", "d"])), ("2", try Shard(["b"]))]
    },
    BadShards("a shard without tensors", .shardsMissing, path: ["1"], says: "a, d") {
      [("1", try Shard([], keyPaths: [])), ("2", try Shard(["b", "c"]))]
    },
    BadShards("tensors in the other shard", .shardsMissing, path: ["1"], says: "d") {
      [("1", try Shard(["a"])), ("2", try Shard(["b", "c", "d"]))]
    },
    BadShards("a tensor in both shards", .shardsSurplus, path: ["2"], says: "d") {
      [("1", try Shard(["a", "d"])), ("2", try Shard(["b", "c", "d"]))]
    },
    BadShards(
      "many tensors too many", .shardsSurplus, path: ["1"],
      says: "x0, x1, x10, x11, x2, x3, x4, x5, x6, x7 and 2 more"
    ) {
      [("1", try Shard(["a", "d"] + (0..<12).map { "x\($0)" })), ("2", try Shard(["b", "c"]))]
    },
    BadShards("a shard too many", .shardsSurplus, path: ["3"]) {
      [("1", try Shard(["a", "d"])), ("2", try Shard(["b", "c"])), ("3", try Shard([]))]
    },
    BadShards("a shard twice", .shardsRepeated, path: ["1"]) {
      let shard = try Shard(["a", "d"])
      return [("1", shard), ("2", try Shard(["b", "c"])), ("1", shard)]
    },
    BadShards("two dictionaries in a shard", .shardsGroups, path: ["1"], says: "'', 'ema'") {
      [("1", try Shard(["a", "d"], keyPaths: ["", "ema"])), ("2", try Shard(["b", "c"]))]
    },
    BadShards("a tensor without a name", .shardsGroups, path: ["1"], says: "'', list.0") {
      [("1", try Shard(["a", "d"], otherPaths: ["list.0"])), ("2", try Shard(["b", "c"]))]
    },
  ]
}

@Suite struct `Shards that do not belong together` {
  @Test(arguments: BadShards.all) private func `are refused`(bad: BadShards) throws {
    let error = #expect(throws: ReadError.self) {
      try ShardedContainer(index: try index(two), shards: try bad.shards())
    }
    #expect(error?.code == bad.code)
    #expect(error?.path == bad.path)
    #expect(error.map { "\($0)".contains(bad.says) } == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func `exist for every code`() {
    #expect(
      Set(BadShards.all.map(\.code)).union([.shardsIndex, .shardsPath])
        == Set(ShardIndex.errorCodes))
    #expect(Set(ShardIndex.errorCodes).count == ShardIndex.errorCodes.count)
  }
}
