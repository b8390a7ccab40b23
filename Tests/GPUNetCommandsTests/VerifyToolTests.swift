import BinaryInput
import GPWFormat
import Glibc
import StrictJSON
import TestSupport
import Testing

@Suite struct `gpunet-verify` {
  /// A converted fixture.
  private static func converted(in folder: TemporaryFolder, _ options: String...) throws -> String {
    let path = folder.file("model.gpw")
    let result = try Tool.run(
      "gpunet-convert",
      [
        Fixture.path("original/plain.pth"), path, "--arch", Fixture.path("original/plain.json"),
      ] + options)
    #expect(result.code == 0)
    return path
  }

  @Test func `says that a file is whole and gives its source's answers`() throws {
    let folder = TemporaryFolder()
    let path = try Self.converted(in: folder)
    let result = try Tool.run("gpunet-verify", [path])
    #expect(result.code == 0)
    #expect(result.errorOutput.isEmpty)
    #expect(result.output.contains("52 tensors, every checksum right"))
    #expect(result.output.contains("fingerprint at 25 px: matches"))
    let both = try Tool.run(
      "gpunet-verify", [path, "--golden", Fixture.path("original/plain.npz")])
    #expect(both.code == 0)
    #expect(both.output.contains("recorded output and 9 layers: match"))
    let quiet = try Tool.run("gpunet-verify", [path, "-q"])
    #expect(quiet.code == 0)
    #expect(quiet.output.isEmpty)
  }

  @Test func `runs operator tests and counts those that fail`() throws {
    let folder = TemporaryFolder()
    let relu = "/usr/share/libonnx-testdata/data/node/test_relu"
    let passed = try Tool.run("gpunet-verify", ["--onnx-tests", relu])
    #expect(passed.code == 0)
    #expect(passed.output == "1 passed, 0 failed, 0 unsupported\n")
    // The same test with another answer recorded, and one of an operator that is not executed.
    for path in ["a", "a/relu", "a/relu/test_data_set_0", "a/other"] {
      #expect(unsafe mkdir(folder.file(path), 0o700) == 0)
    }
    for name in ["model.onnx", "test_data_set_0/input_0.pb", "test_data_set_0/output_0.pb"] {
      var bytes = try MappedFile(path: "\(relu)/\(name)").bytes.array
      if name.contains("output") { bytes[bytes.count - 1] ^= 0x40 }
      _ = try folder.write(bytes, to: "a/relu/\(name)")
    }
    let other = try MappedFile(path: "/usr/share/libonnx-testdata/data/node/test_acos/model.onnx")
    _ = try folder.write(other.bytes.array, to: "a/other/model.onnx")
    let mixed = try Tool.run("gpunet-verify", ["--onnx-tests", folder.file("a"), relu])
    #expect(mixed.code == 1)
    let lines = mixed.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0] == "unsupported: \(folder.file("a/other")): Acos")
    #expect(
      lines[1].hasPrefix("failed: \(folder.file("a/relu"))/test_data_set_0: output 'y': element"))
    #expect(lines[2] == "1 passed, 1 failed, 1 unsupported")
  }

  @Test func `names the tensor that is damaged`() throws {
    let folder = TemporaryFolder()
    let path = try Self.converted(in: folder)
    var bytes = try MappedFile(path: path).bytes.array
    let entry = try #require(
      try GPWFile(Bytes(copying: bytes)).entries.first { $0.name.hasSuffix("conv_dw.weight") })
    bytes[entry.byteOffset + 5] ^= 1
    let damaged = try folder.write(bytes, to: "damaged.gpw")
    let result = try Tool.run("gpunet-verify", [damaged])
    #expect(result.code == 65)
    #expect(result.output.isEmpty)
    #expect(
      result.errorOutput.hasPrefix("error: \(damaged): \(entry.name) at 0x"),
      "\(result.errorOutput)")
    #expect(result.errorOutput.hasSuffix("[gpw.tensorChecksum]\n"))
  }

  @Test func `answers no where the answers differ or there are none`() throws {
    let folder = TemporaryFolder()
    let without = try Self.converted(in: folder, "--no-verify")
    let nothing = try Tool.run("gpunet-verify", [without])
    #expect(nothing.code == 1)
    #expect(nothing.errorOutput.contains("[verify.nothing]"))

    // Trained weights do not give the answers that were recorded from their moving average.
    let wrong = try Tool.run(
      "gpunet-verify",
      [
        Fixture.path("checkpoints/training-ema.pth.tar"), "--ema", "never", "--arch",
        Fixture.path("networks/plain.json"), "--golden", Fixture.path("goldens/plain-ema.npz"),
      ])
    #expect(wrong.code == 1)
    #expect(wrong.output.contains("recorded output and 5 layers: DIFFER"))
    #expect(wrong.errorOutput.contains("[verify.mismatch]"))
    #expect(wrong.errorOutput.contains("\n  head: 2: relative difference"))
  }

  @Test func `prints JSON that its schema describes, also where the answer is no`() throws {
    let folder = TemporaryFolder()
    let path = try Self.converted(in: folder)
    let schema = try JSONSchema("gpunet-verify.schema.json")
    let cases: [(arguments: [String], code: Int32)] = [
      ([path], 0), ([path, "--golden", Fixture.path("original/plain.npz")], 0),
      (
        [
          Fixture.path("checkpoints/training-ema.pth.tar"), "--ema", "never", "--arch",
          Fixture.path("networks/plain.json"), "--golden", Fixture.path("goldens/plain-ema.npz"),
        ], 1
      ),
    ]
    for (arguments, code) in cases {
      let result = try Tool.run("gpunet-verify", arguments + ["--json"])
      #expect(result.code == code)
      let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
      #expect(schema.violations(of: json).isEmpty, "\(schema.violations(of: json))")
      #expect(json["verified"]?.bool == (code == 0))
      #expect(json["golden"]?.isNull == !arguments.contains("--golden"))
    }
  }
}
