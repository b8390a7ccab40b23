public import BinaryInput

extension Tensor {
  /// Whether every element is a finite number; those of integers are.
  ///
  /// - Throws: `io.memory` where a strided tensor cannot be gathered.
  /// - Complexity: O(*n*) in ``elementCount``; about as fast as memory is read.
  public func isFinite() throws(ReadError) -> Bool {
    // Padding of blocked tensors is zero.
    let bytes = layout == .blocked ? storage : try contiguousBytes()
    defer { bytes.releasePages() }
    return switch elementType {
    case .f64: Tensor.isFinite(bytes, exponent: UInt64(0x7FF0_0000_0000_0000))
    case .f32: Tensor.isFinite(bytes, exponent: UInt32(0x7F80_0000))
    case .f16: Tensor.isFinite(bytes, exponent: UInt16(0x7C00))
    case .bf16: Tensor.isFinite(bytes, exponent: UInt16(0x7F80))
    case .c128: Tensor.isFinite(bytes, exponent: UInt64(0x7FF0_0000_0000_0000))
    case .c64: Tensor.isFinite(bytes, exponent: UInt32(0x7F80_0000))
    case .f8e4m3fn, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0fnu:
      try doubles().allSatisfy(\.isFinite)
    case .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool: true
    }
  }

  /// Whether no element has all bits of its exponent set, as infinities and NaNs have.
  private static func isFinite<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: Bytes, exponent: Bits
  ) -> Bool {
    let width = MemoryLayout<Bits>.size
    return unsafe bytes.span.withUnsafeBytes { buffer in
      var anyIsFull = false
      for index in 0..<(buffer.count / width) {
        let bits = unsafe buffer.loadUnaligned(fromByteOffset: index * width, as: Bits.self)
        anyIsFull = anyIsFull || bits & exponent == exponent
      }
      return !anyIsFull
    }
  }
}
