internal import TensorData

/// The types of elements that the format has, by the names that it has for them.
enum StoredType: String, CaseIterable {
  case bool = "BOOL"
  case f4 = "F4"
  case f6e2m3 = "F6_E2M3"
  case f6e3m2 = "F6_E3M2"
  case u8 = "U8"
  case i8 = "I8"
  case f8e5m2 = "F8_E5M2"
  case f8e4m3 = "F8_E4M3"
  case f8e8m0 = "F8_E8M0"
  case f8e4m3fnuz = "F8_E4M3FNUZ"
  case f8e5m2fnuz = "F8_E5M2FNUZ"
  case i16 = "I16"
  case u16 = "U16"
  case f16 = "F16"
  case bf16 = "BF16"
  case i32 = "I32"
  case u32 = "U32"
  case f32 = "F32"
  case c64 = "C64"
  case f64 = "F64"
  case i64 = "I64"
  case u64 = "U64"

  /// The name for elements of a type; nil for those that the format has not.
  init?(_ elementType: ElementType) {
    guard let type = StoredType.allCases.first(where: { $0.elementType == elementType }) else {
      return nil
    }
    self = type
  }

  /// The type that tensors have for it; nil for those of fewer than 8 bits.
  var elementType: ElementType? {
    switch self {
    case .bool: .bool
    case .f4, .f6e2m3, .f6e3m2: nil
    case .u8: .u8
    case .i8: .i8
    case .f8e5m2: .f8e5m2
    case .f8e4m3: .f8e4m3fn
    case .f8e8m0: .f8e8m0fnu
    case .f8e4m3fnuz: .f8e4m3fnuz
    case .f8e5m2fnuz: .f8e5m2fnuz
    case .i16: .i16
    case .u16: .u16
    case .f16: .f16
    case .bf16: .bf16
    case .i32: .i32
    case .u32: .u32
    case .f32: .f32
    case .c64: .c64
    case .f64: .f64
    case .i64: .i64
    case .u64: .u64
    }
  }

  /// The number of bits of one element; elements of fewer than 8 lie side by side in bytes.
  var bitCount: Int {
    switch self {
    case .f4: 4
    case .f6e2m3, .f6e3m2: 6
    default: elementType.map { $0.byteCount * 8 } ?? 8
    }
  }
}
