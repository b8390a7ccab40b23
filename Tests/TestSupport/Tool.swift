public import Foundation
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

  /// Runs a tool to its end.
  ///
  /// - Parameters:
  ///   - name: The tool of this package, or the path of another one.
  ///   - arguments: The words after its name.
  ///   - environment: What is added to the environment.
  ///   - workingFolder: The folder that it runs in, where it is not the tests' own.
  ///   - input: The path of what its standard input is; nil for nothing.
  ///   - output: Where its standard output goes instead of into the result.
  ///   - errorsToTerminal: Whether its errors go to a terminal, which ends lines with `\r\n`.
  /// - Returns: What it left behind.
  /// - Throws: What starting it throws.
  public static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:],
    in workingFolder: String? = nil, input: String? = nil, output: FileHandle? = nil,
    errorsToTerminal: Bool = false
  ) throws -> Result {
    try RunningTool(
      name, arguments, environment: environment, in: workingFolder, input: input, output: output,
      errorsToTerminal: errorsToTerminal
    ).result()
  }
}

/// A tool of this package, or another one, while it runs.
public final class RunningTool {
  private let process = Process()
  // Files, not pipes, so that neither stream can fill up while the other is read.
  private let folder = TemporaryFolder()
  private let terminal: PseudoTerminal?

  /// Starts a tool; the parameters are those of ``Tool/run(_:_:environment:in:input:output:errorsToTerminal:)``.
  public init(
    _ name: String, _ arguments: [String], environment: [String: String] = [:],
    in workingFolder: String? = nil, input: String? = nil, output: FileHandle? = nil,
    errorsToTerminal: Bool = false
  ) throws {
    terminal = errorsToTerminal ? try PseudoTerminal(columns: 60) : nil
    let path = name.hasPrefix("/") ? name : "\(Tool.folder)/\(name)"
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let workingFolder {
      process.currentDirectoryURL = URL(fileURLWithPath: workingFolder, isDirectory: true)
    }
    process.standardInput = input.map { FileHandle(forReadingAtPath: $0) } ?? FileHandle.nullDevice
    for file in ["out", "err"] {
      _ = FileManager.default.createFile(atPath: folder.file(file), contents: nil)
    }
    process.standardOutput = output ?? FileHandle(forWritingAtPath: folder.file("out"))
    process.standardError =
      terminal?.tool ?? FileHandle(forWritingAtPath: folder.file("err"))
    try process.run()
  }

  /// Whether the tool has not ended.
  public var isRunning: Bool { process.isRunning }

  /// Sends a signal to the tool.
  public func signal(_ number: Int32) {
    kill(process.processIdentifier, number)
  }

  /// Waits for the end of the tool.
  ///
  /// - Returns: What it left behind.
  /// - Throws: What reading that throws.
  public func result() throws -> Tool.Result {
    let shown = try terminal?.content()
    process.waitUntilExit()
    func content(_ file: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: folder.file(file))), as: UTF8.self)
    }
    return Tool.Result(
      code: process.terminationReason == .exit
        ? process.terminationStatus : -process.terminationStatus,
      output: try content("out"),
      errorOutput: try shown ?? content("err"))
  }
}
