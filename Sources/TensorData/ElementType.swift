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

  /// The number of bytes of one element.
  public var byteCount: Int {
    switch self {
    case .f64, .i64: 8
    case .f32, .i32: 4
    case .f16, .bf16, .i16: 2
    case .i8, .u8, .bool: 1
    }
  }

  /// Whether the elements are floating-point numbers.
  public var isFloatingPoint: Bool {
    switch self {
    case .f64, .f32, .f16, .bf16: true
    case .i64, .i32, .i16, .i8, .u8, .bool: false
    }
  }

  /// The largest relative error of rounding a number in the normal range to this type, or nil for
  /// types that are no floating-point numbers.
  public var unitRoundoff: Double? {
    switch self {
    case .f64: 0x1p-53
    case .f32: 0x1p-24
    case .f16: 0x1p-11
    case .bf16: 0x1p-8
    case .i64, .i32, .i16, .i8, .u8, .bool: nil
    }
  }
}
