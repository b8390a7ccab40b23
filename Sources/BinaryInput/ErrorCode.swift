/// The stable, documented name of one way in which reading or writing can fail.
///
/// Every target that reads a format lists its own codes as static members, for example `zip.crc`.
/// The part before the dot names the subject; the whole is what scripts may match on.
public struct ErrorCode: RawRepresentable, Hashable, Sendable {
  /// The spelling that is printed in brackets at the end of a message.
  public let rawValue: String

  /// Creates a code from its printed spelling.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// Creates a code from its printed spelling.
  public init(_ rawValue: String) {
    self.init(rawValue: rawValue)
  }
}

extension ErrorCode {
  /// The input does not exist, is not readable, or is no regular file.
  public static let openFailed = ErrorCode("io.open")
  /// The system reported a failure while reading.
  public static let readFailed = ErrorCode("io.read")
  /// The system reported a failure while writing.
  public static let writeFailed = ErrorCode("io.write")
  /// The output cannot be created where it was asked for.
  public static let createFailed = ErrorCode("io.create")
  /// The output exists and replacing it was not asked for.
  public static let outputExists = ErrorCode("io.exists")
  /// The output is the input under the same or another name.
  public static let sameFile = ErrorCode("io.same")
  /// The input changed while it was read.
  public static let inputChanged = ErrorCode("io.changed")
  /// The machine has not enough memory for a buffer whose extent a file states.
  public static let outOfMemory = ErrorCode("io.memory")
}
