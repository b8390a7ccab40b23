import BinaryInput
import TestSupport
import Testing

/// A conversion that replaces an existing good file, in a folder of its own, for faults to strike.
struct Overwriting {
  /// The file that is there before: the same network with its batch norms.
  static let old = try! converted("--keep-batch-norm")
  /// The file that is there after a conversion.
  static let new = try! converted()

  let folder = TemporaryFolder()

  init() throws {
    _ = try folder.write(Fixture.bytes("checkpoints/bare.pth").array, to: "in.pth")
    try restore()
  }

  var input: String { folder.file("in.pth") }
  var output: String { folder.file("out.gpw") }

  /// The words after the tool's name.
  var arguments: [String] {
    [input, output, "--arch", Fixture.path("networks/plain.json"), "--force", "--quiet"]
  }

  /// Puts the old file in its place again, and takes away what else is there.
  func restore() throws {
    _ = try folder.write(Self.old, to: "out.gpw")
  }

  /// Runs the conversion without a fault.
  func run() throws -> Tool.Result {
    try Tool.run("gpunet-convert", arguments)
  }

  /// What is at the output's place.
  func content() throws -> [UInt8] {
    try MappedFile(path: output).bytes.array
  }

  /// Nothing but the old file is there.
  func expectOld(_ comment: @autoclosure () -> Comment? = nil) throws {
    let comment = comment()
    #expect(try content() == Self.old, comment)
    #expect(folder.names == ["in.pth", "out.gpw"], comment)
  }

  /// Nothing but the new file is there.
  func expectNew(_ comment: @autoclosure () -> Comment? = nil) throws {
    let comment = comment()
    #expect(try content() == Self.new, comment)
    #expect(folder.names == ["in.pth", "out.gpw"], comment)
  }

  /// The tool failed with `code` and one line that contains every one of `words`.
  func expectFailure(
    _ result: Tool.Result, code: Int32, _ words: String..., comment: Comment? = nil
  ) {
    #expect(result.code == code, comment)
    #expect(result.output.isEmpty, comment)
    #expect(result.errorOutput.hasPrefix("error: "), comment)
    #expect(result.errorOutput.hasSuffix("\n"), comment)
    #expect(result.errorOutput.split(separator: "\n").count == 1, "\(result.errorOutput)")
    for word in words { #expect(result.errorOutput.contains(word), "\(result.errorOutput)") }
  }

  private static func converted(_ options: String...) throws -> [UInt8] {
    let folder = TemporaryFolder()
    _ = try folder.write(Fixture.bytes("checkpoints/bare.pth").array, to: "in.pth")
    let result = try Tool.run(
      "gpunet-convert",
      [
        folder.file("in.pth"), folder.file("out.gpw"), "--arch",
        Fixture.path("networks/plain.json"),
      ] + options)
    precondition(result.code == 0, "the fixture converts")
    return try MappedFile(path: folder.file("out.gpw")).bytes.array
  }
}
