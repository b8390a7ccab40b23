import BinaryInput
import NetworkFamilies
import NetworkProgram
import StrictJSON
import TensorData
import TestSupport
import Testing

/// Runs gpunet-convert on a fixture with the configuration that belongs to it.
private func convert(
  _ checkpoint: String = "checkpoints/bare.pth", to output: String,
  arch: String? = "networks/plain.json", _ options: String...
) throws -> Tool.Result {
  let architecture = arch.map { ["--arch", Fixture.path($0)] } ?? []
  return try Tool.run(
    "gpunet-convert", [Fixture.path(checkpoint), output] + architecture + options)
}

@Suite struct `gpunet-convert` {
  @Test func `says what it did and what that shows`() throws {
    let folder = TemporaryFolder()
    let output = folder.file("out.gpw")
    let result = try convert("checkpoints/training-ema.pth.tar", to: output)
    #expect(result.code == 0)
    #expect(result.errorOutput.isEmpty)
    for words in [
      "pytorch-zip, state dict 'state_dict_ema': the moving average", "(head: 2): prologue_i3_o4",
      "14 used, 32 folded into convolutions", "54 ignored: 'state_dict_ema' was taken instead",
      "wrote \(output): ", "verified: the file, read back", "not proven:",
    ] {
      #expect(result.output.contains(words), "\(words)")
    }
    #expect(folder.names == ["out.gpw"])
  }

  @Test func `prints JSON that its schema describes`() throws {
    let folder = TemporaryFolder()
    let schema = try JSONSchema("gpunet-convert.schema.json")
    for options in [
      [], ["--golden", Fixture.path("goldens/plain.npz")], ["--no-verify"], ["--dry-run"],
      ["--keep-batch-norm"], ["--fold-batch-norm"], ["--layout", "row-major"],
    ] {
      let result = try Tool.run(
        "gpunet-convert",
        [
          Fixture.path("checkpoints/bare.pth"), folder.file("out.gpw"), "--force", "--json",
          "--arch", Fixture.path("networks/plain.json"),
        ] + options)
      let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
      #expect(schema.violations(of: json).isEmpty, "\(options): \(schema.violations(of: json))")
      #expect((json["golden"]?.isNull == false) == options.contains("--golden"))
      #expect((json["verification"]?.isNull == true) == options.contains("--no-verify"))
      #expect((json["output"]?.isNull == true) == options.contains("--dry-run"))
      let isBlocked = !options.contains("row-major") && !options.contains("--keep-batch-norm")
      #expect(json["layout"]?.string == (isBlocked ? "blocked" : "row-major"))
    }
  }

  @Test func `prints JSON for ONNX files that its schema describes`() throws {
    let folder = TemporaryFolder()
    let schema = try JSONSchema("gpunet-convert.schema.json")
    let graph = folder.file("out.onnx")
    let result = try convert(
      "onnx/plain-opset10.onnx", to: graph, arch: nil, "--external-data", "--json", "--against",
      Fixture.path("original/plain.pth"))
    let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
    #expect(schema.violations(of: json).isEmpty, "\(schema.violations(of: json))")
    #expect(json["externalData"]?["fileName"]?.string == "out.onnx.data")
    let byteCount = try MappedFile(path: graph + ".data").bytes.count
    #expect(json["externalData"]?["byteCount"]?.integer == byteCount)
    #expect(json["against"]?["parameterCount"]?.integer == 52)
    let layer = try #require(json["fields"]?.array?[5])
    #expect(layer["layer"]?.string == "irb_k3_e1.7_i14_o10_s1_relu_se_False")
    func texts(_ key: String) -> [String?]? { layer[key]?.array?.map(\.string) }
    #expect(texts("shapes") == ["k3", "i14", "o10", "se_False"])
    #expect(texts("widths") == ["e1.7"])
    #expect(texts("graph") == ["s1", "relu"])
    #expect(texts("asserted") == [])

    let inspected = try Tool.run("gpunet-inspect", [graph, "--json"])
    let description = try JSONValue(parsing: Bytes(copying: Array(inspected.output.utf8)))
    let inspectSchema = try JSONSchema("gpunet-inspect.schema.json")
    #expect(inspectSchema.violations(of: description).isEmpty)
    #expect(description["preprocessing"]?.isNull == false)
    #expect(description["warnings"]?.array?.isEmpty == true)
  }

