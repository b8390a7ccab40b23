import BinaryInput
import StrictJSON
import TensorData
import TestSupport
import Testing

private func inspect(_ file: String, _ options: String...) throws -> Tool.Result {
  try Tool.run("gpunet-inspect", [Fixture.path(file)] + options)
}

/// Whether a row of statistics is of integers or truth values.
private func isInteger(_ row: JSONValue) -> Bool {
  row["type"]?.string.flatMap { ElementType(rawValue: $0) }?.isInteger ?? false
}

@Suite struct `gpunet-inspect on tensors of nobody's` {
  @Test func `prints a line of statistics a tensor, and the totals`() throws {
    let result = try inspect("measures/base.pth", "--stats")
    #expect(result.code == 0)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 10)
    #expect(lines[0].hasPrefix("tensor "))
    #expect(lines[0].hasSuffix(" zeros  distribution"))
    #expect(lines[3].hasPrefix("bn.weight "))
    #expect(lines[3].hasSuffix(" 1        1        1          0      0  ········█·······"))
    #expect(lines[6].hasPrefix("bn.num_batches_tracked  i64                  7        7        7 "))
    // Without the count of batches.
    #expect(lines[9].hasPrefix("all but integers "))
    #expect(lines[9].contains(" 38 "))
  }

  @Test func `prints statistics that its schema describes`() throws {
    let schema = try JSONSchema("gpunet-inspect-stats.schema.json")
    for spelling in [["--json"], ["--format", "json"]] {
      let result = try Tool.run(
        "gpunet-inspect", [Fixture.path("measures/odd-names.pth"), "--stats"] + spelling)
      #expect(result.code == 0)
      let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
      #expect(schema.violations(of: json).isEmpty, "\(schema.violations(of: json))")
      let tensors = try #require(json["tensors"]?.array)
      let names = tensors.compactMap { $0["name"]?.string }
      #expect(names.contains("a\nb"))
      #expect(json["totals"]?["nans"]?.integer == 1)
      // Not of the integers and truth values.
      let counted = tensors.filter { !isInteger($0) }
      let zeros = counted.compactMap { $0["statistics"]?["zeros"]?.integer }.reduce(0, +)
      #expect(zeros > 0 && counted.count < tensors.count)
      #expect(json["totals"]?["zeros"]?.integer == zeros)
    }
    let refused = try inspect("measures/unreadable.pth", "--stats", "--json")
    let json = try JSONValue(parsing: Bytes(copying: Array(refused.output.utf8)))
    #expect(schema.violations(of: json).isEmpty, "\(schema.violations(of: json))")
    let last = try #require(json["tensors"]?.array?.last)
    #expect(last["statistics"]?.isNull == true)
    #expect(last["refusal"]?.string?.hasSuffix("[tensor.layout]") == true)
    let text = try inspect("measures/unreadable.pth", "--stats")
    #expect(text.output.split(separator: "\n")[0].hasSuffix("  cannot be read"))
    #expect(text.output.contains("[tensor.layout]\n"))
  }

  @Test func `prints a Markdown table where that is asked for`() throws {
    let result = try inspect("measures/base.pth", "--stats", "--format", "markdown")
    #expect(result.code == 0)
    #expect(result.output.split(separator: "\n").allSatisfy { $0.hasPrefix("| ") })
  }

  @Test func `counts a tensor with two names once in the totals`() throws {
    let result = try inspect("tensors/views.pth", "--stats", "--json")
    let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
    let tensors = try #require(json["tensors"]?.array)
    let counted = tensors.filter { $0["sameAs"]?.isNull == true && !isInteger($0) }
      .compactMap { $0["statistics"]?["count"]?.integer }
    #expect(json["totals"]?["count"]?.integer == counted.reduce(0, +))
  }

  @Test(arguments: [
    ("measures/base.pth", "measures/base.sha256"),
    ("measures/odd-names.pth", "measures/odd-names.sha256"),
    ("original/plain.pth", "measures/original-plain.sha256"),
  ])
  func `prints what sha256sum prints, and checks it`(file: String, manifest: String) throws {
    let expected = String(decoding: try Fixture.bytes(manifest).array, as: UTF8.self)
    let result = try inspect(file, "--hash")
    #expect(result.code == 0)
    #expect(result.output == expected)
    let check = try inspect(file, "--check", Fixture.path(manifest))
    #expect(check.code == 0)
    #expect(check.errorOutput.isEmpty)
    let lines = check.output.split(separator: "\n")
    #expect(lines.count == expected.split(separator: "\n").count)
    #expect(lines.allSatisfy { $0.hasSuffix(": OK") })
    #expect(lines.last == "all tensors: OK")
  }

