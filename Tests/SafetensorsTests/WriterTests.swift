import BinaryInput
import Safetensors
import StrictJSON
import TensorData
import TestSupport
import Testing

private let folder = TemporaryFolder()

/// The bytes of a file with that content.
private func written(_ content: TensorFileContent, as name: String = #function) throws -> [UInt8] {
  let writer = try SafetensorsWriter(content)
  let path = folder.file("\(name.hashValue).safetensors")
  var output = try AtomicOutputFile(path: path, replacing: true)
  try writer.write(to: &output)
  try output.commit()
  let bytes = try MappedFile(path: path).bytes.array
  #expect(writer.byteCount == bytes.count)
  return bytes
}

/// A tensor whose bytes count up from a number.
private func tensor(
  _ name: String, _ type: ElementType = .f32, _ shape: [Int] = [1], from start: UInt8 = 0
) throws -> DeferredTensor {
  let byteCount = shape.reduce(1, *) * type.byteCount
  return DeferredTensor(
    try Tensor(
      elementType: type, shape: shape,
      storage: Bytes(copying: (0..<byteCount).map { start &+ UInt8(truncatingIfNeeded: $0) })),
    named: name)
}

/// A file taken apart: the header's text and the data.
private func parts(of bytes: [UInt8]) -> (header: String, data: [UInt8]) {
  let count = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
  return (String(decoding: bytes[8..<(8 + count)], as: UTF8.self), Array(bytes[(8 + count)...]))
}

private func trimmed(_ header: String) -> String {
  String(header.reversed().drop { $0 == " " }.reversed())
}

@Suite struct `A safetensors file that is written` {
  @Test func `is what the library writes, but for the spaces at the header's end`() throws {
    let original = try Fixture.bytes("safetensors/ordered.safetensors")
    let file = try SafetensorsFile(original, budget: WorkBudget())
    let names = file.groups[0].names.reversed()
    let tensors = try file.tensors(Array(names), ofGroup: 0)
    let found = parts(
      of: try written(
        TensorFileContent(tensors: tensors.map { DeferredTensor($0.tensor, named: $0.name) })))
    let expected = parts(of: original.array)
    #expect(trimmed(found.header) == trimmed(expected.header))
    #expect(found.data == expected.data)
  }