  @Test func `shows what confirms the fields of every layer`() throws {
    let folder = TemporaryFolder()
    // Neither of two checkpoints has a graph.
    let same = Fixture.path("checkpoints/bare.pth")
    let result = try convert(to: folder.file("out.gpw"), "--against", same, "--verbose")
    let lines = result.output.split(separator: "\n").map { line in
      line.split(separator: " ").joined(separator: " ")
    }
    for line in [
      "27 fields of 5 layer strings, by what confirms them",
      "shapes of the tensors k 3, e 1, i 5, o 5, se 2", "shapes, but for its digits e 1",
      "only asserted s 5, activation 5",
      "layer shapes of the tensors shapes, but for its digits only asserted",
      "irb_k5_e2.5_i6_o6_s1_relu_se_True k5 i6 o6 se_True e2.5 s1 relu",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
  }

  @Test func `says nothing when it is to be quiet`() throws {
    let folder = TemporaryFolder()
    let result = try convert(to: folder.file("out.gpw"), "--quiet")
    #expect(result.code == 0)
    #expect(result.output.isEmpty)
    #expect(result.errorOutput.isEmpty)
    #expect(folder.names == ["out.gpw"])
  }

  @Test func `answers no with the first layer that differs and leaves no file`() throws {
    let folder = TemporaryFolder()
    // The moving average does not give the answers of the weights it was taken from.
    let result = try convert(
      "checkpoints/training-ema.pth.tar", to: folder.file("out.gpw"), "--golden",
      Fixture.path("goldens/plain.npz"))
    #expect(result.code == 1)
    #expect(result.output.isEmpty)
    let lines = result.errorOutput.split(separator: "\n")
    #expect(lines[0].hasPrefix("error: "))
    #expect(lines[0].hasSuffix("[verify.mismatch]"))
    #expect(lines[0].contains("nothing was written"))
    #expect(lines[1].hasPrefix("  head: 2: relative difference "))
    #expect(lines[1].contains("worst at ["))
    #expect(folder.names.isEmpty)
  }

  struct Failure: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let code: Int32
    let message: String
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let failures = [
    Failure(arguments: [], code: 64, message: "Missing expected argument '<input>'"),
    Failure(arguments: ["in.pth"], code: 64, message: "Missing expected argument '<output>'"),
    Failure(arguments: ["in.pth", "a.gpw", "b"], code: 64, message: "Unexpected argument 'b'"),
    Failure(
      arguments: ["in.pth", "a.gpw", "--froce"], code: 64,
      message: "Unknown option '--froce'. Did you mean '--force'?"),
    Failure(
      arguments: ["in.pth", "a.gpw", "--ema", "sometimes"], code: 64,
      message: "The value 'sometimes' is invalid for '--ema <when>'"),
    Failure(
      arguments: ["in.pth", "a.gpw", "--resolution", "0"], code: 64,
      message: "The value '0' is invalid for '--resolution <pixels>'"),
    Failure(
      arguments: ["in.pth", "a.gpw", "--layout", "square"], code: 64,
      message: "The value 'square' is invalid for '--layout <layout>'"),
    Failure(
      arguments: ["in.pth", "a.gpw", "--keep-batch-norm", "--layout", "blocked"], code: 64,
      message: "'--layout blocked' cannot be used with '--keep-batch-norm'"),
    Failure(
      arguments: ["in.pth", "a.gpw", "--keep-batch-norm", "--fold-batch-norm"], code: 64,
      message: "'--keep-batch-norm' cannot be used with '--fold-batch-norm'"),
    Failure(
      arguments: ["in.pth", "a.tflite"], code: 64,
      message: "a path that ends in .gpw or .safetensors or .h5 or"),
    Failure(
      arguments: ["missing.pth", "a.gpw"], code: 66, message: "missing.pth: cannot be opened"),
    Failure(arguments: [".", "a.gpw"], code: 66, message: "is not a regular file"),
    Failure(arguments: ["in.pth", "a.gpw", "--arch", "GPUNet-7"], code: 66, message: "GPUNet-D1"),
    Failure(arguments: ["in.pth", "a.gpw"], code: 1, message: "no published network"),
    Failure(
      arguments: ["in.pth", "a.gpw", "--key", "nowhere"], code: 1, message: "no state dict under"),
    Failure(arguments: ["text.pth", "a.gpw"], code: 65, message: "[detect.foreign]"),
    Failure(arguments: ["empty.pth", "a.gpw"], code: 65, message: "[detect.empty]"),
    Failure(arguments: ["cut.pth", "a.gpw"], code: 65, message: "[zip.truncated]"),
    Failure(
      arguments: ["in.pth", "no/a.gpw", "--arch", "net.json"], code: 73, message: "[io.create]"),
    Failure(
      arguments: ["in.pth", "there.gpw", "--arch", "net.json"], code: 73,
      message: "there.gpw: the file exists; use --force"),
  ]

  @Test(arguments: failures) func `fails with the code for it and one line`(failure: Failure) throws
  {
    let folder = TemporaryFolder()
    let checkpoint = try Fixture.bytes("checkpoints/bare.pth").array
    _ = try folder.write(checkpoint, to: "in.pth")
    _ = try folder.write(Array(checkpoint.dropLast(100)), to: "cut.pth")
    _ = try folder.write(Array("hello".utf8), to: "text.pth")
    _ = try folder.write([], to: "empty.pth")
    _ = try folder.write([1], to: "there.gpw")
    _ = try folder.write(Fixture.bytes("networks/plain.json").array, to: "net.json")
    let before = folder.names
    let result = try Tool.run("gpunet-convert", failure.arguments, in: folder.path)
    #expect(result.code == failure.code)
    #expect(result.output.isEmpty)
    #expect(result.errorOutput.hasPrefix("error: "))
    #expect(result.errorOutput.contains(failure.message), "\(result.errorOutput)")
    if failure.code != 64 { #expect(result.errorOutput.split(separator: "\n").count == 1) }
    #expect(folder.names == before)
  }

  @Test func `keeps what names in a file do to terminals out of its output`() throws {
    let folder = TemporaryFolder()
    let architecture = try Architecture.sample()
    let parameters = architecture.sampleParameters()
      .adding(Tensor([Float(1)], shape: [1]), named: "network.\u{1b}[31mred\nline")
    let path = try folder.write(checkpoint(parameters), to: "in.pth")
    let result = try Tool.run(
      "gpunet-convert",
      [path, folder.file("a.gpw"), "--arch", Fixture.path("networks/plain.json")])
    #expect(result.code == 1)
    #expect(!result.errorOutput.contains("\u{1b}"))
    #expect(result.errorOutput.contains("\\u{1b}[31mred\\u{a}line"))
  }

  @Test func `prints its version alone`() throws {
    for tool in ["gpunet-convert", "gpunet-inspect"] {
      let result = try Tool.run(tool, ["--version"])
      #expect(result.output == "0.1.0\n")
      #expect(result.code == 0)
    }
  }
}