  @Test func `does not ask for the format`() throws {
    let folder = TemporaryFolder()
    let output = folder.file("kept.gpw")
    let converted = try Tool.run(
      "gpunet-convert",
      [
        Fixture.path("original/plain.pth"), output, "--arch", Fixture.path("original/plain.json"),
        "--keep-batch-norm", "--no-verify",
      ])
    #expect(converted.code == 0)
    let check = try Tool.run(
      "gpunet-inspect", [output, "--check", Fixture.path("measures/original-plain.sha256")])
    #expect(check.code == 0, "\(check.output)")
  }

  @Test func `names tensors that are not those of the listing`() throws {
    let check = try inspect(
      "measures/changed.pth", "--check", Fixture.path("measures/base.sha256"))
    #expect(check.code == 1)
    #expect(check.output.hasPrefix("bn.bias: MISSING\n"))
    #expect(check.output.contains("\nconv.bias: FAILED\n"))
    #expect(check.output.hasSuffix("\nscale: NOT LISTED\nall tensors: FAILED\n"))
    #expect(check.errorOutput.contains("4 different, 4 missing, 5 not listed [hash.mismatch]\n"))
    let malformed = try inspect(
      "measures/base.pth", "--check", Fixture.path("measures/base.pth"))
    #expect(malformed.code == 65)
    #expect(malformed.output.isEmpty)
    #expect(malformed.errorOutput.contains("line 1 is none of a listing of digests"))
    let none = try inspect("measures/base.pth", "--check", "none.sha256")
    #expect(none.code == 66)
  }

  @Test func `leaves out no tensor silently`() throws {
    let refused = try inspect("measures/unreadable.pth", "--hash")
    #expect(refused.code == 65)
    #expect(refused.output.isEmpty)
    #expect(refused.errorOutput.contains("unreadable.pth: sparse at 0x"))
    #expect(refused.errorOutput.hasSuffix("[tensor.layout]\n"))
    let nameless = try inspect("measures/nameless.pth", "--hash")
    #expect(nameless.code == 0)
    #expect(
      nameless.errorOutput == "warning: 2 tensors without a name left out, as 'list.0'\n")
    let twice = try inspect("measures/same-names.pth", "--hash")
    #expect(twice.code == 65)
    #expect(twice.errorOutput.hasSuffix("name one with --key '' or --key model [hash.names]\n"))
    let huge = try inspect("measures/huge-views.pth", "--hash")
    #expect(huge.code == 65)
    #expect(huge.errorOutput.hasSuffix("[tensor.budget]\n"))
  }

  @Test func `takes one group where a key says which`() throws {
    let manifest = Fixture.path("measures/base.sha256")
    let keyed = try inspect("measures/two-groups.pth", "--check", manifest, "--key", "model")
    #expect(keyed.code == 0)
    let all = try inspect("measures/two-groups.pth", "--hash")
    #expect(all.output.contains("  model.conv.weight\n"))
    #expect(all.output.contains("  ema.norm.weight\n"))
    let none = try inspect("measures/two-groups.pth", "--hash", "--key", "student")
    #expect(none.code == 1)
    #expect(none.errorOutput.hasSuffix("[tensors.key]\n"))
  }

  @Test func `lists the tensors of files without a network, and why one cannot be read`() throws {
    let plain = try inspect("measures/base.pth", "--tensors")
    #expect(plain.code == 0)
    #expect(
      plain.output.hasPrefix(
        """
        tensor                  type  shape    bytes
        conv.weight             f32   4×3×1×1     48
        conv.bias               f32   4           16

        """))
    let refused = try inspect("measures/unreadable.pth", "--tensors")
    #expect(refused.code == 0)
    let lines = refused.output.split(separator: "\n")
    #expect(lines[0].hasSuffix("  bytes  cannot be read"))
    #expect(lines[9].hasPrefix("sparse  "))
    #expect(lines[9].hasSuffix("[tensor.layout]"))
    let two = try inspect("measures/two-groups.pth", "--tensors", "--key", "ema")
    #expect(two.output.contains("\nnorm.weight "))
    // An architecture that is asked for has to be there.
    #expect(try inspect("measures/base.pth", "--tensors", "--arch", "GPUNet-0").code == 1)
  }

  @Test(arguments: [["--hash"], ["--check", "x"]])
  func `prints no JSON where lines are asked for`(options: [String]) throws {
    let result = try Tool.run("gpunet-inspect", ["x"] + options + ["--json"])
    #expect(result.code == 64)
    #expect(result.errorOutput.contains("cannot be used with '--json'"), "\(result.errorOutput)")
  }

  @Test(arguments: [["--stats", "--hash"], ["--hash", "--check", "x"]])
  func `does one thing at a time`(options: [String]) throws {
    let result = try Tool.run("gpunet-inspect", ["x"] + options)
    #expect(result.code == 64)
    #expect(
      result.errorOutput.hasPrefix(
        "error: The options '\(options[0])' and '\(options[1])' do not go together\n"))
  }
}
