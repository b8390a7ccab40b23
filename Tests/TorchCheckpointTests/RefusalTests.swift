import BinaryInput
import TensorData
import TestSupport
import Testing
import TorchCheckpoint

/// A checkpoint with one thing wrong.
struct Wrong: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let code: ErrorCode
  let bytes: [UInt8]
  /// Where the error is said to be; not compared where nil.
  var offset: Int?

  init(_ text: String, _ code: ErrorCode, _ bytes: [UInt8], at offset: Int? = nil) {
    testDescription = text
    self.code = code
    self.bytes = bytes
    self.offset = offset
  }

  static let all: [Wrong] = [
    instructions, names, calls, references, tensors, layouts, kinds, streams, limits,
  ].flatMap { $0 }

  static let instructions: [Wrong] = [
    Wrong(
      "a pickle that ends early", .pickleTruncated, checkpoint(pickle: [0x80, 2, 0x7D]), at: 3),
    Wrong("no pickle", .pickleTruncated, checkpoint(pickle: []), at: 0),
    Wrong(
      "a text of 4 GiB", .pickleTruncated, checkpoint([0x58, 0xFF, 0xFF, 0xFF, 0xFF, 0x61]), at: 2),
    Wrong(
      "a text of 2⁶⁴ bytes", .pickleTruncated,
      checkpoint([0x8D] + [UInt8](repeating: 0xFF, count: 8)), at: 2),
    Wrong("an integer beyond the end", .pickleTruncated, checkpoint([0x8A, 255, 1]), at: 2),
    Wrong(
      "an integer of a negative length", .pickleTruncated,
      checkpoint([0x8B, 0xFF, 0xFF, 0xFF, 0xFF]), at: 2),
    Wrong("a line without an end", .pickleTruncated, checkpoint([0x63, 0x61, 0x62])),
    Wrong(
      "a frame beyond the end", .pickleTruncated,
      checkpoint([0x95, 0, 0, 1, 0, 0, 0, 0, 0]), at: 2),
    Wrong("protocol 0", .pickleProtocol, checkpoint(pickle: Array("(dp0\n.".utf8)), at: 0),
    Wrong("protocol 1", .pickleProtocol, checkpoint(pickle: [0x80, 1, 0x7D, 0x2E]), at: 0),
    Wrong("protocol 6", .pickleProtocol, checkpoint(pickle: [0x80, 6, 0x7D, 0x2E]), at: 0),
    Wrong("INST", .pickleOpcode, checkpoint(Op.mark + Array("ios\nsystem\n".utf8)), at: 3),
    Wrong("OBJ", .pickleOpcode, checkpoint(Op.mark + [0x6F]), at: 3),
    Wrong("POP", .pickleOpcode, checkpoint(Op.none + [0x30]), at: 3),
    Wrong("POP_MARK", .pickleOpcode, checkpoint(Op.mark + [0x31]), at: 3),
    Wrong("DUP", .pickleOpcode, checkpoint(Op.none + [0x32]), at: 3),
    Wrong("EXT1", .pickleOpcode, checkpoint([0x82, 1]), at: 2),
    Wrong("an opcode that does not exist", .pickleOpcode, checkpoint([0xFF]), at: 2),
    Wrong("a second protocol", .pickleOpcode, checkpoint([0x80, 2] + Op.none), at: 2),
    Wrong("a tuple of nothing", .pickleStack, checkpoint(Op.tuple1), at: 2),
    Wrong("a tuple of too few", .pickleStack, checkpoint(Op.none + Op.tuple2), at: 3),
    Wrong("no mark", .pickleStack, checkpoint(Op.none + Op.tuple), at: 3),
    Wrong(
      "what is under a mark", .pickleStack,
      checkpoint(Op.emptyList + Op.mark + Op.append), at: 4),
    Wrong("nothing at the end", .pickleStack, checkpoint([]), at: 2),
    Wrong("two values at the end", .pickleStack, checkpoint(Op.none + Op.none), at: 4),
    Wrong("an open mark at the end", .pickleStack, checkpoint(Op.none + Op.mark), at: 4),
    Wrong("a put of nothing", .pickleStack, checkpoint(Op.put(0)), at: 2),
    Wrong(
      "a class named by a number", .pickleStack,
      checkpoint(Op.text("os") + Op.integer(1) + Op.stackGlobal)),
    Wrong("a memo that was not put", .pickleMemo, checkpoint(Op.get(7)), at: 2),
    Wrong(
      "a memo beyond all", .pickleMemo, checkpoint([0x6A, 0xFF, 0xFF, 0xFF, 0xFF]), at: 2),
    Wrong(
      "elements in a dictionary", .pickleAppendTarget,
      checkpoint(
        Op.emptyDictionary + Op.none + Op.append), at: 4),
    Wrong(
      "elements in a tensor", .pickleAppendTarget, checkpoint(tensor() + Op.none + Op.append)),
    Wrong(
      "elements in no set", .pickleAppendTarget,
      checkpoint(
        Op.emptyList + Op.mark + Op.none + Op.addItems), at: 5),
    Wrong(
      "items in a tensor", .pickleSetItems,
      checkpoint(tensor() + Op.text("a") + Op.none + Op.setItem)),
    Wrong(
      "a key without a value", .pickleSetItems,
      checkpoint(Op.emptyDictionary + Op.mark + Op.none + Op.setItems), at: 5),
    Wrong("bytes after the end", .pickleTrailing, checkpoint(pickle: pickle(stateDict()) + [0])),
    Wrong(
      "a second pickle", .pickleTrailing,
      checkpoint(pickle: pickle(stateDict()) + pickle(stateDict()))),
    Wrong("a text that is no UTF-8", .pickleEncoding, checkpoint([0x58, 1, 0, 0, 0, 0xFF])),
    Wrong(
      "half a surrogate pair", .pickleEncoding, checkpoint([0x8C, 3, 0xED, 0xA0, 0x80])),
    Wrong(
      "a class whose name is no UTF-8", .pickleEncoding,
      checkpoint([0x63, 0xFF, 0x0A, 0x61, 0x0A])),
  ]

  static let names: [Wrong] =
    [
      ("posix", "system"), ("os", "system"), ("builtins", "eval"), ("builtins", "setattr"),
      ("__builtin__", "exec"), ("torch", "load"), ("torch.storage", "_load_from_bytes"),
      ("torch.hub", "load"), ("pickle", "loads"), ("collections", "OrderedDict.__init__"),
      ("numpy", "load"), ("pathlib", "os"), ("Torch._utils", "_rebuild_tensor_v2"),
      ("torch._utils", "_Rebuild_tensor_v2"), ("", ""),
    ].map { module, name in
      Wrong(
        "\(module).\(name)", .pickleUnsafeGlobal,
        // What follows is garbage: the first problem is the one to be told.
        checkpoint(Op.global(module, name) + [0xFF, 0xFF]), at: 2)
    }

  static let calls: [Wrong] = [
    Wrong(
      "a class named on the stack", .pickleUnsafeGlobal,
      checkpoint(Op.text("posix") + Op.text("system") + Op.stackGlobal)),
    Wrong(
      "a function taken out of a class of Python's", .pickleUnsafeGlobal,
      checkpoint(Op.call("builtins", "getattr", [Op.global("builtins", "set"), Op.text("add")]))),
    Wrong(
      "what Python keeps in a class", .pickleUnsafeGlobal,
      checkpoint(
        Op.call("builtins", "getattr", [Op.global("trainer", "Log"), Op.text("__globals__")]))),
    Wrong(
      "what Python keeps in an object", .pickleUnsafeGlobal,
      checkpoint(
        Op.call(
          "builtins", "getattr",
          [Op.global("trainer", "Log") + Op.emptyTuple + Op.newObject, Op.text("__class__")]))),
    Wrong(
      "an attribute of a path", .pickleUnsafeGlobal,
      checkpoint(
        Op.call("builtins", "getattr", [Op.global("trainer", "Log"), Op.text("os.system")]))),
    Wrong(
      "a call of a text", .pickleArguments,
      checkpoint(
        Op.text("a") + Op.emptyTuple + Op.reduce)),
    Wrong(
      "arguments that are no tuple", .pickleArguments,
      checkpoint(
        Op.global("collections", "OrderedDict") + Op.emptyList + Op.reduce)),
    Wrong(
      "a call of a storage class", .pickleArguments,
      checkpoint(
        Op.call("torch", "FloatStorage", []))),
    Wrong(
      "a dictionary of a number", .pickleArguments,
      checkpoint(
        Op.call("collections", "OrderedDict", [Op.integer(1)]))),
    Wrong(
      "a dictionary of single values", .pickleArguments,
      checkpoint(
        Op.call("collections", "OrderedDict", [Op.emptyList + Op.none + Op.append]))),
    Wrong(
      "a set of a number", .pickleArguments,
      checkpoint(
        Op.call("builtins", "set", [Op.integer(1)]))),
    Wrong(
      "a tensor of nothing", .pickleArguments,
      checkpoint(
        Op.call("torch._utils", "_rebuild_tensor_v2", []))),
    Wrong(
      "a tensor without a storage", .pickleArguments,
      checkpoint(
        tensor(Op.integer(1)))),
    Wrong(
      "a tensor whose offset is a text", .pickleArguments,
      checkpoint(
        tensor(offset: Op.text("0")))),
    Wrong(
      "a parameter that is no tensor", .pickleArguments,
      checkpoint(
        Op.call("torch._utils", "_rebuild_parameter", [Op.none, Op.no, Op.emptyDictionary]))),
    Wrong(
      "a rebuilt tensor of a call that nests", .pickleArguments,
      checkpoint(
        Op.call(
          "torch._tensor", "_rebuild_from_type_v2",
          [
            Op.global("torch._tensor", "_rebuild_from_type_v2"), Op.global("torch", "Tensor"),
            Op.emptyTuple, Op.emptyDictionary,
          ]))),
    Wrong(
      "an object of a function", .pickleArguments,
      checkpoint(
        Op.global("_codecs", "encode") + Op.emptyTuple + Op.newObject)),
    Wrong(
      "an object of a text", .pickleArguments,
      checkpoint(
        Op.text("a") + Op.emptyTuple + Op.newObject)),
    Wrong(
      "attributes of a class", .pickleBuildTarget,
      checkpoint(
        Op.global("argparse", "Namespace") + Op.emptyDictionary + Op.build)),
    Wrong(
      "attributes of a list", .pickleBuildTarget,
      checkpoint(
        Op.emptyList + Op.emptyDictionary + Op.build), at: 4),
    Wrong(
      "attributes of a dictionary that are a list", .pickleBuildTarget,
      checkpoint(
        Op.call("collections", "OrderedDict", []) + Op.emptyList + Op.build)),
  ]

  static let references: [Wrong] = [
    Wrong(
      "a reference that is a number", .torchPersistentID,
      checkpoint(
        Op.integer(0) + Op.persistentID)),
    Wrong(
      "a reference to something else", .torchPersistentID,
      checkpoint(
        Op.tupleOf([Op.text("model"), Op.none, Op.none, Op.none, Op.none]) + Op.persistentID)),
    Wrong(
      "a reference of four values", .torchPersistentID,
      checkpoint(
        Op.tupleOf([
          Op.text("storage"), Op.global("torch", "FloatStorage"), Op.text("0"), Op.text("cpu"),
        ]) + Op.persistentID)),
    Wrong("a key that is a path", .torchPersistentID, checkpoint(tensor(storage("../0")))),
    Wrong("a key that leads inwards", .torchPersistentID, checkpoint(tensor(storage("a/0")))),
    Wrong("a negative count", .torchRange, checkpoint(tensor(storage(count: -1)))),
    Wrong(
      "a count whose bytes do not fit", .torchRange,
      checkpoint(
        tensor(storage(count: Int.max / 2)))),
    Wrong(
      "a count beyond 64 bits", .torchRange,
      checkpoint(
        Op.tupleOf([
          Op.text("storage"), Op.global("torch", "FloatStorage"), Op.text("0"), Op.text("cpu"),
          Op.largeInteger,
        ]) + Op.persistentID)),
    Wrong("an offset beyond 64 bits", .torchRange, checkpoint(tensor(offset: Op.largeInteger))),
    Wrong(
      "a storage that is not there", .torchStorageMissing,
      checkpoint(
        stateDict([("a", tensor(storage("1")))]))),
    Wrong(
      "a storage that is too short", .torchStorageSize,
      checkpoint(
        storages: [("0", 15)])),
    Wrong(
      "a storage that is too long", .torchStorageSize,
      checkpoint(
        storages: [("0", 20)])),
    Wrong(
      "a million elements in forty bytes", .torchStorageSize,
      checkpoint(
        stateDict([("a", tensor(storage(count: 1_000_000)))]), storages: [("0", 40)])),
    Wrong(
      "a storage of two types", .torchStorageConflict,
      checkpoint(
        stateDict([("a", tensor()), ("b", tensor(storage("0", "IntStorage")))]))),
    Wrong(
      "a storage of two sizes", .torchStorageConflict,
      checkpoint(
        stateDict([("a", tensor()), ("b", tensor(storage(count: 3)))]))),
  ]

  static let tensors: [Wrong] = [
    Wrong(
      "a negative dimension", .tensorShape,
      checkpoint(
        stateDict([("a", tensor(shape: [-1, 2]))]))),
    Wrong(
      "a product that does not fit", .tensorShape,
      checkpoint(
        stateDict([("a", tensor(shape: [1 << 40, 1 << 40]))]))),
    Wrong(
      "a product that a zero hides", .tensorShape,
      checkpoint(
        stateDict([("a", tensor(shape: [1 << 40, 1 << 40, 0], strides: [1, 1, 1]))]))),
    Wrong(
      "65 axes", .tensorShape,
      checkpoint(
        stateDict([
          (
            "a",
            tensor(shape: [Int](repeating: 1, count: 65), strides: [Int](repeating: 1, count: 65))
          )
        ]))),
    Wrong(
      "a view beyond its storage", .tensorBounds,
      checkpoint(
        stateDict([("a", tensor(offset: Op.integer(1)))]))),
    Wrong(
      "a negative offset", .tensorBounds,
      checkpoint(
        stateDict([("a", tensor(offset: Op.integer(-1)))]))),
    Wrong(
      "a negative stride", .tensorBounds,
      checkpoint(
        stateDict([("a", tensor(strides: [-2, 1]))]))),
    Wrong(
      "too few strides", .tensorBounds,
      checkpoint(
        stateDict([("a", tensor(strides: [1]))]))),
    Wrong(
      "a stride that overflows", .tensorBounds,
      checkpoint(
        stateDict([("a", tensor(strides: [Int.max, 1]))]))),
    Wrong(
      "one element as a terabyte", .tensorBudget,
      checkpoint(
        stateDict([("a", tensor(shape: [1 << 20, 1 << 18], strides: [0, 0]))]))),
    Wrong(
      "a thousand views of one element", .tensorBudget,
      checkpoint(
        stateDict((0..<1_000).map { ("a\($0)", tensor(shape: [1 << 20], strides: [0])) }))),
    Wrong(
      "two tensors of one name", .torchName,
      checkpoint(
        stateDict([("a", tensor()), ("a", tensor())]))),
    Wrong("a tensor without a name", .torchName, checkpoint(stateDict([("", tensor())]))),
    Wrong(
      "a name of 5,000 bytes", .torchName,
      checkpoint(
        stateDict([(String(repeating: "a", count: 5_000), tensor())]))),
    Wrong(
      "elements of an unsupported type", .tensorElementType,
      checkpoint(
        stateDict([
          (
            "a",
            Op.call(
              "torch._utils", "_rebuild_tensor_v3",
              [
                Op.tupleOf([
                  Op.text("storage"), Op.global("torch.storage", "UntypedStorage"), Op.text("0"),
                  Op.text("cpu"), Op.integer(16),
                ]) + Op.persistentID, Op.integer(0), Op.tupleOf([Op.integer(4)]),
                Op.tupleOf([Op.integer(1)]), Op.no, Op.emptyDictionary,
                Op.global("torch", "complex32"),
              ])
          )
        ]))),
    Wrong(
      "a type that is not the storage's", .tensorElementType,
      checkpoint(
        Op.call(
          "torch._utils", "_rebuild_tensor_v3",
          [
            storage(), Op.integer(0), Op.tupleOf([Op.integer(4)]), Op.tupleOf([Op.integer(1)]),
            Op.no,
            Op.emptyDictionary, Op.global("torch", "int32"),
          ]))),
    Wrong(
      "a tensor without data", .tensorLayout,
      checkpoint(
        stateDict([("a", tensor(storage(location: "meta")))]))),
    Wrong(
      "a sparse tensor", .tensorLayout,
      checkpoint(
        stateDict([("a", Op.call("torch._utils", "_rebuild_sparse_tensor", []))]))),
  ]

  static let layouts: [Wrong] = [
    Wrong("no version", .torchLayout, checkpoint(version: nil)),
    Wrong("a record outside the folder", .torchLayout, checkpoint(extra: [("other/a", [])])),
    Wrong("a record in no folder", .torchLayout, checkpoint(extra: [("a", [])])),
    Wrong("version 0", .torchVersion, checkpoint(version: "0\n")),
    Wrong("version 11", .torchVersion, checkpoint(version: "11\n")),
    Wrong("a version that is no number", .torchVersion, checkpoint(version: "three")),
    Wrong(
      "a version of many digits", .torchVersion,
      checkpoint(version: String(repeating: "9", count: 60))),
    Wrong(
      "a version of a kilobyte", .torchVersion,
      checkpoint(version: String(repeating: "3", count: 1_000))),
    Wrong("big-endian", .torchByteOrder, checkpoint(byteOrder: "big")),
    Wrong("a byte order that is none", .torchByteOrder, checkpoint(byteOrder: "middle")),
    Wrong(
      "constants of a program", .torchScript,
      checkpoint(
        extra: [("archive/constants.pkl", [])])),
    Wrong(
      "code of a program", .torchScript,
      checkpoint(
        extra: [("archive/code/a.py", [])])),
    Wrong("an archive of nothing", .torchInner, StoredZip.bytes([])),
    Wrong("an archive of a text", .torchInner, StoredZip.bytes([("readme.txt", [0x61])])),
    Wrong(
      "an archive of two checkpoints", .torchInner,
      StoredZip.bytes([
        ("a.pth", checkpoint()), ("b.pth", checkpoint()),
      ])),
    Wrong(
      "an archive in an archive in an archive", .torchLayout,
      StoredZip.bytes([
        ("a.pth", StoredZip.bytes([("b.pth", checkpoint())]))
      ])),
  ]

  static let kinds: [Wrong] = [
    Wrong(
      "a program of torch.export", .torchExport,
      StoredZip.bytes([("m/models/model.json", []), ("m/data/weights/weight_0", [])])),
    Wrong(
      "an archive of torch.package", .torchPackage,
      StoredZip.bytes([("m/.data/extern_modules", []), ("m/model/model.pkl", [])])),
    Wrong(
      "an archive of a server", .torchPackage,
      StoredZip.bytes([("MAR-INF/MANIFEST.json", []), ("handler.py", [])])),
    Wrong(
      "an archive of arrays", .torchPackage, StoredZip.bytes([("a.npy", []), ("b.npy", [])])),
    Wrong(
      "a model of Keras", .torchPackage,
      StoredZip.bytes([("config.json", []), ("model.weights.h5", [])])),
    Wrong("a tar archive of a text", .torchTar, tar("readme.txt", [0x61])),
    Wrong(
      "what a failed torch.save leaves", .torchLayout,
      StoredZip.bytes([("m/version", [0x33]), ("m/.data/serialization_id", [0x30])])),
    Wrong("two archives one behind the other", .torchShard, checkpoint() + checkpoint()),
    Wrong(
      "line ends of another system", .torchTextMode,
      checkpoint().flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }),
  ]

  static let streams: [Wrong] = [
    Wrong(
      "a tar archive", .torchLegacyTar,
      {
        var bytes = [UInt8](repeating: 0, count: 512)
        bytes.replaceSubrange(257..<262, with: Array("ustar".utf8))
        return bytes
      }()),
    Wrong("a bare pickle", .torchLegacy, pickle(stateDict())),
    Wrong(
      "another version of the stream", .torchVersion,
      legacy(
        stateDict([("a", legacyTensor())]), version: 1000), at: 15),
    Wrong(
      "a stream from a big-endian machine", .torchByteOrder,
      legacy(
        stateDict([("a", legacyTensor())]),
        facts: Op.dictionary([(Op.text("little_endian"), Op.no)]))),
    Wrong(
      "a stream that does not say its byte order", .torchByteOrder,
      legacy(
        stateDict([("a", legacyTensor())]), facts: Op.emptyList)),
    Wrong(
      "a view of a storage", .torchPersistentID,
      legacy(
        stateDict([("a", legacyTensor(view: Op.tupleOf([Op.text("1"), Op.integer(0)])))]))),
    Wrong(
      "a whole module in a stream", .torchLayout,
      legacy(
        Op.tupleOf([Op.text("module"), Op.none, Op.text("a.py"), Op.text("")]) + Op.persistentID)),
    Wrong(
      "a storage that no tensor describes", .torchLegacy,
      legacy(
        stateDict([("a", legacyTensor())]), keys: ["0", "1"])),
    Wrong(
      "a storage that does not follow", .torchStorageMissing,
      legacy(
        stateDict([("a", legacyTensor())]), keys: [], storages: [])),
    Wrong(
      "a storage that follows twice", .torchStorageConflict,
      legacy(
        stateDict([("a", legacyTensor())]), keys: ["0", "0"], storages: [(4, 16), (4, 16)])),
    Wrong(
      "another count than declared", .torchStorageSize,
      legacy(
        stateDict([("a", legacyTensor())]), storages: [(5, 20)])),
    Wrong(
      "a storage that is cut", .pickleTruncated,
      legacy(
        stateDict([("a", legacyTensor())]), storages: [(4, 15)])),
    Wrong(
      "bytes after the last storage", .torchLegacy,
      legacy(
        stateDict([("a", legacyTensor())]), trailing: [0])),
    Wrong(
      "a storage in the list of keys", .torchPersistentID,
      legacy(
        stateDict([("a", legacyTensor())]), facts: legacyTensor())),
  ]

  static let limits: [Wrong] = {
    let levels = Op.emptyTuple + [UInt8](repeating: 0x85, count: 1_000_000)
    let listInItself = Op.emptyList + Op.put(0) + Op.get(0) + Op.append
    let dictionaryInItself =
      Op.emptyDictionary + Op.put(0) + Op.text("a") + Op.get(0) + Op.setItem
    // Each tuple holds the one before it twice: 2⁴⁰ tensors from a few hundred bytes.
    var laughs = Op.emptyDictionary + Op.text("a") + tensor() + Op.put(0)
    for level in 0..<40 as Range<UInt8> {
      laughs += Op.get(level) + Op.get(level) + Op.tuple2 + Op.put(level + 1)
      laughs += Op.tuple2
    }
    laughs += Op.get(40) + Op.tuple2 + Op.setItem
    let values = Op.mark + [UInt8](repeating: 0x4E, count: 1_000_001) + Op.tuple
    // A tuple is copied again and again, which costs more than its bytes say.
    var copies = Op.mark + [UInt8](repeating: 0x4E, count: 100_000) + Op.tuple + Op.put(0)
    for _ in 0..<300 {
      copies += Op.global("collections", "deque") + Op.get(0) + Op.tuple1 + Op.reduce + Op.tuple2
    }
    return [
      Wrong("a million levels", .pickleDepth, checkpoint(levels)),
      Wrong("a list in itself", .pickleDepth, checkpoint(listInItself)),
      Wrong("a dictionary in itself", .pickleDepth, checkpoint(dictionaryInItself)),
      Wrong("a billion laughs", .pickleLimit, checkpoint(laughs)),
      Wrong("more values on the stack than allowed", .pickleLimit, checkpoint(values)),
      Wrong("copies of a long tuple", .pickleLimit, checkpoint(copies)),
    ]
  }()
}

