import BinaryInput
import Foundation
import TestSupport

/// A system call that a tool made on its main thread, as strace writes it down.
struct SystemCall: Sendable, CustomStringConvertible {
  /// Its name.
  let name: String
  /// Which of the calls of that name it is, from 1.
  let number: Int
  /// The whole line: arguments, the paths of descriptors, result.
  let line: String

  var description: String { "call \(number) of \(name): \(line)" }

  /// The calls that open, write, and close files.
  static let names = [
    "openat", "fchmod", "fallocate", "write", "pwrite64", "ftruncate", "fsync", "mmap", "close",
    "rename",
    "renameat", "renameat2", "unlink", "unlinkat",
  ]

  /// Where strace is, if it is there and may trace.
  static let strace: String? = {
    let path = "/usr/bin/strace"
    guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
    let result = try? Tool.run(path, ["-e", "inject=fsync:error=EIO", "/bin/true"])
    return result?.code == 0 ? path : nil
  }()

  /// Runs gpunet-convert and makes calls fail, return other values, or wait.
  ///
  /// Only the main thread is traced, so that the numbers of the calls are the same in every run;
  /// it is the one that deals with files.
  ///
  /// - Parameters:
  ///   - arguments: The words after the tool's name.
  ///   - injections: What to do to which calls, as strace takes it: `fsync:error=EIO:when=1`.
  ///   - log: The path of the file that the calls are written to.
  /// - Returns: The tool while it runs.
  /// - Throws: What starting it throws.
  static func trace(
    _ arguments: [String], _ injections: [String], log: String
  ) throws -> RunningTool {
    // A name that this machine does not have is marked to be passed over.
    let names = names.map { "?\($0)" }.joined(separator: ",")
    return try RunningTool(
      strace!,
      ["-o", log, "-y", "-e", "trace=\(names)", "-e", "signal=none"]
        + injections.flatMap { ["-e", "inject=\($0)"] }
        + ["\(Tool.folder)/gpunet-convert"] + arguments)
  }

  /// The calls in a file that ``trace(_:_:log:)`` made.
  static func calls(in log: String) throws(ReadError) -> [SystemCall] {
    let text = String(decoding: try MappedFile(path: log).bytes.array, as: UTF8.self)
    var counts: [String: Int] = [:]
    return text.split(separator: "\n").compactMap { line in
      guard let parenthesis = line.firstIndex(of: "(") else { return nil }
      let name = String(line[..<parenthesis])
      guard names.contains(name) else { return nil }
      counts[name, default: 0] += 1
      return SystemCall(name: name, number: counts[name]!, line: String(line))
    }
  }
}
