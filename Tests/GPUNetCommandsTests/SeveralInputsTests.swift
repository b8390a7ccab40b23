import BinaryInput
import StrictJSON
import TestSupport
import Testing

@Suite struct `gpunet-convert --into` {
  private let folder = TemporaryFolder()

  init() throws {
    let checkpoint = try Fixture.bytes("checkpoints/bare.pth").array
    _ = try folder.write(checkpoint, to: "a.pth")
    _ = try folder.write(checkpoint, to: "b.ckpt")
    _ = try folder.write(Array(checkpoint.dropLast(100)), to: "cut.pth.tar")
    _ = try folder.write(Fixture.bytes("networks/plain.json").array, to: "net.json")
    #expect(try Tool.run("/bin/mkdir", ["out"], in: folder.path).code == 0)
  }

  private func convert(_ words: String...) throws -> Tool.Result {
    try Tool.run("gpunet-convert", words + ["--arch", "net.json"], in: folder.path)
  }

  private func made() throws -> [String] {
    try Tool.run("/bin/ls", ["-A", "out"], in: folder.path).output
      .split(separator: "\n").map(String.init)
  }

  @Test func `converts every input and reports each`() throws {
    let result = try convert("--into", "out", "a.pth", "b.ckpt")
    #expect(result.code == 0)
    #expect(result.errorOutput.isEmpty)
    let first = try #require(result.output.firstRange(of: "wrote out/a.gpw: "))
    let second = try #require(result.output.firstRange(of: "wrote out/b.gpw: "))
    #expect(first.lowerBound < second.lowerBound)
    #expect(try made() == ["a.gpw", "b.gpw"])
  }

  @Test func `goes on after a failure and exits with the worst code`() throws {
    let result = try convert("--into", "out/", "none.pt", "a.pth", "cut.pth.tar", "b.ckpt")
    #expect(result.code == 66)
    let errors = result.errorOutput.split(separator: "\n")
    #expect(errors.count == 2)
    #expect(errors[0].hasPrefix("error: none.pt: cannot be opened"))
    #expect(errors[1].hasPrefix("error: cut.pth.tar at "))
    #expect(errors[1].hasSuffix("[zip.truncated]"))
    #expect(result.output.contains("wrote out/a.gpw"))
    #expect(result.output.contains("wrote out/b.gpw"))
    #expect(try made() == ["a.gpw", "b.gpw"])
    // Now the others exist already, which is worse.
    let again = try convert("--into", "out", "none.pt", "a.pth", "cut.pth.tar", "--quiet")
    #expect(again.code == 73)
    #expect(again.output.isEmpty)
    #expect(again.errorOutput.split(separator: "\n").count == 3)
    let forced = try convert("--into", "out", "--force", "a.pth", "b.ckpt")
    #expect(forced.code == 0)
  }

  @Test func `prints an array of reports that the schemas describe`() throws {
    let reports = try JSONSchema("gpunet-convert.schema.json")
    let failures = try JSONSchema("gpunet-convert-failure.schema.json")
    let result = try convert("--into", "out", "--json", "cut.pth.tar", "a.pth", "none.pt")
    #expect(result.code == 66)
    let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
    let elements = try #require(json.array)
    #expect(elements.count == 3)
    #expect(elements[0]["exitCode"] == 65)
    #expect(elements[1]["output"]?.string == "out/a.gpw")
    #expect(elements[2]["input"]?.string == "none.pt")
    for (element, schema) in zip(elements, [failures, reports, failures]) {
      #expect(schema.violations(of: element).isEmpty, "\(schema.violations(of: element))")
    }
    let errors = result.errorOutput.split(separator: "\n")
    #expect(errors.map(String.init) == [0, 2].map { "error: \(elements[$0]["error"]!.string!)" })
    let one = try convert("--into", "out", "--json", "--force", "a.pth")
    let array = try JSONValue(parsing: Bytes(copying: Array(one.output.utf8))).array
    #expect(array?.count == 1)
  }

  struct Name: Sendable, CustomTestStringConvertible {
    let input: String
    let output: String
    var testDescription: String { input }
  }

  @Test(
    arguments: [
      Name(input: "0.65ms.pth.tar", output: "0.65ms.gpw"), Name(input: "x.pt", output: "x.gpw"),
      Name(input: "x.PTH", output: "x.gpw"), Name(input: "x.bin", output: "x.gpw"),
      Name(input: "x.zip", output: "x.gpw"), Name(input: "x.gpw", output: "x.gpw"),
      Name(input: "x", output: "x.gpw"), Name(input: "x.tar", output: "x.tar.gpw"),
      Name(input: ".pth", output: ".pth.gpw"), Name(input: "deep/x.ckpt", output: "x.gpw"),
      Name(input: "x.pth.pth", output: "x.pth.gpw"),
    ]) func `gives a file the name of its input`(name: Name) throws
  {
    let checkpoint = try Fixture.bytes("checkpoints/bare.pth").array
    #expect(try Tool.run("/bin/mkdir", ["deep"], in: folder.path).code == 0)
    _ = try folder.write(checkpoint, to: name.input)
    #expect(try convert("--into", "out", name.input).code == 0)
    #expect(try made() == [name.output])
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    let words: [String]
    let code: Int32
    let message: String
    var testDescription: String { words.joined(separator: " ") }
  }

  @Test(
    arguments: [
      Wrong(words: ["--into", "out"], code: 64, message: "Missing expected argument '<inputs>'"),
      Wrong(words: ["a.pth", "--into"], code: 64, message: "Missing value for '--into <folder>'"),
      Wrong(
        words: ["--into", "out", "none/a.pt", "b.ckpt", "none/a.pth.tar"], code: 64,
        message: "'none/a.pt' and 'none/a.pth.tar' would both become 'out/a.gpw'"),
      Wrong(
        words: ["--into", "out", "a.pth", "a.pth"], code: 64,
        message: "'a.pth' and 'a.pth' would both become 'out/a.gpw'"),
      Wrong(words: ["--into", "none", "a.pth"], code: 73, message: "none: is no folder"),
      Wrong(words: ["--into", "net.json", "a.pth"], code: 73, message: "net.json: is no folder"),
      Wrong(words: ["a.pth"], code: 64, message: "Missing expected argument '<output>'"),
      Wrong(words: ["a.pth", "b.gpw", "c"], code: 64, message: "Unexpected argument 'c'"),
    ]) func `refuses what it cannot do before it reads anything`(wrong: Wrong) throws
  {
    let before = folder.names
    let result = try Tool.run(
      "gpunet-convert", wrong.words + ["--arch", "net.json"], in: folder.path)
    #expect(result.code == wrong.code)
    #expect(result.output.isEmpty)
    #expect(result.errorOutput.hasPrefix("error: \(wrong.message)"), "\(result.errorOutput)")
    if wrong.code == 64 {
      #expect(
        result.errorOutput.contains(
          """

          Usage: gpunet-convert [<options>] <input> <output>
                 gpunet-convert [<options>] --into <folder> <inputs> ...

          """))
    }
    #expect(folder.names == before)
    #expect(try made().isEmpty)
  }
}
