/// What a process tells its caller when it ends; the numbers above 1 are those of `sysexits.h` and
/// of shells for signals.
public struct ExitCode: RawRepresentable, Hashable, Sendable {
  /// The number that the process exits with.
  public let rawValue: Int32

  /// Creates a code from its number.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// It worked and the answer is yes.
  public static let success = ExitCode(rawValue: 0)
  /// It worked and the answer is no.
  public static let negative = ExitCode(rawValue: 1)
  /// The command line is wrong.
  public static let usage = ExitCode(rawValue: 64)
  /// The input is malformed, dangerous, unsupported or over a limit.
  public static let badInput = ExitCode(rawValue: 65)
  /// The input cannot be opened.
  public static let noInput = ExitCode(rawValue: 66)
  /// The tool itself is at fault.
  public static let internalFault = ExitCode(rawValue: 70)
  /// The output cannot be created.
  public static let cannotCreate = ExitCode(rawValue: 73)
  /// Reading or writing failed.
  public static let inputOutput = ExitCode(rawValue: 74)
  /// Ended by Ctrl-C.
  public static let interrupted = ExitCode(rawValue: 130)
  /// Ended by a request to terminate.
  public static let terminated = ExitCode(rawValue: 143)
}
