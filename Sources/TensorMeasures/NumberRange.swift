import TensorData

extension ElementType {
  /// The smallest normal number; 0 for types without subnormal ones. Of a complex type, that of its
  /// parts.
  var leastNormalMagnitude: Double {
    switch self {
    case .f64, .c128: .leastNormalMagnitude
    case .f32, .c64, .bf16: 0x1p-126
    case .f16, .f8e5m2: 0x1p-14
    case .f8e4m3fn: 0x1p-6
    case .f8e4m3fnuz: 0x1p-7
    case .f8e5m2fnuz: 0x1p-15
    case .f8e8m0fnu, .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool: 0
    }
  }
}

/// Where rounding to binary16, to nearest and ties to even, leaves its range (IEEE 754, 4.3.1).
enum HalfPrecision {
  /// The least magnitude that becomes infinite: half a step above the largest number, 65504.
  static let leastOverflow = 65_520.0
  /// The largest magnitude that becomes zero: half the least subnormal number, 2⁻²⁴.
  static let largestLoss = 0x1p-25
  /// The least magnitude that becomes a normal number: half a step below 2⁻¹⁴.
  static let leastNormal = 0x1p-14 - 0x1p-25
}
