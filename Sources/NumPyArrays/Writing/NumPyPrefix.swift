internal import TensorData

/// What stands in front of the elements of an `.npy` file that is written, byte for byte as NumPy
/// writes it: version 1.0, row-major order.
struct NumPyPrefix {
  /// The magic number, the version, the length and the text.
  let bytes: [UInt8]

  private static let start: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
  /// What the number of all bytes is a multiple of.
  private static let alignment = 64
  /// NumPy leaves room for the first dimension to grow to as many digits.
  private static let digitCount = 21

  /// Describes an array; nil for a type that NumPy lacks.
  init?(_ elementType: ElementType, shape: [Int]) {
    guard let description = elementType.numPyDescription else { return nil }
    let axes =
      shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(description)', 'fortran_order': False, 'shape': (\(axes)), }"
    if let first = shape.first {
      text += String(repeating: " ", count: NumPyPrefix.digitCount - "\(first)".utf8.count)
    }
    // A whole run of spaces where nothing is missing, and a line feed.
    let byteCount = NumPyPrefix.start.count + 2 + text.utf8.count + 1
    let padding = NumPyPrefix.alignment - byteCount % NumPyPrefix.alignment
    text += String(repeating: " ", count: padding) + "\n"
    let length = text.utf8.count
    bytes = NumPyPrefix.start + [UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
  }
}

extension ElementType {
  /// NumPy's name for little-endian elements of this type; nil where it has none of its own.
  fileprivate var numPyDescription: String? {
    switch self {
    case .f64: "<f8"
    case .f32: "<f4"
    case .f16: "<f2"
    case .i64: "<i8"
    case .i32: "<i4"
    case .i16: "<i2"
    case .i8: "|i1"
    case .u64: "<u8"
    case .u32: "<u4"
    case .u16: "<u2"
    case .u8: "|u1"
    case .c128: "<c16"
    case .c64: "<c8"
    case .bool: "|b1"
    case .bf16, .f8e4m3fn, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0fnu: nil
    }
  }
}
