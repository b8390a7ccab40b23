/// Bytes under construction, little-endian.
struct LittleEndianBytes {
  private(set) var bytes: [UInt8] = []

  mutating func append<Value: FixedWidthInteger & UnsignedInteger>(_ value: Value) {
    for index in 0..<(Value.bitWidth / 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> Value(index * 8)))
    }
  }

  mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  mutating func append(contentsOf other: [UInt8]) {
    bytes.append(contentsOf: other)
  }

  /// Adds zeros up to a multiple of `alignment`.
  mutating func pad(toMultipleOf alignment: Int) {
    while bytes.count % alignment != 0 { bytes.append(0) }
  }
}