  @Test func `has everything that the library wrote again`() throws {
    for name in ["types", "shapes", "none", "none-but-metadata", "one", "numpy"] {
      let file = try SafetensorsFile(
        Fixture.bytes("safetensors/\(name).safetensors"), budget: WorkBudget())
      let refused = Set(file.refusals(ofGroup: 0).map(\.name))
      let names = file.groups[0].names.filter { !refused.contains($0) }
      let tensors = try file.tensors(names, ofGroup: 0)
      let content = TensorFileContent(
        tensors: tensors.map { DeferredTensor($0.tensor, named: $0.name) },
        properties: file.facts.map { .init($0.path, $0.value) })
      let again = try open(try written(content))
      #expect(Set(again.groups[0].names) == Set(names))
      #expect(
        again.facts.filter { $0.path != "format" } == file.facts.filter { $0.path != "format" })
      for (name, tensor) in try again.tensors(names, ofGroup: 0) {
        #expect(tensor.elementType == tensors[name]?.elementType)
        #expect(tensor.shape == tensors[name]?.shape)
        #expect(try tensor.contiguousBytes() == tensors[name]?.contiguousBytes())
      }
    }
  }

  @Test func `has aligned data, whole 64 bytes before the rest and wide elements before narrow`()
    throws
  {
    let tensors = [
      try tensor("odd", .u8, [3]), try tensor("b", .f32, [16]), try tensor("half", .f16, [5]),
      try tensor("a", .u8, [64]), try tensor("double", .f64, [1]), try tensor("empty", .f32, [0]),
      try tensor("c64", .c64, [3]), try tensor("B", .i64, [32, 1]), try tensor("single", .f32, [3]),
      try tensor("é", .u8, [128]), try tensor("", .bool, [1]),
    ]
    let bytes = try written(TensorFileContent(tensors: tensors))
    let file = try open(bytes)
    #expect(
      file.groups[0].names
        == ["B", "a", "b", "empty", "é", "c64", "double", "single", "half", "", "odd"])
    let (header, data) = parts(of: bytes)
    #expect((8 + header.utf8.count).isMultiple(of: 64))
    var offset = 8 + header.utf8.count
    for entry in file.groups[0].entries {
      let width = try #require(entry.elementType?.byteCount)
      let byteCount = try #require(entry.shape).reduce(width, *)
      #expect(offset.isMultiple(of: byteCount.isMultiple(of: 64) ? 64 : width), "\(entry.name)")
      offset += byteCount
    }
    #expect(offset == 8 + header.utf8.count + data.count)
  }

  @Test func `is the same whatever the order of the tensors`() throws {
    let tensors = [
      try tensor("b", from: 1), try tensor("a", from: 2), try tensor("c", .u8, [64], from: 3),
    ]
    let first = try written(TensorFileContent(tensors: tensors))
    #expect(try written(TensorFileContent(tensors: tensors.reversed())) == first)
  }

  @Test func `has a header whose end is a multiple of 64 for every length of a name`() throws {
    for count in 0..<70 {
      let name = String(repeating: "n", count: count)
      let bytes = try written(TensorFileContent(tensors: [try tensor(name, .u8, [1], from: 7)]))
      #expect((bytes.count - 1).isMultiple(of: 64))
      #expect(bytes.last == 7)
      let header = parts(of: bytes).header
      #expect(header.utf8.count - trimmed(header).utf8.count < 64)
    }
  }

  @Test func `has metadata first: format, properties in order, layers`() throws {
    let content = TensorFileContent(
      tensors: [], properties: [.init("z", "1\n\"é\u{202E}"), .init("a", "")],
      modules: [
        .init(path: "network.stem: 2.net", layer: "stem_2"), .init(path: "a", layer: "head \"x\""),
      ])
    #expect(
      trimmed(parts(of: try written(content)).header)
        == #"{"__metadata__":{"format":"pt","z":"1\n\"é\u202e","a":"","gpunet.layers":"#
        + #""{\"network.stem: 2.net\":\"stem_2\",\"a\":\"head \\\"x\\\"\"}"}}"#)
  }

  @Test func `leaves a property format as it is, and has the layers of the content alone`() throws {
    let old = TensorFileContent.Property(SafetensorsWriter.layersKey, "{}")
    let format = TensorFileContent.Property("format", "np")
    let kept = TensorFileContent(tensors: [], properties: [old, format])
    #expect(
      try open(written(kept)).facts
        == [
          TensorFact(path: "gpunet.layers", value: "{}"), TensorFact(path: "format", value: "np"),
        ])
    var replaced = kept
    replaced.modules = [.init(path: "a", layer: "b")]
    #expect(
      try open(written(replaced)).facts
        == [
          TensorFact(path: "format", value: "np"),
          TensorFact(path: "gpunet.layers", value: #"{"a":"b"}"#),
        ])
  }

  @Test func `has tied tensors each on its own`() throws {
    let tied = DeferredTensor(
      try Tensor(elementType: .u8, shape: [2], storage: Bytes(copying: [4, 5])), named: "b",
      original: "a")
    let bytes = try written(TensorFileContent(tensors: [try tensor("a", .u8, [2], from: 4), tied]))
    #expect(parts(of: bytes).data == [4, 5, 4, 5])
  }

  @Test func `has strided tensors in row-major order, and tensors that are made in parts`() throws {
    let storage = Bytes(copying: [1, 2, 3, 4, 5, 6])
    let transposed = try Tensor(
      elementType: .u8, shape: [3, 2], strides: [1, 3], storage: storage)
    let parts = DeferredTensor(name: "b", elementType: .u8, shape: [6]) {
      (body) throws(ReadError) in
      for start in stride(from: 0, to: 6, by: 2) { try body(storage[start..<(start + 2)]) }
    }
    let bytes = try written(
      TensorFileContent(tensors: [DeferredTensor(transposed, named: "a"), parts]))
    #expect(Array(bytes.suffix(12)) == [1, 4, 2, 5, 3, 6, 1, 2, 3, 4, 5, 6])
  }

  @Test func `is not written where a tensor cannot be made`() throws {
    let bad = DeferredTensor(name: "b", elementType: .u8, shape: [6]) { (_) throws(ReadError) in
      throw ReadError(.tensorBounds, "made up")
    }
    let path = folder.file("bad.safetensors")
    let error = #expect(throws: ReadError.self) {
      var output = try AtomicOutputFile(path: path, replacing: true)
      try SafetensorsWriter(TensorFileContent(tensors: [bad])).write(to: &output)
      try output.commit()
    }
    #expect(error?.code == .tensorBounds)
    #expect(!folder.names.contains("bad.safetensors"))
  }
}

