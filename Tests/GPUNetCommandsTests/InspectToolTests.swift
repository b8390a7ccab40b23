import ArchitectureConfiguration
import BinaryInput
import NetworkFamilies
import NetworkProgram
import StrictJSON
import TestSupport
import Testing

private func inspect(
  _ file: String, arch: String? = nil, _ options: String...
) throws -> Tool.Result {
  try Tool.run(
    "gpunet-inspect",
    [Fixture.path(file)] + (arch.map { ["--arch", Fixture.path($0)] } ?? []) + options)
}

@Suite struct `gpunet-inspect` {
  @Test func `prints what PyTorch prints, then the sizes`() throws {
    let result = try inspect(
      "original/plain-stride2-er.pth", arch: "original/plain-stride2-er.json")
    #expect(result.code == 0)
    #expect(
      result.output.hasPrefix(
        """
        GPUNet(
          (network): Sequential(
            (head: 2): prologue_i3_o8_s2_relu
            (stage: 2 layer3): er_k5_e3_i8_o12_s2_relu_se_False
            (stage: 3 layer4): er_k3_e2_i12_o12_s2_swish_se_False
            (stage: 4 layer5): irb_k7_e6_i12_o12_s1_swish_se_False
            ( layer6): epilogue_i12_o24_s1_relu
          )
        )
        network        not a published one
        convention     gpunet, epsilon 0.001, padding symmetric
        resolution     80
        classes        5
        parameters     14,373
        multiply-adds  2,533,368

        """))
    #expect(result.output.contains("\nbytes          78,441\n"))
  }

  @Test func `prints a line a layer`() throws {
    let result = try inspect(
      "original/distilled.pth", arch: "original/distilled.json", "--format", "table")
    #expect(result.code == 0)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 8)
    #expect(lines[0].hasPrefix("module "))
    #expect(lines[3].contains("irbd_k5_e3_g1_i9_o14_s2_relu"))
    #expect(lines[4].contains("erd_k3_e2_g1_i14_o14_s1_relu"))
    #expect(lines[7].contains("64,584"))
    #expect(lines[7].contains("8,391,291"))
    let markdown = try inspect(
      "original/distilled.pth", arch: "original/distilled.json", "--format", "markdown")
    #expect(markdown.output.split(separator: "\n").allSatisfy { $0.hasPrefix("| ") })
  }

  @Test func `prints a configuration that reads back`() throws {
    let folder = TemporaryFolder()
    for name in ["plain", "plain-stride2-er", "distilled", "distilled-large-head"] {
      let result = try inspect(
        "original/\(name).pth", arch: "original/\(name).json", "--format", "config")
      let printed = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
      let original = try JSONValue(parsing: Fixture.bytes("original/\(name).json"))
      #expect(try Architecture(configuration: printed) == Architecture(configuration: original))
      let schema = try JSONSchema("configuration.schema.json")
      #expect(schema.violations(of: printed).isEmpty)
      #expect(schema.violations(of: original).isEmpty)
      let path = try folder.write(Array(result.output.utf8), to: "printed.json")
      let again = try Tool.run(
        "gpunet-inspect",
        [Fixture.path("original/\(name).pth"), "--arch", path, "--format", "config"])
      #expect(again.output == result.output)
    }
  }

  @Test func `prints JSON that its schema describes`() throws {
    let schema = try JSONSchema("gpunet-inspect.schema.json")
    for spelling in [["--json"], ["--format", "json"]] {
      let result = try Tool.run(
        "gpunet-inspect",
        [
          Fixture.path("original/plain.pth"), "--arch", Fixture.path("original/plain.json"),
        ] + spelling)
      let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
      #expect(schema.violations(of: json).isEmpty, "\(schema.violations(of: json))")
      #expect(json["layers"]?.array?.count == 9)
      #expect(json["network"]?["parameters"]?.integer == 36_229)
    }
  }

  @Test func `shows the layout of a native file`() throws {
    let folder = TemporaryFolder()
    let schema = try JSONSchema("gpunet-inspect.schema.json")
    func json(_ file: String) throws -> JSONValue {
      let result = try Tool.run("gpunet-inspect", [file, "--json"])
      let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
      #expect(schema.violations(of: json).isEmpty, "\(schema.violations(of: json))")
      return json
    }
    for layout in ["row-major", "blocked"] {
      let file = folder.file("\(layout).gpw")
      let converted = try Tool.run(
        "gpunet-convert", [Fixture.path("gpw/blocked.gpw"), file, "--layout", layout])
      #expect(converted.code == 0)
      #expect(converted.output.contains(", batch norms folded, \(layout)\n"))
      #expect(try json(file)["layout"]?.string == layout)
      let facts = try Tool.run("gpunet-inspect", [file])
      #expect(facts.output.contains("\nlayout         \(layout)\n"))
      let tensors = try Tool.run("gpunet-inspect", [file, "--tensors"])
      let lines = tensors.output.split(separator: "\n")
      #expect(lines.count == 9)
      #expect(lines[0].contains(" layout "))
      #expect(lines.dropFirst().allSatisfy { $0.contains(" \(layout) ") })
    }
    let mixed = Fixture.path("gpw/mixed.gpw")
    #expect(try json(mixed)["layout"]?.string == "mixed")
    let tensors = try Tool.run("gpunet-inspect", [mixed, "--tensors"])
    #expect(tensors.output.contains(" row-major "))
    #expect(tensors.output.contains(" blocked "))
    let checkpoint = try inspect("checkpoints/bare.pth", "--tensors")
    #expect(!checkpoint.output.contains("layout"))
  }

  @Test func `prints every tensor`() throws {
    let result = try inspect("checkpoints/prefix-module.pth", "--tensors")
    #expect(result.code == 0)
    let lines = result.output.split(separator: "\n")
    let expected = try ExpectedTensors("expected/plain.npz").names
    #expect(lines.count == expected.count + 1)
    for (line, name) in zip(lines.dropFirst(), expected) {
      #expect(line.hasPrefix("module.\(name) "))
    }
    #expect(lines[1].hasSuffix("432"))
    #expect(lines[1].contains("4×3×3×3"))
  }

  @Test func `counts at another resolution`() throws {
    let result = try inspect(
      "original/plain.pth", arch: "original/plain.json", "--resolution", "48x96", "--json")
    let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
    #expect(json["network"]?["resolution"] == [48, 96])
    #expect(json["layers"]?.array?[0]["output"] == [10, 24, 48])
    let small = try inspect("original/plain.pth", arch: "original/plain.json", "--resolution", "2")
    #expect(small.code == 1)
    #expect(small.errorOutput.contains("spatial size at 2 px"))
  }

  @Test func `validates and lists all findings`() throws {
    let sound = try inspect("original/plain.pth", arch: "original/plain.json", "--validate")
    #expect(sound.code == 0)
    #expect(sound.output.contains("no findings"))
    let wrong = try inspect("original/plain.pth", arch: "original/distilled.json", "--validate")
    #expect(wrong.code == 1)
    #expect(wrong.output.contains(" findings\n"))
    #expect(wrong.output.contains("head:: net.0.weight: expected shape [9, 3, 3, 3]"))
    #expect(wrong.output.contains("network.head: 2.net.0.weight"))
  }
}
