/// The end of a tool before its work is done: what to print where, and the exit code.
public struct EarlyExit: Error, Equatable, Sendable {
  /// What goes to standard output.
  public let output: String
  /// What goes to standard error.
  public let errorOutput: String
  /// What the process exits with.
  public let code: ExitCode

  /// Ends with success after printing what was asked for.
  public init(printing output: String) {
    self.output = output
    errorOutput = ""
    code = .success
  }

  /// Ends with a failure and one line about it.
  ///
  /// - Parameters:
  ///   - code: What the process exits with.
  ///   - message: The line without `error:`; nothing is printed where it is empty.
  public init(_ code: ExitCode, _ message: String) {
    output = ""
    errorOutput = message.isEmpty ? "" : "\(StandardStreams.errorMark) \(message)\n"
    self.code = code
  }

  /// What went wrong, without `error:` and without the line feed at the end.
  public var message: String {
    let prefix = StandardStreams.errorMark + " "
    let text =
      errorOutput.hasPrefix(prefix) ? errorOutput.dropFirst(prefix.count) : errorOutput[...]
    return String(text.hasSuffix("\n") ? text.dropLast() : text)
  }

  init(_ code: ExitCode, errorOutput: String) {
    output = ""
    self.errorOutput = errorOutput
    self.code = code
  }
}

extension ToolDescription {
  /// Ends because the command line is wrong: the message, the usage, and where help is.
  public func usageError(_ message: String) -> EarlyExit {
    EarlyExit(
      .usage,
      errorOutput: """
        \(StandardStreams.errorMark) \(message)
        Usage: \(usage.joined(separator: "\n       "))
          See '\(name) --help' for more information.

        """)
  }
}
