public import BinaryInput

/// The numbers that a tensor is made of, in row-major order: its elements, or of complex ones real and
/// imaginary part in turn.
///
/// They are widened when they are asked for, so that a large tensor never exists twice.
public struct TensorNumbers: Sendable {
  /// The number of numbers.
  public let count: Int
  /// Their type.
  public let type: ElementType
  /// The elements' bytes, row-major and little-endian.
  public let bytes: Bytes

  fileprivate init(_ tensor: Tensor) throws(ReadError) {
    type = tensor.elementType.numberType
    bytes = try tensor.contiguousBytes()
    count = bytes.count / type.byteCount
  }

  /// Some of them in 64 bits; exact but for integers beyond 2⁵³.
  ///
  /// - Precondition: The range lies inside `0..<count`.
  /// - Complexity: O(*n*) in the length of the range.
  public subscript(range: Range<Int>) -> [Double] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "numbers outside the tensor")
    return type.doubles(bytes, range)
  }

  /// How many numbers are best taken at once: so many that they stay in a processor's first cache.
  public static let partCount = 2_048

  /// The ranges of numbers that are best taken at once, in order.
  public var parts: some Sequence<Range<Int>> {
    stride(from: 0, to: count, by: TensorNumbers.partCount).lazy.map { [count] start in
      start..<min(start + TensorNumbers.partCount, count)
    }
  }
}

extension Tensor {
  /// The numbers that the tensor is made of.
  ///
  /// - Throws: `io.memory` where a tensor that is not contiguous cannot be gathered.
  public func numbers() throws(ReadError) -> TensorNumbers {
    try TensorNumbers(self)
  }
}

extension ElementType {
  /// The type of the numbers that an element consists of.
  public var numberType: ElementType {
    switch self {
    case .c128: .f64
    case .c64: .f32
    default: self
    }
  }
}
