public import BinaryInput

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

extension ErrorCode {
  /// The file that was written, or the network that was read, does not give the expected answers.
  public static let notEquivalent = ErrorCode("verify.mismatch")
  /// Two options or files cannot be used together.
  public static let unsuitableRequest = ErrorCode("request.unsuitable")
}
