public import BinaryInput
public import TensorData

extension Tensor {
  /// The tensor as an `.npy` file, version 1.0, in row-major order.
  ///
  /// - Precondition: The element type is one that NumPy has, which bfloat16 and those of 8 bits are not.
  /// - Throws: `io.memory` where a strided tensor cannot be gathered.
  public func npy() throws(ReadError) -> [UInt8] {
    let axes = shape.map { "\($0)," }.joined(separator: " ")
    var header =
      "{'descr': '\(elementType.numPyDescription)', 'fortran_order': False, 'shape': (\(axes)), }"
    // The whole header with its newline takes a multiple of 64 bytes.
    let prefixByteCount = 10
    let padding = 63 - (prefixByteCount + header.utf8.count) % 64
    header += String(repeating: " ", count: padding) + "\n"
    let byteCount = header.utf8.count
    let prefix: [UInt8] =
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(byteCount & 255), UInt8(byteCount >> 8)]
    let elements = try contiguousBytes()
    return prefix + Array(header.utf8) + (0..<elements.count).map { elements[$0] }
  }
}

extension ElementType {
  fileprivate var numPyDescription: String {
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
    case .bf16, .f8e4m3fn, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0fnu:
      preconditionFailure("NumPy has no \(rawValue)")
    }
  }
}
