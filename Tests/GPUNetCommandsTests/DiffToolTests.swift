import BinaryInput
import StrictJSON
import TensorData
import TestSupport
import Testing

private func diff(_ left: String, _ right: String, _ options: String...) throws -> Tool.Result {
  try Tool.run(
    "gpunet-inspect",
    ["diff"] + [left, right].map { $0.hasPrefix("/") ? $0 : Fixture.path("measures/\($0)") }
      + options)
}

/// An original network as a native file.
private func native(
  _ name: String, in folder: TemporaryFolder, _ options: String...
) throws -> String {
  let output = folder.file("\(name)\(options.joined()).gpw")
  let result = try Tool.run(
    "gpunet-convert",
    [
      Fixture.path("original/\(name).pth"), output, "--arch",
      Fixture.path("original/\(name).json"), "--no-verify",
    ] + options)
  #expect(result.code == 0, "\(result.errorOutput)")
  return output
}

@Suite struct `gpunet-inspect diff` {
  @Test func `exits with 0 for the same, 1 for a difference, and as ever for an error`() throws {
    let same = try diff("base.pth", "base.pth")
    #expect(same.code == 0)
    #expect(same.output.hasSuffix("\n\nthe same: names, shapes, types and bits\n"))
    #expect(try diff("base.pth", "changed.pth").code == 1)
    let missing = try diff("base.pth", "none.pth")
    #expect(missing.code == 66)
    #expect(missing.output.isEmpty)
    #expect(missing.errorOutput.hasSuffix("[io.open]\n"))
    #expect(try diff("base.pth", "base.sha256").code == 65)
    #expect(try diff("two-groups.pth", "base.pth", "--key-a", "none").code == 1)
  }

