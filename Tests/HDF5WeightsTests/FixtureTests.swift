import BinaryInput
import HDF5Weights
import TensorData
import TestSupport
import Testing

@Suite struct `A file that h5py or Keras wrote` {
  @Test(arguments: HDF5Catalogue.files)
  func `gives what they say is in it`(expected: HDF5Catalogue.File) throws {
    let mapped = try MappedFile(path: expected.path)
    if let code = expected.code {
      let error = #expect(throws: ReadError.self) { try HDF5File(mapped) }
      #expect(error?.code == ErrorCode(code), "\(error.map(String.init(describing:)) ?? "")")
      return
    }
    let file = try HDF5File(mapped)
    let entries = file.groups[0].entries
    let names = expected.tensors.map(\.name) + expected.failing.keys
    #expect(
      expected.isOrdered
        ? entries.map(\.name) == names : entries.map(\.name).sorted() == names.sorted())
    let refusals = Dictionary(
      uniqueKeysWithValues: file.refusals(ofGroup: 0).map { ($0.name, $0.error) })
    for (name, tensor) in expected.tensors {
      let entry = try #require(entries.first { $0.name == name })
      switch tensor {
      case .tensor(let type, let shape, _, let isPermuted):
        #expect(refusals[name] == nil)
        #expect(entry.shape == shape)
        #expect(entry.elementType?.rawValue == type)
        let read = try #require(try file.tensors([name], ofGroup: 0)[name])
        #expect(try tensor.difference(from: read) == nil, "\(name)")
        #expect(file.permutedNames.contains(name) == isPermuted, "\(name)")
      case .code(let code):
        #expect(entry == .init(name, shape: nil, elementType: nil))
        let error = #expect(throws: ReadError.self) { try file.tensors([name], ofGroup: 0) }
        #expect(
          error?.code == ErrorCode(code), "\(name): \(error.map(String.init(describing:)) ?? "")")
        #expect(error?.path == [name])
        #expect(refusals[name] == error)
      }
    }
    for (name, code) in expected.failing {
      let error = #expect(throws: ReadError.self) { try file.tensors([name], ofGroup: 0) }
      #expect(error?.code == ErrorCode(code), "\(name)")
    }
    let facts = Dictionary(uniqueKeysWithValues: file.facts.map { ($0.path, $0.value) })
    for (path, value) in expected.facts { #expect(facts[path] == value, "\(path)") }
    #expect(file.otherPaths.sorted() == expected.otherPaths.sorted())
  }
}
