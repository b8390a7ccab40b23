import Glibc

extension ToolDescription {
  /// Reads the command line, lets `body` do the work, and ends the process.
  ///
  /// - Parameters:
  ///   - arguments: The words after the tool's name.
  ///   - body: The tool's work; what it throws is printed before the process ends.
  public func run(
    _ arguments: [String] = Array(CommandLine.arguments.dropFirst()),
    body: (ParsedArguments) throws(EarlyExit) -> ExitCode
  ) -> Never {
    StandardStreams.occupyClosed()
    let code: ExitCode
    do throws(EarlyExit) {
      code = try body(try parse(arguments, terminalWidth: Terminal.width))
    } catch {
      code = finish(error)
    }
    Interruption.waitIfEnding()
    exit(code.rawValue)
  }

  private func finish(_ early: EarlyExit) -> ExitCode {
    Interruption.waitIfEnding()
    StandardStreams.writeError(early.errorOutput)
    do throws(EarlyExit) {
      try StandardStreams.writeOutput(early.output)
    } catch {
      StandardStreams.writeError(error.errorOutput)
      return error.code
    }
    return early.code
  }
}
