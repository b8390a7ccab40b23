import Foundation

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

  /// Runs a tool to its end.
  public static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:],
    in workingFolder: String? = nil
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
    try process.run()
    process.waitUntilExit()
    func content(_ file: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: folder.file(file))), as: UTF8.self)
    }
    return Result(
      code: process.terminationReason == .exit
        ? process.terminationStatus : -process.terminationStatus,
      output: try content("out"), errorOutput: try content("err"))
  }
}
