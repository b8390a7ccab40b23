public import TensorData

/// The type of a tensor's elements, numbered as in `TensorProto.DataType` of the ONNX specification.
public enum ONNXDataType: Int, CaseIterable, Hashable, Sendable {
  /// IEEE 754 binary32.
  case float = 1
  /// Unsigned, 8 bits.
  case uint8 = 2
  /// Signed, 8 bits.
  case int8 = 3
  /// Unsigned, 16 bits.
  case uint16 = 4
  /// Signed, 16 bits.
  case int16 = 5
  /// Signed, 32 bits.
  case int32 = 6
  /// Signed, 64 bits.
  case int64 = 7
  /// Text, or any bytes.
  case string = 8
  /// One byte, 0 or 1.
  case bool = 9
  /// IEEE 754 binary16.
  case float16 = 10
  /// IEEE 754 binary64.
  case double = 11
  /// Unsigned, 32 bits.
  case uint32 = 12
  /// Unsigned, 64 bits.
  case uint64 = 13
  /// Two binary32.
  case complex64 = 14
  /// Two binary64.
  case complex128 = 15
  /// The upper half of a binary32.
  case bfloat16 = 16
  /// 1 + 4 + 3 bits, no infinities.
  case float8e4m3fn = 17
  /// 1 + 4 + 3 bits, no infinities and no negative zero.
  case float8e4m3fnuz = 18
  /// 1 + 5 + 2 bits.
  case float8e5m2 = 19
  /// 1 + 5 + 2 bits, no infinities and no negative zero.
  case float8e5m2fnuz = 20
  /// Unsigned, 4 bits, two in a byte.
  case uint4 = 21
  /// Signed, 4 bits, two in a byte.
  case int4 = 22
  /// 1 + 2 + 1 bits, two in a byte.
  case float4e2m1 = 23
  /// A power of two, 8 bits of exponent.
  case float8e8m0 = 24
  /// Unsigned, 2 bits, four in a byte.
  case uint2 = 25
  /// Signed, 2 bits, four in a byte.
  case int2 = 26

  /// The number of bits of one element; nil for strings.
  public var bitCount: Int? {
    switch self {
    case .string: nil
    case .complex128: 128
    case .int64, .uint64, .double, .complex64: 64
    case .float, .int32, .uint32: 32
    case .uint16, .int16, .float16, .bfloat16: 16
    case .uint8, .int8, .bool, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz,
      .float8e8m0:
      8
    case .uint4, .int4, .float4e2m1: 4
    case .uint2, .int2: 2
    }
  }

  /// Whether elements are floating-point numbers.
  public var isFloatingPoint: Bool {
    switch self {
    case .float, .double, .float16, .bfloat16, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2,
      .float8e5m2fnuz, .float4e2m1, .float8e8m0:
      true
    default: false
    }
  }

  /// Whether elements are integers or truth values.
  public var isInteger: Bool {
    !isFloatingPoint && self != .string && self != .complex64 && self != .complex128
  }

  /// The same type among those of tensors; nil where they have none.
  public var elementType: ElementType? {
    switch self {
    case .double: .f64
    case .float: .f32
    case .float16: .f16
    case .bfloat16: .bf16
    case .int64: .i64
    case .int32: .i32
    case .int16: .i16
    case .int8: .i8
    case .uint8: .u8
    case .bool: .bool
    default: nil
    }
  }

  /// The data type of tensors of this type.
  public init(_ elementType: ElementType) {
    self = ONNXDataType.allCases.first { $0.elementType == elementType }!
  }
}