/// A tar archive of one file, as POSIX describes it.
private func tar(_ name: String, _ content: [UInt8]) -> [UInt8] {
  var header = [UInt8](repeating: 0, count: 512)
  func put(_ text: String, at offset: Int) {
    header.replaceSubrange(offset..<(offset + text.utf8.count), with: Array(text.utf8))
  }
  put(name, at: 0)
  put(String(content.count, radix: 8), at: 124)
  put("        ", at: 148)
  put("0", at: 156)
  put("ustar", at: 257)
  put(String(header.reduce(0) { $0 + Int($1) }, radix: 8) + "\0", at: 148)
  return header + content + [UInt8](repeating: 0, count: 512 - content.count)
}

@Suite struct `A checkpoint with one thing wrong` {
  @Test(.timeLimit(.minutes(10)), arguments: Wrong.all)
  func `is refused with the code for it`(wrong: Wrong) {
    let error = #expect(throws: ReadError.self) {
      let checkpoint = try TorchCheckpoint(Bytes(copying: wrong.bytes))
      for group in checkpoint.groups { _ = try checkpoint.stateDict(at: group.keyPath) }
    }
    #expect(error?.code == wrong.code, "\(error?.description ?? "no error")")
    if let offset = wrong.offset { #expect(error?.offset == offset) }
  }

  @Test func `exists for every code`() {
    #expect(Set(Wrong.all.map(\.code)) == Set(TorchCheckpoint.errorCodes))
  }

  @Test func `is one that reads without it`() throws {
    for bytes in [checkpoint(), legacy(stateDict([("weight", legacyTensor())]))] {
      let state = try TorchCheckpoint(Bytes(copying: bytes)).stateDict(at: "")
      #expect(state.names == ["weight"])
      #expect(state["weight"]?.shape == [2, 2])
    }
    let inner = StoredZip.bytes([("__MACOSX/a.pth", []), ("a.pth", checkpoint())])
    #expect(try TorchCheckpoint(Bytes(copying: inner)).innerName == "a.pth")
  }
}
