import BinaryInput
import GPWFormat
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
