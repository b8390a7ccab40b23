package import BinaryInput

/// A message of Protocol Buffers under construction.
///
/// Fields stand in the order in which they are added, so that the same calls give the same bytes.
/// Content that is made only when it is written is a gap of a known number of bytes.
package struct ProtobufEncoder: Sendable {
  /// Room for content that is written later.
  package struct Gap: Hashable, Sendable {
    /// Before which of ``bytes`` it is.
    package var position: Int
    /// The number of its bytes.
    package let byteCount: Int
    /// Which content it is for.
    package let index: Int
  }

  /// The bytes so far, without those of the gaps.
  package private(set) var bytes: [UInt8] = []
  /// The gaps by their positions.
  package private(set) var gaps: [Gap] = []
  /// The number of bytes so far, with those of the gaps.
  package private(set) var byteCount = 0

  /// What a field's content is encoded as.
  private enum WireType: UInt64 {
    case varint = 0
    case lengthDelimited = 2
    case fixed32 = 5
  }

  /// Creates an empty message.
  package init() {}

  /// Adds an integer; one that is negative takes ten bytes.
  package mutating func add(_ value: Int, field: Int) {
    appendKey(field, .varint)
    appendVarint(UInt64(bitPattern: Int64(value)))
  }

  /// Adds a number of 32 bits.
  package mutating func add(_ value: Float, field: Int) {
    appendKey(field, .fixed32)
    append(value)
  }

  /// Adds a text.
  package mutating func add(_ text: String, field: Int) {
    add(Array(text.utf8), field: field)
  }

  /// Adds bytes.
  package mutating func add(_ content: [UInt8], field: Int) {
    appendKey(field, .lengthDelimited)
    appendVarint(UInt64(content.count))
    append(content)
  }

  /// Adds a message that `body` fills.
  ///
  /// - Complexity: O(*n*) in the number of the message's ``bytes``.
  package mutating func addMessage(
    field: Int, _ body: (inout ProtobufEncoder) throws(ReadError) -> Void
  ) throws(ReadError) {
    var message = ProtobufEncoder()
    try body(&message)
    appendKey(field, .lengthDelimited)
    appendVarint(UInt64(message.byteCount))
    gaps += message.gaps.map { gap in
      var moved = gap
      moved.position += bytes.count
      return moved
    }
    bytes += message.bytes
    byteCount += message.byteCount
  }

  /// Adds bytes that are written later.
  ///
  /// - Parameters:
  ///   - count: The number of the bytes.
  ///   - field: The number of the field.
  ///   - index: Which content they are.
  package mutating func addGap(byteCount count: Int, field: Int, index: Int) {
    appendKey(field, .lengthDelimited)
    appendVarint(UInt64(count))
    gaps.append(Gap(position: bytes.count, byteCount: count, index: index))
    byteCount += count
  }

  private mutating func appendKey(_ field: Int, _ wireType: WireType) {
    appendVarint(UInt64(field) << 3 | wireType.rawValue)
  }

  /// Seven bits a byte, the lowest first; the eighth says that more follow.
  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append([UInt8(truncatingIfNeeded: rest) | 0x80])
      rest >>= 7
    }
    append([UInt8(rest)])
  }

  private mutating func append(_ value: Float) {
    append((0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) })
  }

  private mutating func append(_ content: [UInt8]) {
    bytes += content
    byteCount += content.count
  }
}
