/// The type of a tensor's elements.
public enum ElementType: String, CaseIterable, Hashable, Sendable {
  /// IEEE 754 binary64.
  case f64
  /// IEEE 754 binary32.
  case f32
  /// IEEE 754 binary16.
  case f16
  /// The upper half of a binary32.
  case bf16
  /// Signed, 64 bits.
  case i64
  /// Signed, 32 bits.
  case i32
  /// Signed, 16 bits.
  case i16
  /// Signed, 8 bits.
  case i8
  /// Unsigned, 8 bits.
  case u8
  /// One byte, 0 or 1.
  case bool
  /// Unsigned, 64 bits.
  case u64
  /// Unsigned, 32 bits.
  case u32
  /// Unsigned, 16 bits.
  case u16
  /// Two numbers of ``f64``: real and imaginary part.
  case c128
  /// Two numbers of ``f32``: real and imaginary part.
  case c64
  /// 4 bits of exponent, 3 of fraction, no infinities (arXiv 2209.05433).
  case f8e4m3fn = "f8_e4m3fn"
  /// 5 bits of exponent, 2 of fraction (arXiv 2209.05433).
  case f8e5m2 = "f8_e5m2"
  /// 4 bits of exponent, 3 of fraction, no infinities, one zero (arXiv 2206.02915).
  case f8e4m3fnuz = "f8_e4m3fnuz"
  /// 5 bits of exponent, 2 of fraction, no infinities, one zero (arXiv 2206.02915).
  case f8e5m2fnuz = "f8_e5m2fnuz"
  /// 8 bits of exponent and nothing else: a power of two, as scales of blocks have it (OCP
  /// Microscaling Formats 1.0).
  case f8e8m0fnu = "f8_e8m0fnu"

  /// The types that parameters of networks may have; numbers of others are carried from file to file
  /// and not computed with.
  public static let parameterTypes: [ElementType] = [
    .f64, .f32, .f16, .bf16, .i64, .i32, .i16, .i8, .u8, .bool,
  ]

  /// The number of bytes of one element.
  public var byteCount: Int {
    switch self {
    case .c128: 16
    case .f64, .i64, .u64, .c64: 8
    case .f32, .i32, .u32: 4
    case .f16, .bf16, .i16, .u16: 2
    case .i8, .u8, .bool, .f8e4m3fn, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0fnu: 1
    }
  }

  /// The number of bytes of one number, of which complex elements have two.
  var numberByteCount: Int {
    switch self {
    case .c128: 8
    case .c64: 4
    default: byteCount
    }
  }

  /// Whether the elements are floating-point numbers that are computed with; those of 8 bits are not.
  public var isFloatingPoint: Bool { unitRoundoff != nil }

  /// Whether the elements are integers or truth values.
  public var isInteger: Bool {
    switch self {
    case .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool: true
    case .f64, .f32, .f16, .bf16, .c128, .c64, .f8e4m3fn, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz,
      .f8e8m0fnu:
      false
    }
  }

  /// The largest relative error of rounding a number in the normal range to this type, or nil for
  /// types that are no floating-point numbers, or are not computed with.
  public var unitRoundoff: Double? {
    switch self {
    case .f64: 0x1p-53
    case .f32: 0x1p-24
    case .f16: 0x1p-11
    case .bf16: 0x1p-8
    case .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool, .c128, .c64, .f8e4m3fn, .f8e5m2,
      .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0fnu:
      nil
    }
  }
}
