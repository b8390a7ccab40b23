import BinaryInput
import TensorData
import TestSupport
import Testing
import TorchCheckpoint
import ZipArchive

private var keepingUnknownClasses: TorchCheckpoint.Options {
  var options = TorchCheckpoint.Options()
  options.keepsUnknownClasses = true
  return options
}

private func limited(to byteCount: Int) -> TorchCheckpoint.Options {
  var options = TorchCheckpoint.Options()
  options.maximumByteCount = byteCount
  return options
}

/// A value beside a state dict whose class is not on the list.
struct UnknownObject: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let instructions: [UInt8]
  /// Whether nothing is called to make it, so that it is kept without being asked for.
  let isData: Bool

  init(_ text: String, _ instructions: [UInt8], isData: Bool = false) {
    testDescription = text
    self.instructions = instructions
    self.isData = isData
  }

  private static let made = Op.call("trainer", "Log", [Op.text("a"), Op.integer(1)])
  private static let allocated = Op.global("trainer", "Log") + Op.emptyTuple + Op.newObject
  private static let state = Op.dictionary([(Op.text("step"), Op.integer(3))])

  static let all: [UnknownObject] = [
    UnknownObject("a class", Op.global("trainer", "Log"), isData: true),
    UnknownObject(
      "a nested class", Op.text("trainer") + Op.text("A.B") + Op.stackGlobal, isData: true),
    UnknownObject(
      "what a class keeps for itself", Op.text("trainer") + Op.text("A._b") + Op.stackGlobal),
    UnknownObject(
      "what another module keeps", Op.text("trainer") + Op.text("os.system") + Op.stackGlobal),
    UnknownObject(
      "a class inside a class of Python's",
      Op.text("collections") + Op.text("OrderedDict.Entry") + Op.stackGlobal),
    UnknownObject("the result of a call", made),
    UnknownObject("a call of the shell", Op.call("posix", "system", [Op.text("exit 1")])),
    UnknownObject("an object", allocated, isData: true),
    UnknownObject("an object with state", allocated + state + Op.build, isData: true),
    UnknownObject(
      "a member of an enumeration", Op.call("trainer", "Stage", [Op.integer(2)]), isData: true),
    UnknownObject("a call without arguments", Op.call("trainer", "Log", [])),
    UnknownObject(
      "a member with a word", Op.call("trainer", "Stage", [Op.text("last-one")]), isData: true),
    UnknownObject("a call with a word", Op.call("trainer", "run", [Op.text("a")])),
    UnknownObject("a call with a number", Op.call("trainer", "run", [Op.integer(1)])),
    UnknownObject("a call with a line", Op.call("trainer", "Log", [Op.text("rm -rf")])),
    UnknownObject("a call of an object", allocated + Op.tupleOf([Op.integer(1)]) + Op.reduce),
    UnknownObject("a module of the system's", Op.global("subprocess", "Popen")),
    UnknownObject(
      "an object of the system's", Op.global("socket", "socket") + Op.emptyTuple + Op.newObject),
    UnknownObject("an object with two states", made + state + Op.build + state + Op.build),
    UnknownObject(
      "a kind of dictionary", made + Op.mark + Op.text("a") + Op.integer(1) + Op.setItems),
    UnknownObject(
      "a dictionary's item", allocated + Op.text("a") + Op.none + Op.setItem, isData: true),
    UnknownObject(
      "a kind of list", allocated + Op.mark + Op.none + Op.none + Op.appends, isData: true),
    UnknownObject("a list's element", made + Op.integer(7) + Op.append),
    UnknownObject("a kind of set", made + Op.mark + Op.none + Op.addItems),
    UnknownObject("a call of what a call gave", made + Op.emptyTuple + Op.reduce),
    UnknownObject(
      "a method of an object", Op.call("builtins", "getattr", [allocated, Op.text("run")]),
      isData: true),
    UnknownObject(
      "an object of a class inside a class",
      Op.call("builtins", "getattr", [Op.global("trainer", "Log"), Op.text("Entry")])
        + Op.emptyTuple + Op.newObject, isData: true),
    UnknownObject(
      "a class inside a class, called",
      Op.call("builtins", "getattr", [Op.global("trainer", "Log"), Op.text("Entry")])
        + Op.emptyTuple + Op.reduce),
    UnknownObject("a range", Op.call("__builtin__", "xrange", [Op.integer(3)]), isData: true),
    UnknownObject("dots", Op.global("__builtin__", "Ellipsis"), isData: true),
    UnknownObject("a logger", Op.call("logging", "getLogger", [Op.text("run")]), isData: true),
    UnknownObject(
      "a method, called",
      Op.call("builtins", "getattr", [made, Op.text("run")]) + Op.emptyTuple + Op.reduce),
  ]

  /// The object and, under a key of its own, a state dict.
  var checkpoint: [UInt8] {
    TestSupport.checkpoint(
      Op.dictionary([
        (Op.text("object"), instructions), (Op.text("state_dict"), stateDict()),
      ]))
  }
}

