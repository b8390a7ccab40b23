public import BinaryInput

/// A tensor by its first axis: one row for each output channel of a weight.
///
/// Rows are widened when they are asked for, so that a large tensor never exists twice.
public struct TensorRows: Sendable {
  /// The number of rows.
  public let count: Int
  /// The number of elements of a row.
  public let length: Int

  private let elementType: ElementType
  private let bytes: Bytes

  fileprivate init(_ tensor: Tensor) throws(ReadError) {
    count = tensor.shape.first ?? 1
    length = tensor.elementCount / max(count, 1)
    elementType = tensor.elementType
    bytes = try tensor.contiguousBytes()
  }

  /// The elements of a row as 64-bit numbers; exact but for integers beyond 2⁵³.
  ///
  /// - Precondition: `row` lies inside `0..<count`.
  /// - Complexity: O(*n*) in ``length``.
  public subscript(row: Int) -> [Double] {
    precondition((0..<count).contains(row), "a row outside the tensor")
    return elementType.doubles(bytes, (row * length)..<((row + 1) * length))
  }

  /// Some rows multiplied by a factor each, computed in 64 bits and rounded once to their own type.
  ///
  /// - Parameters:
  ///   - rows: Which rows.
  ///   - factors: One for each row of the whole tensor.
  /// - Returns: The elements of these rows.
  /// - Precondition: The elements are floating-point numbers, and there is a factor for each row.
  /// - Throws: `io.memory` where there is no room for the result.
  /// - Complexity: O(*n*) in the number of elements of these rows.
  public func multiplied(_ rows: Range<Int>, by factors: [Double]) throws(ReadError) -> Bytes {
    precondition(elementType.isFloatingPoint && factors.count == count, "a factor a row")
    let width = elementType.byteCount
    return try Bytes(byteCount: rows.count * length * width) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      for row in rows {
        let factor = factors[row]
        let elements = (row * length)..<((row + 1) * length)
        let start = rows.lowerBound * length
        switch elementType {
        case .f64: scale(Double.self, elements, into: &output, from: start) { $0 * factor }
        case .f32:
          scale(Float.self, elements, into: &output, from: start) { Float(Double($0) * factor) }
        case .f16:
          scale(Float16.self, elements, into: &output, from: start) {
            Float16(Double($0) * factor)
          }
        case .bf16:
          scale(UInt16.self, elements, into: &output, from: start) {
            BFloat16(Double(BFloat16(bitPattern: $0)) * factor).bitPattern
          }
        case .i64, .i32, .i16, .i8, .u8, .bool:
          preconditionFailure("only floating-point tensors are multiplied")
        }
      }
    }
  }

  /// Tells the system that the pages of these rows in a mapped file will not be needed again soon.
  public func releasePages(_ rows: Range<Int>) {
    let width = length * elementType.byteCount
    bytes[(rows.lowerBound * width)..<(rows.upperBound * width)].releasePages()
  }

  private func scale<Element: BitwiseCopyable>(
    _ type: Element.Type, _ elements: Range<Int>, into output: inout MutableRawSpan,
    from start: Int, _ body: (Element) -> Element
  ) {
    let input = bytes.span
    let width = MemoryLayout<Element>.stride
    for index in elements {
      let element = unsafe input.unsafeLoadUnaligned(
        fromByteOffset: index * width, as: Element.self)
      output.storeBytes(
        of: body(element), toByteOffset: (index - start) * width, as: Element.self)
    }
  }
}

extension Tensor {
  /// The elements by the first axis.
  ///
  /// - Throws: `io.memory` where a strided tensor cannot be gathered.
  public func rows() throws(ReadError) -> TensorRows {
    try TensorRows(self)
  }
}

extension ElementType {
  /// Elements of contiguous bytes as 64-bit numbers.
  ///
  /// - Precondition: The bytes hold the elements.
  func doubles(_ bytes: Bytes, _ elements: Range<Int>) -> [Double] {
    switch self {
    case .f64: widen(bytes, elements, Double.self) { $0 }
    case .f32: widen(bytes, elements, Float.self) { Double($0) }
    case .f16: widen(bytes, elements, Float16.self) { Double($0) }
    case .bf16: widen(bytes, elements, UInt16.self) { Double(BFloat16(bitPattern: $0)) }
    case .i64: widen(bytes, elements, Int64.self) { Double($0) }
    case .i32: widen(bytes, elements, Int32.self) { Double($0) }
    case .i16: widen(bytes, elements, Int16.self) { Double($0) }
    case .i8: widen(bytes, elements, Int8.self) { Double($0) }
    case .u8, .bool: widen(bytes, elements, UInt8.self) { Double($0) }
    }
  }

  private func widen<Element: BitwiseCopyable>(
    _ bytes: Bytes, _ elements: Range<Int>, _ type: Element.Type, _ body: (Element) -> Double
  ) -> [Double] {
    let width = MemoryLayout<Element>.stride
    precondition(elements.upperBound * width <= bytes.count, "elements outside the bytes")
    let span = bytes.span
    return unsafe [Double](unsafeUninitializedCapacity: elements.count) { buffer, initialized in
      for (position, index) in elements.enumerated() {
        let element = unsafe span.unsafeLoadUnaligned(
          fromByteOffset: index * width, as: Element.self)
        unsafe buffer.initializeElement(at: position, to: body(element))
      }
      initialized = elements.count
    }
  }
}
