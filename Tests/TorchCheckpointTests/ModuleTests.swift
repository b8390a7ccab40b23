import BinaryInput
import TensorData
import TestSupport
import Testing
import TorchCheckpoint

/// The instructions of a module whose class is nowhere to be found.
private func module(
  parameters: [([UInt8], [UInt8])] = [(Op.text("weight"), tensor())],
  buffers: [([UInt8], [UInt8])] = [], modules: [([UInt8], [UInt8])] = [],
  others: [([UInt8], [UInt8])] = []
) -> [UInt8] {
  Op.global("models", "Net") + Op.emptyTuple + Op.newObject
    + Op.dictionary(
      [
        (Op.text("_parameters"), Op.dictionary(parameters)),
        (Op.text("_buffers"), Op.dictionary(buffers)),
        (Op.text("_modules"), Op.dictionary(modules)),
      ] + others) + Op.build
}

/// Opens a checkpoint whose pickle these instructions are.
func openCheckpoint(_ instructions: [UInt8]) throws -> TorchCheckpoint {
  try TorchCheckpoint(Bytes(copying: checkpoint(instructions)))
}

@Suite struct `A whole pickled module` {
  @Test func `is read as data, from a stream with its source code, too`() throws {
    let source = Op.tupleOf([
      Op.text("module"), Op.global("models", "Net"), Op.text("a.py"), Op.text("class Net: pass"),
    ])
    let streamed: [UInt8] =
      source + Op.persistentID + Op.emptyTuple + Op.newObject
      + Op.dictionary([
        (Op.text("_parameters"), stateDict([("weight", legacyTensor())])),
        (Op.text("_buffers"), Op.emptyDictionary), (Op.text("_modules"), Op.emptyDictionary),
      ]) + Op.build
    for bytes in [checkpoint(module()), legacy(streamed)] {
      let opened = try TorchCheckpoint(Bytes(copying: bytes))
      #expect(opened.groups.map(\.className) == ["models.Net"])
      #expect(try opened.stateDict(at: "").names == ["weight"])
    }
  }

  @Test func `is read beside a state dict`() throws {
    let opened = try openCheckpoint(
      Op.dictionary([(Op.text("model"), module()), (Op.text("state_dict"), stateDict())]))
    #expect(opened.groups.map(\.keyPath) == ["model", "state_dict"])
    #expect(opened.groups.map(\.className) == ["models.Net", nil])
  }

  @Test func `is refused as ever where a call is in it`() {
    for call in [
      Op.call("posix", "system", [Op.text("exit 1")]), Op.call("models", "make", []),
      Op.call("models", "make", [Op.text("a")]), Op.global("builtins", "eval"),
      Op.call("torch.nn.modules.linear", "Linear", [Op.integer(1), Op.integer(1)]),
    ] {
      let error = #expect(throws: ReadError.self) {
        try openCheckpoint(module(others: [(Op.text("a"), call)]))
      }
      #expect(error?.code == .pickleUnsafeGlobal)
    }
  }

  @Test func `may lead back to itself through its attributes`() throws {
    let list = Op.text("hidden")
    // The list is memorised before the module, which gets it as its state, holds it.
    let instructions =
      Op.global("models", "Net") + Op.emptyTuple + Op.newObject + Op.put(0)
      + Op.dictionary([
        (Op.text("_parameters"), stateDict()), (Op.text("_buffers"), Op.emptyDictionary),
        (Op.text("_modules"), Op.emptyDictionary),
        (list, Op.emptyList + Op.get(0) + Op.append),
      ]) + Op.build
    #expect(try openCheckpoint(instructions).groups.map(\.keyPath) == [""])
  }

  @Test func `is refused where it is a part of itself`() {
    let instructions =
      Op.global("models", "Net") + Op.emptyTuple + Op.newObject + Op.put(0)
      + Op.dictionary([
        (Op.text("_parameters"), stateDict()), (Op.text("_buffers"), Op.emptyDictionary),
        (Op.text("_modules"), Op.dictionary([(Op.text("a"), Op.get(0))])),
      ]) + Op.build
    let error = #expect(throws: ReadError.self) { try openCheckpoint(instructions) }
    #expect(error?.code == .pickleDepth)
  }

  @Test(.timeLimit(.minutes(10)))
  func `is refused where shared parts make a small file a large network`() {
    // 2⁴⁰ parameters.
    let error = #expect(throws: ReadError.self) {
      try openCheckpoint(Op.emptyList + Self.pyramid(levels: 40) + Op.append)
    }
    #expect(error?.code == .pickleLimit)
  }

  /// A module of which each level holds the one below it twice.
  private static func pyramid(levels: Int) -> [UInt8] {
    guard levels > 0 else { return module() }
    let key = UInt8(levels)
    return module(
      parameters: [],
      modules: [
        (Op.text("a"), pyramid(levels: levels - 1) + Op.put(key)), (Op.text("b"), Op.get(key)),
      ])
  }

  @Test func `names what two places share twice, as a state dict does`() throws {
    let opened = try openCheckpoint(Self.pyramid(levels: 1))
    #expect(opened.groups.map(\.names) == [["a.weight", "b.weight"]])
  }

  @Test(.timeLimit(.minutes(10)))
  func `of another class of modules counts towards a limit of groups`() throws {
    func many(_ count: Int) -> [UInt8] {
      Op.emptyList + stateDict() + Op.put(0) + Op.append + Op.mark
        + (1..<count).flatMap { _ in Op.get(0) } + Op.appends
    }
    #expect(try openCheckpoint(many(10_000)).groups.count == 10_000)
    let error = #expect(throws: ReadError.self) { try openCheckpoint(many(10_001)) }
    #expect(error?.code == .pickleLimit)
  }
}