@Suite struct `An object of an unknown class` {
  @Test(arguments: UnknownObject.all)
  func `is kept unread where that is allowed`(object: UnknownObject) throws {
    let bytes = Bytes(copying: object.checkpoint)
    let checkpoint = try TorchCheckpoint(bytes, options: keepingUnknownClasses)
    #expect(checkpoint.groups.map(\.keyPath) == ["state_dict"])
    #expect(try checkpoint.stateDict(at: "state_dict").names == ["weight"])
    guard !object.isData else {
      #expect(try TorchCheckpoint(bytes).stateDict(at: "state_dict").names == ["weight"])
      return
    }
    let error = #expect(throws: ReadError.self) { try TorchCheckpoint(bytes) }
    #expect(error?.code == .pickleUnsafeGlobal)
    #expect(error?.what.contains("nothing was executed") == true)
    #expect(error?.remedy == .keepUnknownClasses)
  }

  @Test func `keeps the tensors in it to be told of`() throws {
    let object =
      Op.global("trainer", "Log") + Op.emptyTuple + Op.newObject + Op.text("best") + tensor()
      + Op.setItem
    let opened = try TorchCheckpoint(
      Bytes(
        copying: checkpoint(
          Op.dictionary([(Op.text("log"), object), (Op.text("state_dict"), stateDict())]))),
      options: keepingUnknownClasses)
    // A class whose instances take items is a kind of dictionary.
    #expect(opened.groups.map(\.keyPath) == ["state_dict", "log"].sorted())
    #expect(try opened.stateDict(at: "log").names == ["best"])
  }

  @Test func `does not make a tensor of an unknown function`() throws {
    let rebuilt = Op.call("torch._utils", "_rebuild_anything", [storage()])
    let opened = try TorchCheckpoint(
      Bytes(copying: checkpoint(Op.dictionary([(Op.text("a"), rebuilt)]))),
      options: keepingUnknownClasses)
    #expect(opened.groups.isEmpty)
  }

  @Test(.timeLimit(.minutes(10)), arguments: Wrong.all.filter { $0.code != .pickleUnsafeGlobal })
  func `changes nothing about other errors`(wrong: Wrong) {
    let error = #expect(throws: ReadError.self) {
      let checkpoint = try TorchCheckpoint(
        Bytes(copying: wrong.bytes), options: keepingUnknownClasses)
      for group in checkpoint.groups { _ = try checkpoint.stateDict(at: group.keyPath) }
    }
    // With unknown classes allowed, a class that came with its source code is one of them.
    if wrong.testDescription != "a whole module in a stream" {
      #expect(error?.code == wrong.code, "\(error?.description ?? "no error")")
    }
  }

  @Test func `of a stream may come with its source code`() throws {
    let source = Op.tupleOf([
      Op.text("module"), Op.global("trainer", "Log"), Op.text("a.py"), Op.text("class Log: pass"),
    ])
    let stream = legacy(
      Op.dictionary([
        (Op.text("log"), source + Op.persistentID + Op.emptyTuple + Op.newObject),
        (Op.text("state_dict"), stateDict([("weight", legacyTensor())])),
      ]))
    let checkpoint = try TorchCheckpoint(
      Bytes(copying: stream), options: keepingUnknownClasses)
    #expect(try checkpoint.stateDict(at: "state_dict").names == ["weight"])
  }
}

@Suite struct `The budget of bytes` {
  /// Views of one element, each of which would take 512 MiB when written out.
  private static func views(_ count: Int) -> Bytes {
    Bytes(
      copying: checkpoint(
        stateDict((0..<count).map { ("a\($0)", tensor(shape: [1 << 27], strides: [0])) })))
  }

  @Test func `holds for tensors to the byte, below and above what is credible`() throws {
    for (viewCount, options, isEnough) in [
      (2, TorchCheckpoint.Options(), true), (3, TorchCheckpoint.Options(), false),
      (2, limited(to: 1 << 30), true), (2, limited(to: (1 << 30) - 1), false),
      (3, limited(to: 3 << 29), true), (3, limited(to: (3 << 29) - 1), false),
    ] {
      let checkpoint = try TorchCheckpoint(Self.views(viewCount), options: options)
      if isEnough {
        #expect(try checkpoint.stateDict(at: "").count == viewCount)
      } else {
        let error = #expect(throws: ReadError.self) { try checkpoint.stateDict(at: "") }
        #expect(error?.code == .tensorBudget)
        #expect(error?.path == ["a\(viewCount - 1)"])
        #expect(error?.remedy == .allowMoreBytes)
      }
    }
  }

  @Test(arguments: ["rezipped-deflated.pth", "zip-in-zip-deflated.zip"])
  func `holds for what deflated records inflate to`(name: String) throws {
    let bytes = try Fixture.bytes("checkpoints/\(name)")
    let archive = try ZipArchive(bytes, profile: .general)
    let sum = archive.entries.filter { !$0.isStored }.reduce(0) { $0 + $1.byteCount }
    #expect(throws: Never.self) { try TorchCheckpoint(bytes, options: limited(to: sum)) }
    let error = #expect(throws: ReadError.self) {
      try TorchCheckpoint(bytes, options: limited(to: sum - 1))
    }
    #expect(error?.code == .zipBomb)
    #expect(error?.remedy == .allowMoreBytes)
  }
}