/// What the format cannot hold.
private struct Unwritable: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let path: [String]
  let content: @Sendable () throws -> TensorFileContent

  init(
    _ text: String, path: [String], _ content: @escaping @Sendable () throws -> TensorFileContent
  ) {
    testDescription = text
    self.path = path
    self.content = content
  }

  static let longName = String(repeating: "é", count: 2_049)

  static let all = [
    Unwritable("pairs of doubles", path: ["a"]) {
      TensorFileContent(tensors: [try tensor("a", .c128)])
    },
    Unwritable("a tensor with the name of the metadata", path: ["__metadata__"]) {
      TensorFileContent(tensors: [try tensor("a"), try tensor("__metadata__")])
    },
    Unwritable("a name of 4098 bytes", path: [longName]) {
      TensorFileContent(tensors: [try tensor(longName)])
    },
    Unwritable("a property with a name of 4098 bytes", path: [longName]) {
      TensorFileContent(tensors: [], properties: [.init(longName, "")])
    },
    Unwritable("a name twice", path: ["a"]) {
      TensorFileContent(tensors: [try tensor("a"), try tensor("a", .u8)])
    },
    Unwritable("names that differ in normal form alone", path: ["\u{E9}"]) {
      TensorFileContent(tensors: [try tensor("\u{E9}"), try tensor("e\u{301}")])
    },
    Unwritable("a property twice", path: ["k"]) {
      TensorFileContent(tensors: [], properties: [.init("k", "1"), .init("k", "2")])
    },
    Unwritable("a module twice", path: ["m"]) {
      TensorFileContent(
        tensors: [], modules: [.init(path: "m", layer: "1"), .init(path: "m", layer: "2")])
    },
    Unwritable("more bytes than a file can have", path: ["b"]) {
      let huge = ["a", "b"].map { name in
        DeferredTensor(name: name, elementType: .u8, shape: [Int.max]) { (_) throws(ReadError) in }
      }
      return TensorFileContent(tensors: huge)
    },
  ]
}

@Suite struct `What the safetensors format cannot hold` {
  @Test(arguments: Unwritable.all) private func `is refused`(_ unwritable: Unwritable) throws {
    let content = try unwritable.content()
    let error = #expect(throws: ReadError.self) { try SafetensorsWriter(content) }
    #expect(error?.code == .safetensorsUnwritable)
    #expect(error?.code.kind == .request)
    #expect(error?.path == unwritable.path)
    #expect(error?.advice != nil)
  }

  @Test func `is no element type but one`() throws {
    for type in ElementType.allCases where type != .c128 {
      _ = try SafetensorsWriter(TensorFileContent(tensors: [try tensor("a", type)]))
    }
  }
}
