import BinaryInput
package import TensorData

/// The instructions of pickles, spelt out byte by byte from Python's `pickletools`.
package enum Op {
  package static let mark: [UInt8] = [0x28]
  package static let tuple: [UInt8] = [0x74]
  package static let emptyTuple: [UInt8] = [0x29]
  package static let tuple1: [UInt8] = [0x85]
  package static let tuple2: [UInt8] = [0x86]
  package static let emptyList: [UInt8] = [0x5D]
  package static let append: [UInt8] = [0x61]
  package static let appends: [UInt8] = [0x65]
  package static let emptyDictionary: [UInt8] = [0x7D]
  package static let setItem: [UInt8] = [0x73]
  package static let setItems: [UInt8] = [0x75]
  package static let emptySet: [UInt8] = [0x8F]
  package static let addItems: [UInt8] = [0x90]
  package static let none: [UInt8] = [0x4E]
  package static let no: [UInt8] = [0x89]
  package static let reduce: [UInt8] = [0x52]
  package static let build: [UInt8] = [0x62]
  package static let newObject: [UInt8] = [0x81]
  package static let persistentID: [UInt8] = [0x51]
  package static let stackGlobal: [UInt8] = [0x93]
  package static let memoize: [UInt8] = [0x94]
  package static let stop: [UInt8] = [0x2E]

  package static func global(_ module: String, _ name: String) -> [UInt8] {
    [0x63] + Array("\(module)\n\(name)\n".utf8)
  }

  package static func text(_ text: String) -> [UInt8] {
    [0x58] + little(text.utf8.count, 4) + Array(text.utf8)
  }

  package static func integer(_ value: Int) -> [UInt8] {
    Int32(exactly: value) != nil ? [0x4A] + little(value, 4) : [0x8A, 8] + little(value, 8)
  }

  /// 2⁸⁰.
  package static let largeInteger: [UInt8] = [0x8A, 11] + [UInt8](repeating: 0, count: 10) + [1]

  package static func put(_ index: UInt8) -> [UInt8] { [0x71, index] }
  package static func get(_ index: UInt8) -> [UInt8] { [0x68, index] }

  package static func tupleOf(_ parts: [[UInt8]]) -> [UInt8] {
    mark + parts.flatMap(\.self) + tuple
  }

  package static func call(_ module: String, _ name: String, _ arguments: [[UInt8]]) -> [UInt8] {
    global(module, name) + tupleOf(arguments) + reduce
  }

  package static func dictionary(_ items: [([UInt8], [UInt8])]) -> [UInt8] {
    emptyDictionary + mark + items.flatMap { $0.0 + $0.1 } + setItems
  }

  package static func little(_ value: Int, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// A whole pickle of protocol 2.
package func pickle(_ instructions: [UInt8]) -> [UInt8] {
  [0x80, 2] + instructions + Op.stop
}

/// A reference to a storage as zip checkpoints have it.
package func storage(
  _ key: String = "0", _ type: String = "FloatStorage", count: Int = 4, location: String = "cpu"
) -> [UInt8] {
  Op.tupleOf([
    Op.text("storage"), Op.global("torch", type), Op.text(key), Op.text(location),
    Op.integer(count),
  ]) + Op.persistentID
}

/// A tensor over a storage.
package func tensor(
  _ storage: [UInt8] = storage(), offset: [UInt8] = Op.integer(0), shape: [Int] = [2, 2],
  strides: [Int] = [2, 1]
) -> [UInt8] {
  Op.call(
    "torch._utils", "_rebuild_tensor_v2",
    [
      storage, offset, Op.tupleOf(shape.map(Op.integer)), Op.tupleOf(strides.map(Op.integer)),
      Op.no, Op.call("collections", "OrderedDict", []),
    ])
}

/// The instructions of a state dict.
package func stateDict(_ tensors: [(String, [UInt8])] = [("weight", tensor())]) -> [UInt8] {
  Op.dictionary(tensors.map { (Op.text($0.0), $0.1) })
}

/// A checkpoint in the zip format.
package func checkpoint(
  _ instructions: [UInt8] = stateDict(), storages: [(String, Int)] = [("0", 16)],
  version: String? = "3\n", byteOrder: String? = "little", extra: [(String, [UInt8])] = [],
  root: String = "archive"
) -> [UInt8] {
  checkpoint(
    pickle: pickle(instructions), storages: storages, version: version, byteOrder: byteOrder,
    extra: extra, root: root)
}

/// A checkpoint whose pickle is any bytes.
package func checkpoint(
  pickle: [UInt8], storages: [(String, Int)] = [("0", 16)], version: String? = "3\n",
  byteOrder: String? = "little", extra: [(String, [UInt8])] = [], root: String = "archive"
) -> [UInt8] {
  var entries = [(name: "\(root)/data.pkl", content: pickle)]
  if let byteOrder { entries.append(("\(root)/byteorder", Array(byteOrder.utf8))) }
  for (key, byteCount) in storages {
    entries.append(("\(root)/data/\(key)", (0..<byteCount).map { UInt8($0 % 256) }))
  }
  if let version { entries.append(("\(root)/version", Array(version.utf8))) }
  return StoredZip.bytes(entries + extra.map { (name: $0.0, content: $0.1) })
}

/// A stream as PyTorch wrote it before version 1.6.
package func legacy(
  _ instructions: [UInt8], keys: [String] = ["0"],
  storages: [(count: Int, byteCount: Int)] = [(4, 16)],
  version: Int = 1001, facts: [UInt8] = Op.dictionary([(Op.text("little_endian"), [0x88])]),
  trailing: [UInt8] = []
) -> [UInt8] {
  let magic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]
  let keyList = Op.emptyList + Op.mark + keys.flatMap(Op.text) + Op.appends
  return magic + pickle(Op.integer(version)) + pickle(facts) + pickle(instructions)
    + pickle(keyList)
    + storages.flatMap { Op.little($0.count, 8) + [UInt8](repeating: 7, count: $0.byteCount) }
    + trailing
}

/// A tensor as the legacy stream refers to it; `view` is the description of a view, or `None`.
package func legacyTensor(_ key: String = "0", view: [UInt8] = Op.none) -> [UInt8] {
  tensor(
    Op.tupleOf([
      Op.text("storage"), Op.global("torch", "FloatStorage"), Op.text(key), Op.text("cpu"),
      Op.integer(4), view,
    ]) + Op.persistentID)
}

/// A checkpoint in the zip format that holds these tensors, written out contiguously; where there
/// is something `beside` them, they are under `state_dict`.
package func checkpoint(_ state: StateDict, beside other: [UInt8]? = nil) throws -> [UInt8] {
  let classes: [ElementType: String] = [
    .f64: "Double", .f32: "Float", .f16: "Half", .bf16: "BFloat16", .i64: "Long",
  ]
  var entries: [(String, [UInt8])] = []
  var tensors: [(String, [UInt8])] = []
  for (index, element) in state.enumerated() {
    let value = element.tensor
    let content = try value.contiguousBytes().array
    entries.append(("archive/data/\(index)", content))
    tensors.append(
      (
        element.name,
        tensor(
          storage("\(index)", "\(classes[value.elementType]!)Storage", count: value.elementCount),
          shape: value.shape, strides: Tensor.contiguousStrides(of: value.shape))
      ))
  }
  let dictionary = stateDict(tensors)
  let root =
    other.map { Op.dictionary([(Op.text("other"), $0), (Op.text("state_dict"), dictionary)]) }
    ?? dictionary
  return checkpoint(root, storages: [], extra: entries)
}
