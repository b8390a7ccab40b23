public import BinaryInput

extension Tensor {
  /// Copies numbers into a tensor of their own type.
  ///
  /// - Precondition: `shape` has as many elements as `values`.
  public init(_ values: [Double], shape: [Int]) {
    self.init(owning: Bytes(copyingElements: values), .f64, shape, values.count)
  }

  /// Copies numbers into a tensor of their own type.
  ///
  /// - Precondition: `shape` has as many elements as `values`.
  public init(_ values: [Float], shape: [Int]) {
    self.init(owning: Bytes(copyingElements: values), .f32, shape, values.count)
  }

  /// Copies numbers into a tensor of their own type.
  ///
  /// - Precondition: `shape` has as many elements as `values`.
  public init(_ values: [Int64], shape: [Int]) {
    self.init(owning: Bytes(copyingElements: values), .i64, shape, values.count)
  }

  /// Rounds 64-bit numbers once, to nearest and ties to even, to a floating-point type.
  ///
  /// - Precondition: `elementType` is a floating-point type and `shape` has as many elements as
  ///   `values`.
  public init(rounding values: [Double], to elementType: ElementType, shape: [Int]) {
    let bytes: Bytes
    switch elementType {
    case .f64: bytes = Bytes(copyingElements: values)
    case .f32: bytes = Bytes(copyingElements: values.map { Float($0) })
    case .f16: bytes = Bytes(copyingElements: values.map { Float16($0) })
    case .bf16: bytes = Bytes(copyingElements: values.map { BFloat16($0).bitPattern })
    default: preconditionFailure("rounding to a type that is not computed with")
    }
    self.init(owning: bytes, elementType, shape, values.count)
  }

  private init(owning bytes: Bytes, _ elementType: ElementType, _ shape: [Int], _ count: Int) {
    precondition(shape.exactProduct() == count, "as many elements as the shape says")
    do {
      try self.init(elementType: elementType, shape: shape, storage: bytes)
    } catch {
      preconditionFailure("a tensor over its own elements: \(error)")
    }
  }

  /// All elements in row-major order as 64-bit numbers, of complex ones the real parts; exact but
  /// for integers beyond 2⁵³.
  ///
  /// - Throws: `io.memory` where a strided tensor cannot be gathered.
  /// - Complexity: O(*n*) in ``elementCount``.
  public func doubles() throws(ReadError) -> [Double] {
    elementType.doubles(try contiguousBytes(), 0..<elementCount)
  }

  /// The tensor with its elements rounded once to `elementType`; itself where that is its type.
  ///
  /// - Precondition: Both types are floating-point types, or they are equal.
  /// - Throws: `io.memory` where a strided tensor cannot be gathered.
  public func converted(to elementType: ElementType) throws(ReadError) -> Tensor {
    if elementType == self.elementType { return self }
    precondition(self.elementType.isFloatingPoint, "only floating-point tensors are converted")
    return Tensor(rounding: try doubles(), to: elementType, shape: shape)
  }
}
