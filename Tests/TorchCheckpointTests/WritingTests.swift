import BinaryInput
import Digests
import TensorData
import TestSupport
import Testing
import TorchCheckpoint
import ZipArchive

/// What a file that PyTorch wrote is written from, tensors that share memory found by their memory.
private func content(of state: StateDict) throws -> TensorFileContent {
  var known: [(name: String, bytes: Bytes, tensor: Tensor)] = []
  var tensors: [DeferredTensor] = []
  for (name, tensor) in state {
    let bytes = try tensor.contiguousBytes()
    let original = known.first {
      !bytes.span.isEmpty && $0.bytes.isIdentical(to: bytes)
        && $0.tensor.elementType == tensor.elementType && $0.tensor.shape == tensor.shape
    }
    known.append((name, bytes, tensor))
    tensors.append(DeferredTensor(tensor, named: name, original: original?.name))
  }
  return TensorFileContent(tensors: tensors)
}

private func numbered(_ digest: ContainerCatalogue.Digest) throws -> TensorFileContent {
  TensorFileContent(
    tensors: try (0..<digest.count).map { index in
      DeferredTensor(
        try Tensor(
          elementType: .i64, shape: [1], storage: Bytes(copyingElements: [Int64(index)])),
        named: digest.isNested ? "m\(index).t\(index)" : "t\(index)")
    })
}

@Suite struct `A state dict that is written` {
  @Test(arguments: ContainerCatalogue.stateDicts)
  func `is what PyTorch writes, byte for byte`(file: String) throws {
    let tensors = try ContainerCatalogue.tensors(of: file).map { try $0.deferred }
    let writer = try TorchWriter(
      TensorFileContent(
        tensors: tensors, properties: [.init("made.by", "hand")],
        modules: [.init(path: "head", layer: "linear")]),
      rootName: String(file.dropLast(4)))
    #expect(try writer.bytes() == Fixture.bytes("containers/\(file)").array)
    #expect(try writer.bytesThroughPipe() == Fixture.bytes("containers/\(file)").array)
  }

  @Test(arguments: ContainerCatalogue.digests.filter { isOptimised || $0.count < 3_000 })
  func `is what PyTorch writes, however many tensors it has`(
    digest: ContainerCatalogue.Digest
  ) throws {
    let writer = try TorchWriter(numbered(digest), rootName: "archive")
    #expect(writer.byteCount == digest.byteCount)
    #expect(try SHA256.hexDigest(of: Bytes(copying: writer.bytes())) == digest.sha256)
  }

