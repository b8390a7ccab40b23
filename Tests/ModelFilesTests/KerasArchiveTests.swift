import BinaryInput
import ModelFiles
import TestSupport
import Testing
import ZipArchive

@Suite struct `A model that Keras 3 saved` {
  private let folder = TemporaryFolder()

  private func open(_ bytes: [UInt8]) throws -> SourceFile {
    try SourceFile(opening: folder.write(bytes, to: "model.keras"))
  }

  @Test(arguments: ["model.keras", "deflated.keras"])
  func `has the tensors of the weights in it`(name: String) throws {
    let source = try SourceFile(opening: Fixture.path("hdf5/\(name)"))
    #expect(source.formatName == "keras")
    #expect(source.innerName == "model.weights.h5")
    let tensors = try NamedTensors(source)
    let expected = HDF5Catalogue.archive.tensors
    #expect(expected.count == 3)
    #expect(tensors.entries.map(\.name).sorted() == expected.map(\.name).sorted())
    for (name, tensor) in expected {
      let entry = try #require(tensors.entries.first { $0.name == name })
      #expect(try tensor.difference(from: tensors.tensor(entry)) == nil, "\(name)")
    }
  }

  @Test func `is an error where it is cut`() throws {
    let bytes = try Fixture.bytes("hdf5/model.keras").array
    for count in series(bytes.count, debugStep: 211) {
      let error = #expect(throws: ReadError.self, "\(count)") { try open(Array(bytes[..<count])) }
      let kind = error?.code.rawValue.split(separator: ".").first
      #expect(["zip", "detect", "pth"].contains(kind), "\(count): \(String(describing: error))")
    }
  }

  @Test(arguments: ["model.keras", "deflated.keras"])
  func `is an error where the weights do not have their checksum`(name: String) throws {
    var bytes = try Fixture.bytes("hdf5/\(name)").array
    let archive = try ZipArchive(Bytes(copying: bytes), profile: .general)
    let entry = try #require(archive.entry(named: "model.weights.h5"))
    bytes[entry.dataOffset + entry.compressedByteCount / 2] ^= 1
    let error = #expect(throws: ReadError.self) { try open(bytes) }
    #expect(["zip.crc", "zip.deflate"].contains(error?.code.rawValue))
    #expect(error?.path == [folder.file("model.keras"), "model.weights.h5"])
  }

  @Test func `is an error where the weights are none`() throws {
    let error = #expect(throws: ReadError.self) {
      try open(StoredZip.bytes([("config.json", [0x7B, 0x7D]), ("model.weights.h5", [1, 2, 3])]))
    }
    #expect(error?.code.rawValue == "h5.malformed")
    #expect(error?.path == [folder.file("model.keras"), "model.weights.h5"])
  }

  @Test func `costs its budget`() throws {
    var options = SourceFile.Options()
    options.maximumByteCount = 1_000
    let error = #expect(throws: ReadError.self) {
      try SourceFile(opening: Fixture.path("hdf5/model.keras"), options: options)
    }
    #expect(error?.code.rawValue == "work.budget")
  }
}
