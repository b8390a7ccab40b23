/// A 16-bit number with binary32's exponent and 8 bits of significand.
public struct BFloat16: BitwiseCopyable, Hashable, Sendable {
  /// The upper half of the binary32 with the same value.
  public var bitPattern: UInt16

  /// Creates the number with the given bits.
  public init(bitPattern: UInt16) {
    self.bitPattern = bitPattern
  }

  /// Rounds to nearest, ties to even; a NaN stays one.
  ///
  /// The step through binary32 rounds to odd, so that two roundings equal one.
  public init(_ value: Double) {
    var single = Float(value)
    if value.isFinite, single.isFinite, Double(single) != value {
      if abs(Double(single)) > abs(value) {
        single = Float(bitPattern: single.bitPattern - 1)
      }
      single = Float(bitPattern: single.bitPattern | 1)
    }
    let bits = single.bitPattern
    guard !single.isNaN else {
      bitPattern = UInt16(bits >> 16) | 0x40
      return
    }
    bitPattern = UInt16(truncatingIfNeeded: (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)
  }
}

extension Double {
  /// The same value, exactly.
  public init(_ value: BFloat16) {
    self = Double(Float(bitPattern: UInt32(value.bitPattern) << 16))
  }
}
