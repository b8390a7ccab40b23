import BinaryInput
import NumPyArrays
import TensorData
import TestSupport
import Testing
import ZipArchive

@Suite struct `An archive of arrays that is written` {
  @Test(arguments: ["arrays.npz", "one.npz"])
  func `is what NumPy writes, byte for byte`(file: String) throws {
    let tensors = try ContainerCatalogue.tensors(of: file).map { try $0.deferred }
    let writer = try NumPyArchiveWriter(
      TensorFileContent(
        tensors: tensors, properties: [.init("made.by", "hand")],
        modules: [.init(path: "head", layer: "linear")]))
    #expect(try writer.bytes() == Fixture.bytes("containers/\(file)").array)
    #expect(try writer.bytesThroughPipe() == Fixture.bytes("containers/\(file)").array)
  }

  @Test func `has each of two tensors that share memory`() throws {
    let tensor = try Tensor(elementType: .u8, shape: [2], storage: Bytes(copying: [1, 2]))
    let writer = try NumPyArchiveWriter(
      TensorFileContent(tensors: [
        DeferredTensor(tensor, named: "a"), DeferredTensor(tensor, named: "b", original: "a"),
      ]))
    let archive = try NumPyArchive(Bytes(copying: writer.bytes()))
    #expect(archive.names == ["a", "b"])
    #expect(try archive.tensor(named: "b")?.doubles() == [1, 2])
  }

  @Test(arguments: [
    ElementType.bf16, .f8e4m3fn, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0fnu,
  ])
  func `has no type that NumPy lacks`(type: ElementType) throws {
    let tensor = try Tensor(elementType: type, shape: [0], storage: .empty)
    let error = #expect(throws: ReadError.self) {
      try NumPyArchiveWriter(TensorFileContent(tensors: [DeferredTensor(tensor, named: "head.w")]))
    }
    #expect(error?.code == .npzUnwritable)
    #expect(error?.path == ["head.w"])
    #expect(error?.found == type.rawValue)
    #expect(error?.remedy == .convertElements)
  }

  @Test(arguments: ["/a", "a\\b", "../a", "a\0", String(repeating: "a", count: 4_093)])
  func `has no name that no archive has`(name: String) throws {
    let tensor = try Tensor(elementType: .u8, shape: [0], storage: .empty)
    let error = #expect(throws: ReadError.self) {
      try NumPyArchiveWriter(TensorFileContent(tensors: [DeferredTensor(tensor, named: name)]))
    }
    #expect(error?.code == .zipUnwritable)
  }

  @Test func `is no larger than any file`() {
    for byteCount in [Int.max, Int.max - 200] {
      let huge = DeferredTensor(name: "a", elementType: .u8, shape: [byteCount]) { _ in }
      let error = #expect(throws: ReadError.self) {
        try NumPyArchiveWriter(TensorFileContent(tensors: [huge]))
      }
      #expect(error?.code == .zipUnwritable)
    }
  }
}
