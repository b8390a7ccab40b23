import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `A device without room` {
  @Test func `is reported, and not taken for a file`() throws {
    let overwriting = try Overwriting()
    #expect(unsafe unlink(overwriting.output) == 0)
    #expect(unsafe symlink("/dev/full", overwriting.output) == 0)
    let result = try overwriting.run()
    overwriting.expectFailure(
      result, code: 74, overwriting.output, "No space left on device; free space")
    #expect(overwriting.folder.names == ["in.pth", "out.gpw"])
    var status = stat()
    #expect(unsafe stat("/dev/full", &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func `is reported where it is the limit on file sizes`() throws {
    let overwriting = try Overwriting()
    // In blocks of 512 bytes.
    let result = try Tool.run(
      "/bin/sh",
      ["-c", "ulimit -f 8 && exec \"$@\"", "sh", "\(Tool.folder)/gpunet-convert"]
        + overwriting.arguments)
    overwriting.expectFailure(result, code: 74, overwriting.output, "ulimit -f", "[io.write]")
    try overwriting.expectOld()
  }
}

/// A script in a mount namespace of its own, whose file systems are gone when it ends.
private enum Mounts {
  static let unshare: [String]? = {
    let ways = [["--mount"], ["--map-root-user", "--mount"]]
    return ways.first { way in
      let result = try? Tool.run(
        "/usr/bin/unshare", way + ["/bin/sh", "-c", "mount -t tmpfs none /tmp"])
      return result?.code == 0
    }
  }()

  /// Runs the conversion with `folder/mount` on a file system of 16 pages, where the old file is.
  ///
  /// - Parameters:
  ///   - overwriting: The conversion.
  ///   - preparation: What is done there first, with the folder as `$1`.
  /// - Returns: What the tool left behind, and the names of the files there.
  /// - Throws: What starting it throws.
  static func convert(
    _ overwriting: Overwriting, after preparation: String
  ) throws -> (result: Tool.Result, names: String) {
    let folder = overwriting.folder.file("mount")
    #expect(unsafe mkdir(folder, 0o700) == 0)
    let script = """
      mount -t tmpfs -o size=64k none "$1" && cp "$2" "$1/out.gpw" && \(preparation) || exit 99
      folder=$1 old=$2
      shift 2
      "$@"
      code=$?
      cmp "$folder/out.gpw" "$old" || exit 98
      ls -A "$folder" > "$folder.names"
      exit $code
      """
    var arguments = overwriting.arguments
    arguments[1] = "\(folder)/out.gpw"
    let result = try Tool.run(
      "/usr/bin/unshare",
      unshare! + ["/bin/sh", "-c", script, "sh", folder, overwriting.output]
        + ["\(Tool.folder)/gpunet-convert"] + arguments)
    let names = try String(contentsOfFile: "\(folder).names", encoding: .utf8)
    return (result, names)
  }
}

@Suite(.enabled(if: Mounts.unshare != nil, "nothing may be mounted here"))
struct `A file system` {
  @Test func `without room leaves the old file`() throws {
    let overwriting = try Overwriting()
    let (result, names) = try Mounts.convert(
      overwriting, after: "head -c 36864 /dev/zero > \"$1/filler\"")
    overwriting.expectFailure(
      result, code: 74, "mount/out.gpw: no room for the file: No space left on device",
      "(needed \(Overwriting.new.count) bytes, 8192 free)")
    #expect(names == "filler\nout.gpw\n")
  }

  @Test func `that is read-only leaves the old file`() throws {
    let overwriting = try Overwriting()
    let (result, names) = try Mounts.convert(
      overwriting, after: "mount -o remount,ro \"$1\"")
    overwriting.expectFailure(
      result, code: 73, "mount/out.gpw: cannot be created: Read-only file system; check the perm")
    #expect(names == "out.gpw\n")
  }
}

@Suite struct `Standard output` {
  @Test func `that is closed is reported, and the file is right`() throws {
    let overwriting = try Overwriting()
    let result = try Tool.run(
      "/bin/sh",
      ["-c", "exec \"$@\" >&-", "sh", "\(Tool.folder)/gpunet-convert"]
        + overwriting.arguments.dropLast())
    overwriting.expectFailure(result, code: 74, "standard output cannot be written")
    try overwriting.expectNew()
  }

  @Test(arguments: [[], ["--json"]])
  func `whose reader went away ends without a word, and the file is right`(
    options: [String]
  ) throws {
    let overwriting = try Overwriting()
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let result = try Tool.run(
      "gpunet-convert", overwriting.arguments.dropLast() + options,
      output: pipe.fileHandleForWriting)
    #expect(result.code == 74)
    #expect(result.errorOutput.isEmpty)
    try overwriting.expectNew()
  }

  @Test(arguments: [["--format", "json"], ["--tensors"], ["--help"]])
  func `of gpunet-inspect may lose its reader, too`(options: [String]) throws {
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let result = try Tool.run(
      "gpunet-inspect",
      [
        Fixture.path("checkpoints/bare.pth"), "--arch", Fixture.path("networks/plain.json"),
      ] + options, output: pipe.fileHandleForWriting)
    #expect(result.code == 74)
    #expect(result.errorOutput.isEmpty)
  }
}
