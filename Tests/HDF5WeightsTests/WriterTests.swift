import BinaryInput
import Glibc
import HDF5Weights
import TensorData
import TestSupport
import Testing

@Suite struct `Written HDF5 files` {
  private let folder = TemporaryFolder()

  private func tensor(
    _ name: String, _ type: ElementType, _ shape: [Int], original: String? = nil,
    seed: UInt64 = 1
  ) throws -> DeferredTensor {
    var generator = SeededGenerator(seed: seed)
    let byteCount = shape.reduce(type.byteCount, *)
    // Long tensors repeat themselves after a prime number of bytes, so that no two rows are alike.
    let block = (0..<min(byteCount, 4_099)).map { _ in
      UInt8.random(in: 0...(type == .bool ? 1 : 40), using: &generator)
    }
    var bytes: [UInt8] = []
    while bytes.count < byteCount { bytes += block }
    bytes.removeLast(bytes.count - byteCount)
    return DeferredTensor(
      try Tensor(elementType: type, shape: shape, storage: Bytes(copying: bytes)), named: name,
      original: original)
  }

  private func write(
    _ content: TensorFileContent, to name: String, options: HDF5Writer.Options = .init()
  ) throws -> String {
    var output = try AtomicOutputFile(path: folder.file(name), replacing: true)
    try HDF5Writer(content, options: options).write(to: &output)
    try output.commit()
    return folder.file(name)
  }

  private func expectSame(_ path: String, _ content: TensorFileContent) throws {
    let file = try HDF5File(MappedFile(path: path), options: .init(kernelLayout: .oihw))
    #expect(file.groups[0].names.sorted() == content.tensors.map(\.name).sorted())
    let read = try file.tensors(file.groups[0].names, ofGroup: 0)
    for expected in content.tensors {
      let found = try #require(read[expected.name])
      #expect(found.elementType == expected.elementType)
      #expect(found.shape == expected.shape)
      let bytes = try found.contiguousBytes()
      var position = 0
      try expected.forEachPart { (part) throws(ReadError) in
        #expect(bytes[position..<(position + part.count)] == part, "\(expected.name)")
        position += part.count
      }
      #expect(position == bytes.count)
    }
  }

  @Test(arguments: [0, 1, 4, 9])
  func `have every type and shape at several levels`(compression: Int) throws {
    var tensors: [DeferredTensor] = []
    for type in ElementType.allCases where !type.rawValue.hasPrefix("f8") {
      for shape in [[], [0, 3], [1], [7], [3, 500], [1, 1, 1, 600]] {
        let name = "\(type.rawValue).\(shape.map(String.init).joined(separator: "x"))_"
        tensors.append(try tensor(name, type, shape))
      }
    }
    let content = TensorFileContent(tensors: tensors)
    let path = try write(content, to: "types.h5", options: .init(compression: compression))
    try expectSame(path, content)
  }

  @Test func `keep long tensors in several chunks, and smaller ones small`() throws {
    let content = TensorFileContent(tensors: [
      try tensor("rows", .f32, [600, 301]), try tensor("long", .u8, [600_000]),
      try tensor("wide", .f32, [2, 3, 44_000]),
    ])
    for compression in [0, 1] {
      let path = try write(content, to: "long.h5", options: .init(compression: compression))
      try expectSame(path, content)
      let byteCount = try MappedFile(path: path).bytes.count
      let wholeByteCount = try HDF5Writer(content).byteCount
      #expect((byteCount < wholeByteCount * 4 / 5) == (compression > 0))
    }
  }