  @Test func `prints in short, then what differs in groups`() throws {
    let result = try diff("base.pth", "changed.pth")
    let folder = Fixture.path("measures")
    #expect(
      result.output == """
        a  \(folder)/base.pth: pytorch-zip, 8 tensors
        b  \(folder)/changed.pth: pytorch-zip, 9 tensors

        tensors       0 the same, 1 with other values, 1 of another type, 1 of another shape, \
        1 reshaped, 4 renamed, 1 only in b

        with other values
          conv.weight  f32 4×3×1×1  1 of 12 elements, at most 0.5000 at [2, 1, 0, 0] \
        (0.7329881 → 1.2329881), -16.4 dB

        of another type
          head.bias  f32 2 → f16, 2 of 2 elements, at most 1.4e-4 at [1] \
        (0.7068912 → 0.70703125), -74.5 dB

        of another shape
          head.weight  f32 2×4 → f32 2×3

        reshaped
          conv.bias  f32 4 → f32 4×1

        renamed
          bn.weight → norm.weight
          bn.bias → norm.bias
          bn.running_mean → norm.running_mean
          bn.num_batches_tracked → norm.num_batches_tracked

        only in b
          scale  f32 1

        """)
  }

  @Test func `gives what is no number no distance`() throws {
    let folder = TemporaryFolder()
    let files = try [Float.nan, .infinity, 1].enumerated().map { index, value in
      var state = StateDict()
      _ = state.append(Tensor([value, 0], shape: [2]), named: "a")
      return try folder.write(checkpoint(state), to: "\(index).pth")
    }
    let wide = folder.file("wide.npz")
    let widened = try Tool.run(
      "gpunet-convert", [files[0], wide, "--tensors-only", "--dtype", "f64"])
    #expect(widened.code == 0, "\(widened.errorOutput)")
    for (right, line) in [
      (files[1], "a  f32 2  1 of 2 elements, immeasurably at [0] (nan → inf)\n"),
      (files[2], "a  f32 2  1 of 2 elements, immeasurably at [0] (nan → 1)\n"),
      (wide, "a  f32 2 → f64, 1 of 2 elements, immeasurably at [0] (nan → nan)\n"),
    ] {
      let result = try diff(files[0], right)
      #expect(result.code == 1)
      #expect(result.output.contains(line), "\(result.output)")
    }
  }

  @Test func `stops lists at ten lines, but not where all are asked for`() throws {
    let short = try diff("many.pth", "many-changed.pth")
    #expect(short.code == 1)
    #expect(short.output.contains("\n  layer9.weight "))
    #expect(short.output.contains("\n  and 30 more\n"))
    #expect(!short.output.contains("layer10.weight"))
    for spelling in ["--verbose", "-v"] {
      let long = try diff("many.pth", "many-changed.pth", spelling)
      #expect(long.output.contains("\n  layer39.weight "))
      #expect(!long.output.contains(" more\n"))
    }
  }

  @Test func `prints JSON that its schema describes`() throws {
    let schema = try JSONSchema("gpunet-inspect-diff.schema.json")
    for (right, isSame) in [
      ("base.pth", true), ("changed.pth", false), ("prefixed.pth", false),
      ("unreadable.pth", false),
    ] {
      let result = try diff("base.pth", right, "--json")
      #expect(result.code == (isSame ? 0 : 1))
      let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
      #expect(schema.violations(of: json).isEmpty, "\(schema.violations(of: json))")
      #expect(json["same"]?.bool == isSame)
    }
    let result = try diff("base.pth", "changed.pth", "--json")
    let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
    let outcomes = json["differing"]?.array?.compactMap { $0["outcome"]?.string }
    #expect(outcomes == ["values", "reshaped", "shape", "type and values"])
    #expect(json["renamed"]?.array?.count == 4)
    let unreadable = try diff("unreadable.pth", "unreadable.pth", "--json")
    let other = try JSONValue(parsing: Bytes(copying: Array(unreadable.output.utf8)))
    #expect(schema.violations(of: other).isEmpty, "\(schema.violations(of: other))")
    #expect(other["differing"]?.array?.count == 1)
  }

  @Test func `compares across formats`() throws {
    let folder = TemporaryFolder()
    let checkpoint = Fixture.path("original/plain.pth")
    let kept = try native("plain", in: folder, "--keep-batch-norm")
    let same = try diff(checkpoint, kept)
    #expect(same.code == 0, "\(same.output)")
    #expect(same.output.hasSuffix("the same: architecture, names, shapes, types and bits\n"))
    // A native file has no keys.
    #expect(try diff(checkpoint, kept, "--key", "").code == 0)
    // Where one file says what network it is, the other is held against it.
    let folded = try native("plain", in: folder)
    let other = try diff(checkpoint, folded)
    #expect(other.code == 1)
    #expect(other.output.contains("\narchitecture  the same\n"))
    #expect(
      other.output.contains(
        """

        norms         folded in b, separate in a: names and values differ
        parameters    52 of 52 parameters the same once norms are folded in a, too
        tensors       18 the same, 17 with other values, 85 only in a, 17 only in b

        """))
    #expect(!other.output.contains("bn1.running_mean"))
    #expect(try diff(checkpoint, folded, "-v").output.contains("bn1.running_mean"))
    let json = try diff(folded, kept, "--json")
    let schema = try JSONSchema("gpunet-inspect-diff.schema.json")
    let value = try JSONValue(parsing: Bytes(copying: Array(json.output.utf8)))
    #expect(schema.violations(of: value).isEmpty, "\(schema.violations(of: value))")
    #expect(value["a"]?["normalization"]?.string == "folded")
    #expect(value["parameters"]?["foldsNorms"]?.bool == true)
    // A graph has names of its own; PyTorch's exporter folded the norms, in 32 bits.
    let graph = try diff(folded, Fixture.path("onnx/plain-opset10.onnx"))
    #expect(graph.code == 1)
    #expect(graph.output.contains("\narchitecture  the same\n"))
    #expect(graph.output.contains(" of 52 parameters the same; at most "))
    #expect(!graph.output.contains("onnx::Conv"))
    #expect(
      graph.output.contains("\n\nparameters with other values\n  network.head: 2.net.0.weight  "))
  }

  @Test func `names the layers that are others`() throws {
    let folder = TemporaryFolder()
    let plain = try native("plain", in: folder)
    let other = try native("plain-stride2-er", in: folder)
    let result = try diff(plain, other)
    #expect(result.code == 1)
    #expect(result.output.contains("\narchitecture  "))
    #expect(result.output.contains("\nother layers\n  head: 2: prologue_"))
    #expect(result.output.contains(" → prologue_i3_o8_s2_relu\n"))
    let json = try diff(plain, other, "--json")
    let schema = try JSONSchema("gpunet-inspect-diff.schema.json")
    let value = try JSONValue(parsing: Bytes(copying: Array(json.output.utf8)))
    #expect(schema.violations(of: value).isEmpty, "\(schema.violations(of: value))")
    #expect(value["architecture"]?["same"]?.bool == false)
  }

  @Test func `has help of its own, and leaves a file of that name alone`() throws {
    let help = try Tool.run("gpunet-inspect", ["diff", "--help"])
    #expect(help.code == 0)
    #expect(help.output.hasPrefix("OVERVIEW: Compare two files"))
    #expect(help.output.contains("USAGE: gpunet-inspect diff [<options>] <a> <b>\n"))
    let folder = TemporaryFolder()
    _ = try folder.write(try Fixture.bytes("measures/base.pth").array, to: "diff")
    for words in [["./diff", "--tensors"], ["--tensors", "--", "diff"]] {
      let result = try Tool.run("gpunet-inspect", words, in: folder.path)
      #expect(result.code == 0)
      #expect(result.output.contains("bn.num_batches_tracked"))
    }
    let mistake = try Tool.run("gpunet-inspect", ["diff"], in: folder.path)
    #expect(mistake.code == 64)
    #expect(mistake.errorOutput.contains("Usage: gpunet-inspect diff [<options>] <a> <b>\n"))
  }
}
