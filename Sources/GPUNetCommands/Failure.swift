package import BinaryInput
package import CommandLineTool
import GPUNetKit

extension EarlyExit {
  /// What a tool prints and exits with for an error: the one place that maps errors to exit codes.
  init(_ error: any Error) {
    switch error {
    case let early as EarlyExit:
      self = early
    case let rejection as Rejection:
      self.init(
        .negative,
        ([rejection.error.description(RemedyWords.text)]
          + listed(rejection.reasons.map { $0.escapedForDisplay() }).map { "  " + $0 })
          .joined(separator: "\n"))
    case let error as ReadError:
      self.init(ExitCode(for: error.code), error.description(RemedyWords.text))
    default:
      self.init(.internalFault, "\(error); this is a fault of the tool, please report it")
    }
  }
}

extension ExitCode {
  /// What a tool exits with after an error of that code; `Documentation/errors.md` lists them all.
  package init(for code: ErrorCode) {
    switch code.kind {
    case .negative: self = .negative
    case .request: self = .usage
    case .badInput: self = .badInput
    case .noInput: self = .noInput
    case .cannotCreate: self = .cannotCreate
    case .inputOutput: self = .inputOutput
    }
  }
}

extension ExitCode {
  /// The worse of two codes, for several files at once: a fault of the tool is the worst, and of the
  /// others the greater number.
  func worse(_ other: ExitCode) -> ExitCode {
    if self == .internalFault || other == .internalFault { return .internalFault }
    return other.rawValue > rawValue ? other : self
  }
}

/// The first ten lines, and how many more there are.
func listed(_ lines: [String], limit: Int = 10) -> [String] {
  guard lines.count > limit else { return lines }
  return lines.prefix(limit) + ["and \(grouped(lines.count - limit)) more"]
}

/// A number with commas between groups of three digits.
func grouped(_ number: Int) -> String {
  let digits = String(number)
  var result = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index).isMultiple(of: 3), result != "-" { result += "," }
    result.append(digit)
  }
  return result
}

/// Runs a tool's work and turns whatever it throws into an exit.
func exiting<Result: ~Copyable>(_ body: () throws -> Result) throws(EarlyExit) -> Result {
  do {
    return try body()
  } catch {
    throw EarlyExit(error)
  }
}
