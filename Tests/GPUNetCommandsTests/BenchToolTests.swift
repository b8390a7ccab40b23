import BinaryInput
import NumPyArrays
import StrictJSON
import TensorData
import TestSupport
import Testing

@Suite struct `gpunet-bench` {
  /// A converted fixture.
  private static func converted(in folder: TemporaryFolder) throws -> String {
    let path = folder.file("model.gpw")
    let result = try Tool.run(
      "gpunet-convert",
      [
        Fixture.path("original/plain.pth"), path, "--arch", Fixture.path("original/plain.json"),
        "--no-verify",
      ])
    #expect(result.code == 0)
    return path
  }

  @Test func `tells how long a batch takes`() throws {
    let folder = TemporaryFolder()
    let path = try Self.converted(in: folder)
    let result = try Tool.run(
      "gpunet-bench", [path, "--threads", "2", "--batch", "3", "--runs", "4", "--profile"])
    #expect(result.code == 0, "\(result.errorOutput)")
    #expect(result.errorOutput.isEmpty)
    let lines = result.output.split(separator: "\n")
    #expect(lines[0].hasPrefix("\(path): 3 images of 64 px, 2 threads, "))
    #expect(lines[1].contains("4 runs"))
    #expect(lines.contains { $0.hasPrefix("stage: 3 layer7  conv_pw 1×1 + conv_dw 3×3 ") })
    #expect(lines.contains { $0.hasPrefix(" layer10 ") && $0.contains("net.6 1×1") })
  }

  @Test(arguments: ["avx512", "avx2", "neon", "scalar"])
  func `prints JSON that its schema describes, with any kernels`(kernels: String) throws {
    let table = try Tool.run("gpunet-inspect", ["--cpu"]).output.split(separator: "\n")
    let row = table.first { $0.drop { "* ".contains($0) }.hasPrefix("\(kernels) ") }
    let folder = TemporaryFolder()
    let path = try Self.converted(in: folder)
    let result = try Tool.run(
      "gpunet-bench", [path, "--resolution", "70x90", "--runs", "3", "--profile", "--json"],
      environment: ["GPUNET_CPU": kernels])
    guard let row, row.contains(" yes ") else {
      #expect(result.code == 64)
      #expect(result.errorOutput.contains("found \(kernels) [runtime.kernels]"))
      return
    }
    #expect(result.code == 0, "\(result.errorOutput)")
    let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
    let violations = try JSONSchema("gpunet-bench.schema.json").violations(of: json)
    #expect(violations.isEmpty, "\(violations)")
    #expect(json["kernels"]?.string == kernels)
    #expect(json["resolution"] == [70, 90])
    #expect(json["runs"] == 3)
  }

  @Test(arguments: ["avx512", "avx2", "scalar"], [[], ["--no-winograd"]])
  func `runs images and writes the answers`(kernels: String, options: [String]) throws {
    let folder = TemporaryFolder()
    let path = try Self.converted(in: folder)
    let golden = try NumPyArchive(
      MappedFile(path: Fixture.path("original/plain.npz")).bytes)
    let input = try #require(try golden.tensor(named: "input"))
    let expected = try #require(try golden.tensor(named: "output")).doubles()
    let images = try folder.write(input.npy(), to: "images.npy")
    let answers = folder.file("answers.npy")
    let result = try Tool.run(
      "gpunet-bench", [path, "--input", images, "--output", answers, "--runs", "1"] + options,
      environment: ["GPUNET_CPU": kernels])
    if result.errorOutput.contains("[runtime.kernels]") { return }
    #expect(result.code == 0, "\(result.errorOutput)")
    let found = try Tensor(npy: MappedFile(path: answers).bytes)
    #expect(found.elementType == .f32)
    let largest = expected.map(abs).max()!
    for (x, y) in zip(try found.doubles(), expected) { #expect(abs(x - y) <= 1e-5 * largest) }
    #expect(found.elementCount == expected.count)
  }

  @Test func `measures the processor alone`() throws {
    let result = try Tool.run("gpunet-bench", ["--peak", "--threads", "2"])
    #expect(result.code == 0)
    #expect(result.output.contains("1 thread: "))
    #expect(result.output.contains("2 threads: "))
    let machine = try Tool.run("gpunet-bench", ["--peak", "--threads", "3", "--json"])
    let json = try JSONValue(parsing: Bytes(copying: Array(machine.output.utf8)))
    #expect(try JSONSchema("gpunet-bench-peak.schema.json").violations(of: json).isEmpty)
    #expect(json["peaks"]?.array?.count == 3)
  }

  @Test func `refuses what it cannot run`() throws {
    let folder = TemporaryFolder()
    let path = try Self.converted(in: folder)
    let cases: [(arguments: [String], code: Int32, message: String)] = [
      ([folder.file("none.gpw")], 66, "[io.open]"),
      ([Fixture.path("original/plain.pth")], 65, "[gpw.magic]"),
      ([path, "--resolution", "4"], 65, "[architecture.resolution]"),
      ([path, "--resolution", "8192", "--batch", "4096"], 65, "[network.input]"),
      ([path, "--input", path], 65, "[npy.magic]"),
      ([path, "--runs", "0"], 64, "--runs"),
      ([], 64, "Missing expected argument '<model>'"),
    ]
    for (arguments, code, message) in cases {
      let result = try Tool.run("gpunet-bench", arguments)
      #expect(result.code == code, "\(arguments): \(result.errorOutput)")
      #expect(result.errorOutput.contains(message), "\(result.errorOutput)")
      #expect(result.output.isEmpty)
    }
  }
}
