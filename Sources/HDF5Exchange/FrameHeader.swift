public import BinaryInput

/// What stands in front of every message between the worker and whoever started it.
///
/// Eight bytes: the kind and the number of bytes that follow, both little-endian in 32 bits.
public struct FrameHeader: Equatable, Sendable {
  /// What kinds of messages there are.
  public enum Kind: UInt32, CaseIterable, Sendable {
    /// A ``WorkerRequest``.
    case request = 0x4835_5131
    /// A part of a tensor's elements.
    case elements = 0x4835_4531
    /// A ``FileListing``.
    case listing = 0x4835_4C31
    /// What was asked for is done.
    case done = 0x4835_4431
    /// A ``WorkerFailure``.
    case failure = 0x4835_4631
  }

  /// What the message is.
  public let kind: Kind
  /// The number of bytes behind the header.
  public let byteCount: Int

  /// The number of bytes of a header.
  public static let byteCount = 8
  /// The most bytes of elements in one message.
  public static let elementByteCountLimit = 1 << 22
  /// The most bytes of a request; the text of an attribute is the longest.
  public static let requestByteCountLimit = 1 << 26
  /// The most bytes of a listing.
  public static let listingByteCountLimit = 1 << 26
  /// The most bytes of a failure.
  public static let failureByteCountLimit = 1 << 16

  /// Describes a message.
  ///
  /// - Precondition: The number of bytes is none over the limit of the kind.
  public init(_ kind: Kind, byteCount: Int) {
    precondition((0...FrameHeader.limit(of: kind)).contains(byteCount), "a message over its limit")
    self.kind = kind
    self.byteCount = byteCount
  }

  /// Understands eight bytes.
  ///
  /// - Throws: `h5.worker` for anything that is no header, or announces more than its kind may have.
  public init(decoding bytes: [UInt8]) throws(ReadError) {
    let all = Bytes(copying: bytes)
    var reader = ByteReader(all.span, truncation: .h5Worker)
    let number: UInt32 = try reader.read(UInt32.self, "the kind of a message")
    let byteCount = Int(try reader.read(UInt32.self, "the length of a message"))
    guard let kind = Kind(rawValue: number) else {
      throw ReadError(
        .h5Worker, "the worker sent a message of no known kind",
        found: "0x\(String(number, radix: 16))")
    }
    guard byteCount <= FrameHeader.limit(of: kind) else {
      throw ReadError(
        .h5Worker, "the worker announced too long a message",
        expected: "at most \(FrameHeader.limit(of: kind)) bytes", found: "\(byteCount)")
    }
    self.kind = kind
    self.byteCount = byteCount
  }

  /// The eight bytes.
  public var encoded: [UInt8] {
    var writer = MessageWriter()
    writer.write(kind.rawValue)
    writer.write(UInt32(byteCount))
    return writer.bytes
  }

  private static func limit(of kind: Kind) -> Int {
    switch kind {
    case .request: requestByteCountLimit
    case .elements: elementByteCountLimit
    case .listing: listingByteCountLimit
    case .done: 0
    case .failure: failureByteCountLimit
    }
  }
}
