import BinaryInput
import Glibc
import TestSupport
import Testing

/// Paths that lead to something else than a good file.
@Suite struct `A path` {
  struct Fault: Sendable, CustomTestStringConvertible {
    var input = "in.pth"
    var output = "new.gpw"
    var options: [String] = []
    let code: Int32
    let message: String
    var testDescription: String { "\(input) \(output) \(options)" }
  }

  static let faults = [
    Fault(input: "pipe", code: 66, message: "pipe: is not a regular file, expected a regular file"),
    Fault(input: "/dev/zero", code: 66, message: "found a device"),
    Fault(input: "/dev/tty", code: 66, message: "/dev/tty: "),
    Fault(input: "folder", code: 66, message: "found a folder"),
    Fault(input: "circle", code: 66, message: "Too many levels of symbolic links"),
    Fault(input: "none", code: 66, message: "check the spelling"),
    Fault(input: "in.pth/none", code: 66, message: "Not a directory"),
    Fault(options: ["--golden", "pipe"], code: 66, message: "pipe: is not a regular file"),
    Fault(options: ["--arch", "pipe"], code: 66, message: "pipe: neither a published network"),
    Fault(output: "folder.gpw", code: 73, message: "folder.gpw: is a folder"),
    Fault(output: "none/new.gpw", code: 73, message: "none/new.gpw: cannot be created"),
    Fault(output: "in.pth/new.gpw", code: 73, message: "Not a directory"),
    Fault(output: "circle.gpw", code: 73, message: "circle.gpw: is a symbolic link"),
    Fault(output: "nowhere.gpw", code: 73, message: "nowhere.gpw: is a symbolic link that leads"),
    Fault(
      output: String(repeating: "n", count: 252) + ".gpw", code: 73, message: "File name too long"),
    Fault(input: "a.gpw", output: "a.gpw", code: 73, message: "[io.same]"),
    Fault(input: "a.gpw", output: "./folder/../a.gpw", code: 73, message: "[io.same]"),
    Fault(input: "a.gpw", output: "hard.gpw", code: 73, message: "[io.same]"),
    Fault(input: "a.gpw", output: "soft.gpw", code: 73, message: "[io.same]"),
    Fault(input: "soft.gpw", output: "a.gpw", code: 73, message: "[io.same]"),
  ]

  private func folder() throws -> TemporaryFolder {
    let folder = TemporaryFolder()
    _ = try folder.write(Fixture.bytes("checkpoints/bare.pth").array, to: "in.pth")
    _ = try folder.write(Overwriting.old, to: "a.gpw")
    unsafe mkfifo(folder.file("pipe"), 0o600)
    for name in ["folder", "folder.gpw"] { unsafe mkdir(folder.file(name), 0o700) }
    unsafe link(folder.file("a.gpw"), folder.file("hard.gpw"))
    for (name, target) in [
      ("soft.gpw", "a.gpw"), ("circle", "circle"), ("circle.gpw", "circle.gpw"),
      ("nowhere.gpw", "none"),
    ] {
      unsafe symlink(target, folder.file(name))
    }
    return folder
  }

  @Test(arguments: faults, [[], ["--force"]])
  func `that cannot be used is refused, and nothing changes`(
    fault: Fault, force: [String]
  ) throws {
    let folder = try folder()
    let before = folder.names
    let architecture = fault.options.contains("--arch") ? [] : ["--arch", "net.json"]
    _ = try folder.write(Fixture.bytes("networks/plain.json").array, to: "net.json")
    let result = try Tool.run(
      "gpunet-convert", [fault.input, fault.output] + architecture + fault.options + force,
      in: folder.path)
    #expect(result.code == fault.code)
    #expect(result.output.isEmpty)
    #expect(result.errorOutput.hasPrefix("error: "))
    #expect(result.errorOutput.contains(fault.message), "\(result.errorOutput)")
    #expect(result.errorOutput.split(separator: "\n").count == 1)
    #expect(folder.names == (before + ["net.json"]).sorted())
    #expect(try MappedFile(path: folder.file("a.gpw")).bytes.array == Overwriting.old)
  }

  @Test(.enabled(if: geteuid() != 0, "root may write and read everywhere"))
  func `whose permissions forbid it is refused`() throws {
    let folder = try folder()
    unsafe chmod(folder.file("in.pth"), 0)
    unsafe chmod(folder.file("folder"), 0o500)
    for (input, output, code) in [("in.pth", "new.gpw", 66), ("a.gpw", "folder/new.gpw", 73)] {
      let result = try Tool.run("gpunet-convert", [input, output], in: folder.path)
      #expect(result.code == Int32(code))
      #expect(result.errorOutput.contains("check the permissions"))
    }
  }
}
