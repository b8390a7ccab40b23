public import BinaryInput

/// Why the worker could not do what it was asked, or why a dataset will not be read.
public struct WorkerFailure: Error, Hashable, Sendable {
  /// What kind of failure it is.
  public enum Reason: UInt8, CaseIterable, Sendable {
    /// The structure of the file is broken.
    case malformed = 1
    /// Something stands outside the file.
    case external
    /// A filter that is not read.
    case filter
    /// More elements than there are bytes for.
    case extent
    /// A name that is none.
    case name
    /// A checksum that does not fit.
    case checksum
    /// The memory that the worker may have is not enough.
    case memory
    /// What no HDF5 file can have.
    case unwritable
    /// The system failed to write.
    case writing
    /// A request that is none, or comes at the wrong time.
    case request
    /// Elements that no tensor can have.
    case elements
    /// A symbolic link that leads to nothing that can be read.
    case link
  }

  /// What kind of failure it is.
  public var reason: Reason
  /// What is wrong, as a phrase.
  public var what: String
  /// What should have been there.
  public var expected: String?
  /// What was there.
  public var found: String?

  /// Describes a failure; long texts are cut.
  public init(_ reason: Reason, _ what: String, expected: String? = nil, found: String? = nil) {
    self.reason = reason
    self.what = WorkerFailure.cut(what)
    self.expected = expected.map(WorkerFailure.cut)
    self.found = found.map(WorkerFailure.cut)
  }

  private static func cut(_ text: String) -> String {
    text.utf8.count <= 4_000 ? text : String(text.unicodeScalars.prefix(1_000)) + "…"
  }

  /// The code that belongs to the reason.
  public var code: ErrorCode {
    switch reason {
    case .malformed, .memory: .h5Malformed
    case .external, .link: .h5External
    case .filter: .h5Filter
    case .extent: .h5Extent
    case .name: .h5Name
    case .checksum: .h5Checksum
    case .unwritable: .h5Unwritable
    case .writing: .writeFailed
    case .request: .h5Worker
    case .elements: .h5ElementType
    }
  }

  /// The message.
  public var encoded: [UInt8] {
    var writer = MessageWriter()
    write(to: &writer)
    return writer.bytes
  }

  func write(to writer: inout MessageWriter) {
    writer.write(reason.rawValue)
    writer.write(what)
    writer.write(expected)
    writer.write(found)
  }

  /// Understands a message.
  ///
  /// - Throws: `h5.worker` for anything else.
  public init(decoding bytes: Bytes) throws(ReadError) {
    var reader = ByteReader(bytes.span, truncation: .h5Worker)
    self = try WorkerFailure(parsing: &reader)
    try MessageFields.requireEnd(&reader)
  }

  init(parsing reader: inout ByteReader) throws(ReadError) {
    let number: UInt8 = try reader.read(UInt8.self, "a reason")
    guard let reason = Reason(rawValue: number) else {
      throw MessageFields.unknown("a reason", "\(number)", at: reader.position)
    }
    let what = try MessageFields.text(&reader)
    let expected = try MessageFields.optionalText(&reader)
    let found = try MessageFields.optionalText(&reader)
    self.init(reason, what, expected: expected, found: found)
  }
}
