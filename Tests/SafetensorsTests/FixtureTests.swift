import BinaryInput
import Safetensors
import StrictJSON
import TensorData
import TestSupport
import Testing

/// What `files.json` says of a file that the safetensors library wrote.
private struct ListedFile: Sendable, CustomTestStringConvertible {
  let name: String
  let description: JSONValue

  var testDescription: String { name }

  static let all: [ListedFile] = {
    let list = try? JSONValue(parsing: Fixture.bytes("safetensors/files.json")).array
    return (list ?? []).map { ListedFile(name: $0["file"]?.string ?? "", description: $0) }
  }()
}

@Suite struct `A file that the safetensors library wrote` {
  @Test(arguments: ListedFile.all) private func `is read bit for bit`(listed: ListedFile) throws {
    let bytes = try Fixture.bytes("safetensors/\(listed.name)")
    #expect(SafetensorsFile.canRead(bytes))
    let file = try SafetensorsFile(bytes, budget: WorkBudget())
    let tensors = try #require(listed.description["tensors"]?.array).map { try ListedTensor($0) }
    try expect(file, has: tensors)
    let metadata = try #require(listed.description["metadata"]?.object)
    #expect(
      Set(file.facts)
        == Set(metadata.members.map { TensorFact(path: $0.key, value: $0.value.string ?? "") }))
    #expect(file.facts.count == metadata.members.count)
    #expect(file.formatName == "safetensors")
    #expect(file.innerName == nil)
    #expect(file.otherPaths == [])
  }

  @Test func `is one of all that are there`() {
    #expect(
      ListedFile.all.map(\.name).sorted()
        == Fixture.names(in: "safetensors").filter { $0.hasSuffix(".safetensors") }.sorted())
  }

  @Test func `has its tensors in the order of their data`() throws {
    for listed in ListedFile.all {
      let file = try SafetensorsFile(
        Fixture.bytes("safetensors/\(listed.name)"), budget: WorkBudget())
      let tensors = try #require(listed.description["tensors"]?.array).map { try ListedTensor($0) }
      // The library says nothing of the order of empty ones that lie in one place.
      #expect(
        file.groups[0].names.filter { name in
          tensors.contains { $0.name == name && !$0.bytes.isEmpty }
        }
          == tensors.filter { !$0.bytes.isEmpty }.map(\.name))
    }
  }

  @Test func `gives tensors in the order that is asked for, once each`() throws {
    let file = try SafetensorsFile(
      Fixture.bytes("safetensors/ordered.safetensors"), budget: WorkBudget())
    #expect(try file.tensors(["a", "d", "a", "c"], ofGroup: 0).names == ["a", "d", "c"])
    #expect(try file.tensors([], ofGroup: 0).isEmpty)
  }

  @Test func `shares its memory with its tensors`() throws {
    let bytes = try Fixture.bytes("safetensors/one.safetensors")
    let file = try SafetensorsFile(bytes, budget: WorkBudget())
    let tensor = try #require(try file.tensors(["weight"], ofGroup: 0)["weight"])
    let part = bytes[(bytes.count - tensor.byteCount)..<bytes.count]
    #expect(try tensor.contiguousBytes().isIdentical(to: part))
  }
}
