/// The stable, documented name of one way in which reading or writing can fail.
///
/// Every target that reads a format declares its own codes as static members, for example `zip.crc`,
/// each once and with its kind. The part before the dot names the subject; the whole is what scripts
/// may match on.
public struct ErrorCode: Sendable {
  /// The spelling that is printed in brackets at the end of a message.
  public let rawValue: String
  /// What kind of failure it is, by which tools choose their exit code.
  public let kind: Kind

  /// What kind of failure a code means.
  public enum Kind: CaseIterable, Sendable {
    /// Everything worked, and the answer is no.
    case negative
    /// What was asked for cannot be done by anybody.
    case request
    /// The input is malformed, dangerous, unsupported or over a limit.
    case badInput
    /// An input cannot be opened.
    case noInput
    /// An output cannot be created.
    case cannotCreate
    /// The system failed to read or write.
    case inputOutput
  }

  /// Declares a code by its printed spelling.
  public init(_ rawValue: String, _ kind: Kind = .badInput) {
    self.rawValue = rawValue
    self.kind = kind
  }
}

extension ErrorCode: Hashable {
  /// Whether both have the same spelling, of which there is one declaration.
  public static func == (left: ErrorCode, right: ErrorCode) -> Bool {
    left.rawValue == right.rawValue
  }

  /// Feeds the spelling to a hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(rawValue)
  }
}

extension ErrorCode {
  /// The input does not exist, is not readable, or is no regular file.
  public static let openFailed = ErrorCode("io.open", .noInput)
  /// The system reported a failure while reading.
  public static let readFailed = ErrorCode("io.read", .inputOutput)
  /// The system reported a failure while writing.
  public static let writeFailed = ErrorCode("io.write", .inputOutput)
  /// The output cannot be created where it was asked for.
  public static let createFailed = ErrorCode("io.create", .cannotCreate)
  /// The output exists and replacing it was not asked for.
  public static let outputExists = ErrorCode("io.exists", .cannotCreate)
  /// The output is the input under the same or another name.
  public static let sameFile = ErrorCode("io.same", .cannotCreate)
  /// The input changed while it was read.
  public static let inputChanged = ErrorCode("io.changed", .inputOutput)
  /// The machine has not enough memory for a buffer whose extent a file states.
  public static let outOfMemory = ErrorCode("io.memory", .inputOutput)
  /// What a file asks for takes more steps or memory than any honest file of its kind.
  public static let workBudget = ErrorCode("work.budget")
}
