import BinaryInput
import NetworkFamilies
import NetworkProgram
import StrictJSON
import TensorData
import TestSupport
import Testing

private func convert(
  _ path: String, in folder: TemporaryFolder, _ options: String...
) throws -> Tool.Result {
  try Tool.run(
    "gpunet-convert",
    [path, folder.file("out.gpw"), "--arch", Fixture.path("networks/plain.json")] + options)
}

@Suite struct `The ledger of gpunet-convert` {
  static let training = Fixture.path("checkpoints/training-ema.pth.tar")

  @Test func `counts fates, and names tensors only when asked`() throws {
    let folder = TemporaryFolder()
    let brief = try convert(Self.training, in: folder, "--force")
    #expect(
      brief.output.contains(
        """

        198 tensors in the source: 14 used, 32 folded into convolutions, 152 ignored
          8 ignored: counts batches, which a folded norm does not need
          54 ignored: 'state_dict_ema' was taken instead
          90 ignored: state of the optimizer
        wrote
        """))
    let names = try ExpectedTensors("expected/plain-ema.npz").names
    for option in ["--verbose", "-v"] {
      let verbose = try convert(Self.training, in: folder, "--force", option).output
      let lines = verbose.split(separator: "\n").map(String.init)
      let start = try #require(lines.firstIndex { $0.hasPrefix("198 tensors") })
      #expect(lines[start + 1] == "  14 used:")
      #expect(lines[start + 2] == "    state_dict_ema.network.head: 2.net.0.weight")
      #expect(lines[start + 12] == "    and 4 more")
      #expect(lines[start + 13] == "  32 folded:")
      #expect(
        lines[start + 14]
          == "    state_dict_ema.network.head: 2.net.1.weight into network.head: 2.net.0")
      #expect(lines[start + 24] == "    and 22 more")
      // All eight counts of batches, without an end of the list.
      let counts = names.filter { $0.hasSuffix("num_batches_tracked") }
      #expect(lines[(start + 26)..<(start + 34)] == counts.map { "    state_dict_ema.\($0)" }[...])
      // The other state dict has the same names.
      #expect(lines[(start + 35)..<(start + 45)] == names.map { "    state_dict.\($0)" }[..<10])
      #expect(lines[start + 45] == "    and 44 more")
      #expect(lines[start + 57] == "    and 80 more")
      #expect(lines[start + 58].hasPrefix("wrote "))
    }
  }

  @Test func `lists ten of the tensors that belong to no layer, escaped`() throws {
    let folder = TemporaryFolder()
    var parameters = try Architecture.sample().sampleParameters()
    for index in 1...12 {
      parameters = parameters.adding(
        Tensor([Float(1)], shape: [1]), named: "network.more\u{1b}[2J\(index)")
    }
    let path = try folder.write(checkpoint(parameters), to: "in.pth")
    let result = try convert(path, in: folder, "--allow-unused")
    #expect(result.code == 0)
    let start = "  12 unused, left out:\n    network.more\\u{1b}[2J1\n    network.more\\u{1b}[2J2\n"
    #expect(result.output.contains(start))
    #expect(result.output.contains("    network.more\\u{1b}[2J10\n    and 2 more\nwrote "))
    #expect(!result.output.contains("\u{1b}"))
  }

  @Test func `escapes names in long lists, too`() throws {
    let folder = TemporaryFolder()
    let parameters = try Architecture.sample().sampleParameters()
      .renamed { "a\u{202E}\n." + $0 }
    let path = try folder.write(checkpoint(parameters), to: "in.pth")
    let result = try convert(path, in: folder, "--verbose")
    #expect(result.code == 0)
    #expect(result.output.contains("    a\\u{202e}\\u{a}.network.head: 2.net.0.weight\n"))
    #expect(!result.output.contains("\u{202E}"))
  }

  @Test func `says that a graph has no counts of batches`() throws {
    let folder = TemporaryFolder()
    let graph = folder.file("out.onnx")
    let architecture = ["--arch", Fixture.path("networks/plain.json")]
    let result = try Tool.run(
      "gpunet-convert", [Self.training, graph, "--keep-batch-norm"] + architecture)
    #expect(
      result.output.contains(
        """

        198 tensors in the source: 46 used, 0 folded into convolutions, 152 ignored
          8 ignored: counts batches, which the format has no place for

        """), "\(result.output)")
    // What a graph does not have is not in what is made of it, and of that neither.
    let native = folder.file("out.gpw")
    for (source, target) in [(graph, native), (native, folder.file("out.npz"))] {
      let result = try Tool.run("gpunet-convert", [source, target, "--keep-batch-norm"])
      #expect(
        result.output.contains("\n46 tensors in the source: 46 used, "), "\(result.output)")
    }
  }

  @Test func `gives machines the reasons with their counts`() throws {
    let folder = TemporaryFolder()
    let result = try convert(Self.training, in: folder, "--json")
    let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
    let violations = try JSONSchema("gpunet-convert.schema.json").violations(of: json)
    #expect(violations.isEmpty, "\(violations)")
    #expect(
      json["tensors"] == [
        "used": 14, "folded": 32, "ignored": 152, "unused": 0,
        "ignoredBecause": [
          ["reason": "counts batches, which a folded norm does not need", "count": 8],
          ["reason": "'state_dict_ema' was taken instead", "count": 54],
          ["reason": "state of the optimizer", "count": 90],
        ],
      ])
  }
}

@Suite struct `A misspelt name` {
  struct Case: Sendable, CustomTestStringConvertible {
    let option: String
    let value: String
    let suggestion: String?
    var testDescription: String { "\(option) \(value)" }
  }

  @Test(arguments: [
    Case(option: "--key", value: "state_dcit", suggestion: "state_dict"),
    Case(option: "--key", value: "state-dict-ema", suggestion: "state_dict_ema"),
    Case(option: "--key", value: "weights", suggestion: nil),
    Case(option: "--arch", value: "gpunt-d1", suggestion: "GPUNet-D1"),
    Case(option: "--arch", value: "GPUNet2", suggestion: "GPUNet-2"),
    Case(option: "--arch", value: "0.65", suggestion: nil),
    Case(option: "--arch", value: "1.75mS.", suggestion: "1.75ms"),
    Case(option: "--arch", value: "resnet50", suggestion: nil),
  ])
  func `is answered with the nearest one there is`(test: Case) throws {
    let result = try Tool.run(
      "gpunet-inspect",
      [`The ledger of gpunet-convert`.training, test.option, test.value])
    #expect(result.code == (test.option == "--key" ? 1 : 66))
    let words = test.suggestion.map { "; did you mean '\($0)'? [" }
    #expect(result.errorOutput.contains(words ?? "; did you mean") == (words != nil))
  }
}
