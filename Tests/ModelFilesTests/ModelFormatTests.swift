import BinaryInput
import ModelFiles
import TestSupport
import Testing

@Suite struct `The table of formats` {
  @Test func `knows every format once, and no ending twice`() {
    #expect(Set(ModelFormat.all.map(\.name)).count == ModelFormat.all.count)
    let suffixes = ModelFormat.all.flatMap(\.suffixes)
    #expect(Set(suffixes).count == suffixes.count)
    #expect(suffixes.allSatisfy { $0.hasPrefix(".") })
  }

  @Test(
    arguments: [
      ("a.gpw", "gpw"), ("dir/a.onnx", "onnx"), ("a.pth", "pytorch"), ("a", nil), ("a.GPW", "gpw"),
    ] as [(String, String?)])
  func `tells by its name what a file is to be written as`(path: String, format: String?) {
    #expect(ModelFormat.written(as: path)?.name == format)
  }

  @Test(arguments: [
    ("0.65ms.pth.tar", "0.65ms"), ("a.tar", "a.tar"), ("A.PTH", "A"), (".pth", ".pth"),
    ("a.onnx", "a"), ("a.b.gpw", "a.b"), ("plain", "plain"),
  ])
  func `takes off the ending that tells a format`(name: String, base: String) {
    #expect(ModelFormat.baseName(of: name) == base)
  }

  @Test(arguments: [
    ("checkpoints/bare.pth", "pytorch", "pytorch-zip"),
    ("checkpoints/legacy.pth", "pytorch", "pytorch-legacy"),
    ("onnx/plain-opset10.onnx", "onnx", "onnx"), ("gpw/mixed.gpw", "gpw", "gpw"),
    ("hdf5/model.keras", "keras", "keras"),
  ])
  func `tells a format by what is in a file`(file: String, format: String, name: String) throws {
    let source = try SourceFile(opening: Fixture.path(file))
    #expect(source.format.name == format)
    #expect(source.formatName == name)
  }

  @Test func `refuses what no format takes, naming those that are read`() throws {
    let folder = TemporaryFolder()
    let path = try folder.write([1, 2, 3], to: "a.pth")
    let error = #expect(throws: ReadError.self) { try SourceFile(opening: path) }
    #expect(error?.code.rawValue == "detect.foreign")
    #expect(
      error?.expected == """
        a PyTorch checkpoint, an .npz file, a Keras archive, an ONNX file, an index of weights in \
        several files, an HDF5 file, a safetensors file or a .gpw file
        """)
    #expect(error?.path == [path])
  }

  /// Beginnings as protobuf files of other programs have them.
  @Test(
    arguments: [
      ([0x08, 0x01, 0x12, 0x09] + Array("\u{4}type serve".utf8), "SavedModel"),
      ([0x08, 0x05, 0x12, 0x10] + Array("com.apple.CoreML".utf8), "Core ML"),
    ] as [([UInt8], String)])
  func `names what only begins as a format does`(content: [UInt8], words: String) throws {
    let folder = TemporaryFolder()
    let path = try folder.write(content, to: "a.onnx")
    let error = #expect(throws: ReadError.self) { try SourceFile(opening: path) }
    #expect(error?.code == .detectForeign)
    #expect(error?.what.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func `tells what a folder is`() throws {
    let folder = TemporaryFolder()
    for name in [".metadata", "__0_0.distcp"] { _ = try folder.write([1], to: name) }
    let error = #expect(throws: ReadError.self) { try SourceFile(opening: folder.path) }
    #expect(error?.advice?.contains("dcp_to_torch") == true)
  }
}