  @Test func `keep names, their order, properties and layers`() throws {
    let names = [
      "network.stage: 1 layer3.conv.weight", "network.stage: 1 layer3.conv.bias",
      "network. head.weight",
      "z", "a", "a.b", "a.b.c", "x..y", ".x", "x.", "ä.ö",
    ]
    let content = TensorFileContent(
      tensors: try names.enumerated().map { try tensor($1, .f32, [2], seed: UInt64($0)) },
      properties: [.init("gpunet.source", "größe.pth"), .init("empty", "")],
      modules: [
        .init(path: "network.stage: 1 layer3", layer: "conv_k3"),
        .init(path: "bare", layer: "head"),
        .init(path: "a.b", layer: "of a tensor"),
      ])
    let path = try write(content, to: "names.h5")
    try expectSame(path, content)
    let file = try HDF5File(MappedFile(path: path))
    // Groups come where their first tensor does.
    #expect(
      file.groups[0].names == [
        "network.stage: 1 layer3.conv.weight", "network.stage: 1 layer3.conv.bias",
        "network. head.weight", "z", "a", "a.b", "a.b.c", "x..y", ".x", "x.", "ä.ö",
      ])
    #expect(
      file.facts == [
        TensorFact(path: "gpunet.source", value: "größe.pth"), TensorFact(path: "empty", value: ""),
        TensorFact(path: "gpunet.layout-of-kernels", value: "oihw"),
        TensorFact(path: "gpunet.layer.a.b", value: "of a tensor"),
        TensorFact(path: "network.stage: 1 layer3@layer", value: "conv_k3"),
        TensorFact(path: "bare@layer", value: "head"),
      ])
  }

  @Test func `keep tied tensors tied`() throws {
    let content = TensorFileContent(tensors: [
      try tensor("a.weight", .f32, [3, 4]),
      try tensor("b.weight", .f32, [3, 4], original: "a.weight"),
    ])
    let file = try HDF5File(MappedFile(path: write(content, to: "tied.h5")))
    let tied = file.groups[0].entries.filter { $0.original != nil }
    #expect(tied.map { [$0.name, $0.original] } == [["b.weight", "a.weight"]])
    let read = try file.tensors(["a.weight", "b.weight"], ofGroup: 0)
    let first = try #require(read["a.weight"]).contiguousBytes()
    #expect(try #require(read["b.weight"]).contiguousBytes().isIdentical(to: first))
  }

  @Test func `have the same bytes for the same content`() throws {
    let content = TensorFileContent(
      tensors: [try tensor("a.weight", .f32, [300, 40]), try tensor("b", .bool, [3])],
      properties: [.init("key", "value")])
    let first = try MappedFile(path: write(content, to: "first.h5")).bytes
    #expect(try MappedFile(path: write(content, to: "second.h5")).bytes == first)
  }

  @Test func `have attributes that are longer than an object header`() throws {
    let text = String(repeating: "0123456789", count: 20_000)
    let content = TensorFileContent(
      tensors: [try tensor("a", .f32, [1])], properties: [.init("long", text)])
    let file = try HDF5File(MappedFile(path: write(content, to: "long.h5")))
    #expect(file.facts.contains(TensorFact(path: "long", value: text)))
  }

  @Test func `replace a file that nobody may write`() throws {
    let path = try folder.write([1], to: "closed.h5")
    #expect(unsafe chmod(path, 0o444) == 0)
    let content = TensorFileContent(tensors: [try tensor("a", .f32, [1])])
    _ = try write(content, to: "closed.h5")
    try expectSame(path, content)
    var status = stat()
    #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o777 == 0o444)
  }

  private struct Unwritable: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let tensors: [(String, ElementType, [Int])]
    var properties: [TensorFileContent.Property] = []
    var compression = 4
    let path: [String]

    static let all = [
      Self(testDescription: "a slash", tensors: [("a/b", .f32, [1])], path: ["a/b"]),
      Self(testDescription: "no name", tensors: [("", .f32, [1])], path: ["''"]),
      Self(testDescription: "a dot", tensors: [(".", .f32, [1])], path: ["."]),
      Self(testDescription: "a zero byte", tensors: [("a\0", .f32, [1])], path: ["a\0"]),
      Self(testDescription: "8 bits", tensors: [("a", .f8e5m2, [1])], path: ["a"]),
      Self(
        testDescription: "33 axes", tensors: [("a", .f32, [Int](repeating: 1, count: 33))],
        path: ["a"]),
      Self(testDescription: "level 10", tensors: [], compression: 10, path: []),
      Self(testDescription: "no key", tensors: [], properties: [.init("", "")], path: []),
      Self(
        testDescription: "a long text", tensors: [],
        properties: [.init("a", String(repeating: "a", count: 1 << 24 + 1))], path: ["a"]),
    ]
  }

  @Test(arguments: Unwritable.all)
  private func `are refused before anything is written`(example: Unwritable) throws {
    let content = TensorFileContent(
      tensors: try example.tensors.map { try tensor($0, $1, $2) }, properties: example.properties)
    let error = #expect(throws: ReadError.self) {
      try HDF5Writer(content, options: .init(compression: example.compression))
    }
    #expect(error?.code == ErrorCode("h5.unwritable"))
    #expect(error?.code.kind == .request)
    #expect(error?.path == example.path)
  }

  @Test func `cannot be a device`() throws {
    var output = try AtomicOutputFile(path: "/dev/null", replacing: true)
    let error = #expect(throws: ReadError.self) {
      try HDF5Writer(TensorFileContent(tensors: [])).write(to: &output)
    }
    #expect(error?.code == ErrorCode("h5.unwritable"))
    #expect(error?.path == ["/dev/null"])
  }

  @Test func `end with what making a tensor throws, and leave nothing`() throws {
    let failing = DeferredTensor(name: "a", elementType: .f32, shape: [1_000_000]) {
      (body) throws(ReadError) in
      try body(Bytes(copying: [UInt8](repeating: 0, count: 1_000_000)))
      throw ReadError(ErrorCode("test.source"), "no more")
    }
    let error = #expect(throws: ReadError.self) {
      try write(TensorFileContent(tensors: [failing]), to: "half.h5")
    }
    #expect(error?.code == ErrorCode("test.source"))
    #expect(folder.names == [])
  }
}