  /// State dicts of modules that PyTorch saved, among them ones without tensors, which only
  /// `_metadata` has.
  @Test(arguments: [
    "original/plain", "original/plain-stride2-er", "original/distilled",
    "original/distilled-large-head", "checkpoints/f16", "checkpoints/bf16", "checkpoints/f64",
  ])
  func `differs from PyTorch's in modules without tensors alone`(name: String) throws {
    let bytes = try Fixture.bytes("\(name).pth")
    let original = try ZipArchive(bytes, profile: .strict)
    let root = try #require(original.entries.first?.name.split(separator: "/").first)
    let state = try TorchCheckpoint(bytes).stateDict(at: "")
    let writer = try TorchWriter(content(of: state), rootName: String(root))
    let written = Bytes(copying: try writer.bytes())
    let archive = try ZipArchive(written, profile: .strict)
    #expect(archive.entries.map(\.name) == original.entries.map(\.name))
    for (entry, other) in zip(archive.entries, original.entries) {
      let contents = try archive.contents(of: entry).array
      let expected = try original.contents(of: other).array
      if entry.name == "\(root)/data.pkl" {
        // Up to the attributes of the dictionary, which are the last of it.
        let mark = Array("_metadata".utf8)
        let start = try #require(
          expected.indices.first { expected[$0...].starts(with: mark) })
        #expect(contents.prefix(start) == expected.prefix(start))
      } else if entry.name == "\(root)/.data/serialization_id" {
        #expect(contents.prefix(20) == expected.prefix(20))
      } else {
        #expect(contents == expected, "\(entry.name)")
      }
    }
  }

  @Test(arguments: ContainerCatalogue.stateDicts)
  func `reads as what went into it`(file: String) throws {
    let tensors = ContainerCatalogue.tensors(of: file)
    let writer = try TorchWriter(
      TensorFileContent(tensors: try tensors.map { try $0.deferred }), rootName: "a")
    let checkpoint = try TorchCheckpoint(Bytes(copying: writer.bytes()))
    let state = try checkpoint.stateDict(at: "")
    #expect(state.names == tensors.map(\.name))
    for tensor in tensors {
      let found = state[tensor.name]
      let difference = try tensor.difference(from: found)
      #expect(difference == nil)
      guard let original = tensor.original else { continue }
      let bytes = try #require(try found?.contiguousBytes())
      #expect(try state[original]?.contiguousBytes().isIdentical(to: bytes) == true)
    }
  }

  @Test func `is in a folder of the name that PyTorch gives it`() throws {
    let long = String(repeating: "a", count: 255)
    for (name, expected) in [
      ("model", "model"), ("a b.c", "a b.c"), (long, long), ("é", "archive"), ("", "archive"),
      ("a/b", "archive"), ("a\\b", "archive"), (".", "archive"), ("..", "archive"),
      ("a\n", "archive"), (long + "a", "archive"),
    ] {
      let writer = try TorchWriter(TensorFileContent(tensors: []), rootName: name)
      #expect(writer.rootName == expected)
      let archive = try ZipArchive(Bytes(copying: writer.bytes()), profile: .strict)
      #expect(archive.entries[0].name == "\(expected)/data.pkl")
    }
  }

  @Test func `is not read when it is cut anywhere`() throws {
    let bytes = try Fixture.bytes("containers/one.pth").array
    for count in bytes.indices {
      #expect(throws: ReadError.self, "\(count) bytes") {
        try TorchCheckpoint(Bytes(copying: Array(bytes.prefix(count))))
      }
    }
  }

  @Test(arguments: [
    ("", "too long"), (String(repeating: "a", count: 4_097), "too long"),
  ])
  func `has no name that no state dict has`(name: String, words: String) {
    let error = #expect(throws: ReadError.self) { try Self.writer([name]) }
    #expect(error?.code == .torchUnwritable)
    #expect(error?.path == [name.escapedForDisplay(limit: 100)])
    #expect(error?.description.contains(words) == true)
  }

  @Test func `has no more modules than can be nested`() throws {
    let dots = String(repeating: ".", count: 4_090)
    // In each, 4090 modules whose paths have 2 KiB on average.
    let names = (0..<9).map { String(UnicodeScalar(UInt8(0x61 + $0))) + dots + "a" }
    _ = try Self.writer([names[0]])
    let error = #expect(throws: ReadError.self) { try Self.writer(names) }
    #expect(error?.code == .torchUnwritable)
    #expect(error?.expected?.contains("paths") == true)
  }

  @Test func `is no larger than any file`() {
    let parts: DeferredTensor.Parts = { _ in }
    let huge = ["a", "b"].map {
      DeferredTensor(name: $0, elementType: .u8, shape: [Int.max - 100_000], parts: parts)
    }
    let error = #expect(throws: ReadError.self) {
      try TorchWriter(TensorFileContent(tensors: huge), rootName: "a")
    }
    #expect(error?.code == .zipUnwritable)
  }

  @Test func `has each of many modules inside one another once`() throws {
    let prefix = String(repeating: "a.", count: 1_500)
    let one = try Self.writer(["\(prefix)0"]).byteCount
    let two = try Self.writer(["\(prefix)0", "\(prefix)1"]).byteCount
    #expect(two - one < 4_000)
  }

  private static func writer(_ names: [String]) throws(ReadError) -> TorchWriter {
    let tensor = try Tensor(elementType: .u8, shape: [0], storage: .empty)
    return try TorchWriter(
      TensorFileContent(tensors: names.map { DeferredTensor(tensor, named: $0) }), rootName: "a")
  }
}
