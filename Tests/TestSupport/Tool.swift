import Foundation
import Glibc

/// A command-line tool of this package, run as a process of its own.
public enum Tool {
  /// What a process left behind.
  public struct Result: Sendable {
    /// The exit code; negative for a signal.
    public let code: Int32
    /// Everything on standard output.
    public let output: String
    /// Everything on standard error.
    public let errorOutput: String
  }

  /// The folder that the package's tools were built into: the test bundle's own.
  public static let folder: String = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let path = bundle ?? ProcessInfo.processInfo.arguments[0]
    return URL(fileURLWithPath: path).deletingLastPathComponent().path
  }()

  /// Runs a tool to its end; where its errors go to a terminal, that ends lines with `\r\n`.
  public static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:],
    in workingFolder: String? = nil, errorsToTerminal: Bool = false
  ) throws -> Result {
    let process = Process()
    let path = name.hasPrefix("/") ? name : "\(folder)/\(name)"
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let workingFolder {
      process.currentDirectoryURL = URL(fileURLWithPath: workingFolder, isDirectory: true)
    }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes, so that neither stream can fill up while the other is read.
    let folder = TemporaryFolder()
    for file in ["out", "err"] {
      _ = FileManager.default.createFile(atPath: folder.file(file), contents: nil)
    }
    process.standardOutput = FileHandle(forWritingAtPath: folder.file("out"))
    process.standardError = FileHandle(forWritingAtPath: folder.file("err"))
    let terminal = errorsToTerminal ? try PseudoTerminal() : nil
    if let terminal { process.standardError = terminal.tool }
    try process.run()
    process.waitUntilExit()
    func content(_ file: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: folder.file(file))), as: UTF8.self)
    }
    return Result(
      code: process.terminationReason == .exit
        ? process.terminationStatus : -process.terminationStatus,
      output: try content("out"),
      errorOutput: try terminal.map { try $0.written() } ?? content("err"))
  }
}

/// A terminal without a screen.
private struct PseudoTerminal {
  /// The end that a tool writes to.
  let tool: FileHandle
  private let screen: FileHandle

  /// Requests of `<linux/tty.h>` that `posix_openpt` and its like make; Glibc's module hides those.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  init() throws {
    let screen = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var lock: CInt = 0
    var number: CUnsignedInt = 0
    let isOpen =
      unsafe screen >= 0 && ioctl(screen, Self.setLock, &lock) == 0
      && ioctl(screen, Self.getNumber, &number) == 0
    guard isOpen else { throw POSIXError(.ENOTTY) }
    self.screen = FileHandle(fileDescriptor: screen, closeOnDealloc: true)
    tool = FileHandle(
      fileDescriptor: unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY), closeOnDealloc: true)
  }

  /// What the tool wrote, which must fit the terminal's buffer.
  func written() throws -> String {
    String(decoding: screen.availableData, as: UTF8.self)
  }
}
