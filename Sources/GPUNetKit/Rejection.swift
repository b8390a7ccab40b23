public import BinaryInput
public import Equivalence

/// The tool did its work, and the answer is no.
public struct Rejection: Error, Sendable {
  /// What the answer is no to: the path, the question, the code.
  public let error: ReadError
  /// The reasons, most important first.
  public let reasons: [String]

  /// Creates an answer.
  public init(_ error: ReadError, reasons: [String]) {
    self.error = error
    self.reasons = reasons
  }
}

extension Rejection {
  /// The answer that a comparison is out of its bounds, naming the first layer that differs and its
  /// worst element.
  public init(_ report: ComparisonReport, path: String, advice: String? = nil) {
    let mismatches = report.comparisons.filter { !$0.isMatch }
    self.init(
      ReadError(
        .notEquivalent, "\(report.subject): the answers differ", path: [path],
        expected: "all within their bounds (\(report.tolerance.reason))",
        found: "\(mismatches.count) of \(report.comparisons.count) out of them", advice: advice),
      reasons: mismatches.map(\.description))
  }
}

extension ErrorCode {
  /// The file that was written, or the network that was read, does not give the expected answers.
  public static let notEquivalent = ErrorCode("verify.mismatch", .negative)
}
