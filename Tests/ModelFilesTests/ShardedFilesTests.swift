import BinaryInput
import ModelFiles
import TensorData
import TestSupport
import Testing

private let shards = [
  "model.safetensors.index.json", "model-00001-of-00002.safetensors",
  "model-00002-of-00002.safetensors",
]

/// Copies files of `Fixtures/sharded` into a folder.
private func sharded(_ names: [String]) throws -> TemporaryFolder {
  let folder = TemporaryFolder()
  for name in names { _ = try folder.write(Fixture.bytes("sharded/\(name)").array, to: name) }
  return folder
}

@Suite struct `Weights in several files` {
  @Test(arguments: ["model.safetensors", "pytorch_model.bin"])
  func `are opened by their index, or by their folder`(name: String) throws {
    let index = try SourceFile(opening: Fixture.path("sharded/\(name).index.json"))
    let tensors = try NamedTensors(index)
    #expect(
      tensors.entries.map(\.name).sorted()
        == ["head.steps", "head.weight", "stem.bias", "stem.weight"])
    #expect(index.externalFiles.count == 2)
    var count = 0
    try tensors.forEach(tensors.entries) { (_, tensor) in count += tensor.byteCount }
    #expect(count == 44)
    let folder = try sharded(shards)
    let whole = try SourceFile(opening: folder.path)
    #expect(whole.formatName == "safetensors-sharded")
    #expect(whole.path == "\(folder.path)/model.safetensors.index.json")
  }

  @Test func `are one file where a folder has but one`() throws {
    let folder = try sharded([shards[1]])
    #expect(try SourceFile(opening: folder.path + "/").formatName == "safetensors")
  }

  @Test func `lack a file, which is named with the tensors that are in it`() throws {
    let folder = try sharded(Array(shards.prefix(2)))
    let error = #expect(throws: ReadError.self) { try SourceFile(opening: folder.path) }
    #expect(error?.code.rawValue == "shards.missing")
    #expect(
      error?.expected == "'model-00002-of-00002.safetensors', with 'head.weight' and 1 more tensor")
  }

  @Test func `have no file of another save beside them`() throws {
    let folder = try sharded(shards)
    _ = try folder.write([1], to: "model-00003-of-00003.safetensors")
    let error = #expect(throws: ReadError.self) { try SourceFile(opening: folder.path) }
    #expect(error?.code.rawValue == "shards.surplus")
    #expect(error?.found == "'model-00003-of-00003.safetensors'")
    // Other files do not matter.
    let other = try sharded(shards)
    _ = try other.write([1], to: "consolidated.safetensors")
    #expect(try SourceFile(opening: other.path).formatName == "safetensors-sharded")
  }
}
