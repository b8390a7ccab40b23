public import BinaryInput

extension ErrorCode {
  /// A shape, its element count or its byte count does not fit, or a dimension is negative.
  public static let tensorShape = ErrorCode("tensor.shape")
  /// A view reaches outside its storage.
  public static let tensorBounds = ErrorCode("tensor.bounds")
  /// Views would grow, when written out, far beyond the file they came from.
  public static let tensorBudget = ErrorCode("tensor.budget")
}

/// An immutable array of numbers of any rank, or a strided view of one.
///
/// Elements are little-endian. The first index varies slowest when the tensor is contiguous
/// (row-major): weights of a convolution are `O×I×H×W`, activations `N×C×H×W`. Weights may also be
/// kept in blocked order, which is made for kernels; whoever asks for elements gets them in row-major
/// order all the same.
public struct Tensor: Sendable {
  /// The type of the elements.
  public let elementType: ElementType
  /// The number of elements along each axis; empty for a scalar.
  public let shape: [Int]
  /// The order in which the elements are kept.
  public let layout: TensorLayout
  /// The distance, in elements, between neighbours along each axis; in blocked order, which has
  /// none, what it is among ``contiguousBytes()``.
  public let strides: [Int]
  /// The product of the shape.
  public let elementCount: Int
  /// The bytes from the first element on; in blocked order all of them, padding included.
  let storage: Bytes

  /// The largest rank that is accepted.
  public static let maximumRank = 64

  /// Views `storage` with the given strides.
  ///
  /// - Parameters:
  ///   - elementType: The type of the elements.
  ///   - shape: The number of elements along each axis.
  ///   - strides: In elements; nil for a contiguous tensor.
  ///   - elementOffset: The index in `storage`, in elements, of the first element.
  ///   - storage: The bytes that hold the elements.
  /// - Throws: `tensor.shape` for a negative dimension, a rank over ``maximumRank`` or a product
  ///   that does not fit; `tensor.bounds` where an element lies outside `storage` or a stride is
  ///   negative.
  public init(
    elementType: ElementType, shape: [Int], strides: [Int]? = nil, elementOffset: Int = 0,
    storage: Bytes
  ) throws(ReadError) {
    guard shape.count <= Tensor.maximumRank else {
      throw ReadError(
        .tensorShape, "too many axes", expected: "at most \(Tensor.maximumRank)",
        found: "\(shape.count)")
    }
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw ReadError(.tensorShape, "a dimension is negative", found: "\(shape)")
    }
    // Zeros are left out of the overflow check, so that they cannot hide one.
    guard let nonzero = shape.filter({ $0 != 0 }).exactProduct(),
      nonzero.multiplied(exactly: elementType.byteCount) != nil
    else {
      throw ReadError(.tensorShape, "the number of elements does not fit", found: "\(shape)")
    }
    let contiguous = Tensor.contiguousStrides(of: shape)
    let strides = strides ?? contiguous
    guard strides.count == shape.count, strides.allSatisfy({ $0 >= 0 }), elementOffset >= 0 else {
      throw ReadError(
        .tensorBounds, "strides or offset do not fit the shape", expected: "\(shape.count) strides",
        found: "\(strides), offset \(elementOffset)")
    }
    let elementCount = shape.contains(0) ? 0 : nonzero
    var last: Int? = elementOffset
    if elementCount > 0 {
      for (dimension, stride) in zip(shape, strides) {
        last = (dimension - 1).multiplied(exactly: stride).flatMap { last?.adding(exactly: $0) }
      }
      last = last?.adding(exactly: 1)
    }
    guard let end = last?.multiplied(exactly: elementType.byteCount), end <= storage.count else {
      throw ReadError(
        .tensorBounds, "the tensor reaches outside its storage",
        expected: "at most \(storage.count) bytes",
        found: "shape \(shape), strides \(strides), offset \(elementOffset) "
          + "of \(elementType.rawValue)"
      )
    }
    self.elementType = elementType
    self.shape = shape
    self.strides = strides
    self.elementCount = elementCount
    layout = .rowMajor
    let start = elementOffset * elementType.byteCount
    self.storage = storage[start..<(elementCount == 0 ? start : end)]
  }

  /// Shares `storage`, which begins with the elements in blocked order.
  ///
  /// Padding is not looked at: whoever has it from a file makes sure that it is zero
  /// (``BlockedLayout/nonzeroPaddingOffset(in:elementByteCount:)``), as ``blockedBytes()`` promises.
  ///
  /// - Throws: `tensor.shape` for a shape that ``BlockedLayout`` does not have, a rank over
  ///   ``maximumRank`` or a byte count that does not fit; `tensor.bounds` where `storage` is
  ///   shorter than the elements with their padding.
  public init(
    elementType: ElementType, shape: [Int], blocked storage: Bytes
  ) throws(ReadError) {
    guard shape.count <= Tensor.maximumRank, let layout = BlockedLayout(shape),
      let byteCount = layout.elementCount.multiplied(exactly: elementType.byteCount)
    else { throw Tensor.notBlocked(shape) }
    guard byteCount <= storage.count else {
      throw ReadError(
        .tensorBounds, "the blocked tensor reaches outside its storage",
        expected: "at most \(storage.count) bytes",
        found: "shape \(shape) of \(elementType.rawValue), \(byteCount) bytes")
    }
    self.elementType = elementType
    self.shape = shape
    self.layout = .blocked
    strides = Tensor.contiguousStrides(of: shape)
    elementCount = shape.reduce(1, *)
    self.storage = storage[0..<byteCount]
  }

  /// What tells a tensor from every other that is alive at the same time: which memory, and how it is
  /// looked at.
  struct Identity: Hashable {
    let memory: Bytes.Identity
    let elementType: ElementType
    let shape: [Int]
    let strides: [Int]
    let layout: TensorLayout
  }

  var identity: Identity {
    Identity(
      memory: storage.identity, elementType: elementType, shape: shape, strides: strides,
      layout: layout)
  }

  private static func notBlocked(_ shape: [Int]) -> ReadError {
    ReadError(
      .tensorShape, "a tensor of this shape has no blocked order",
      expected: "1 to \(maximumRank) axes whose product fits", found: "\(shape)")
  }

  private init(contiguous storage: Bytes, elementType: ElementType, shape: [Int]) {
    self.elementType = elementType
    self.shape = shape
    layout = .rowMajor
    strides = Tensor.contiguousStrides(of: shape)
    elementCount = shape.reduce(1, *)
    self.storage = storage
  }

  /// The strides of a contiguous tensor of this shape, in elements.
  ///
  /// - Precondition: The product of the dimensions that are not zero fits an `Int`.
  public static func contiguousStrides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
    }
    return strides
  }

  /// The number of bytes of the elements, written contiguously.
  public var byteCount: Int { elementCount * elementType.byteCount }

  /// Whether the elements lie one after the other in row-major order.
  public var isContiguous: Bool {
    guard elementCount > 0 else { return true }
    guard layout == .rowMajor else { return false }
    var expected = 1
    for (dimension, stride) in zip(shape, strides).reversed() where dimension != 1 {
      guard stride == expected else { return false }
      expected *= dimension
    }
    return true
  }

  /// The elements' bytes in row-major order; shared where the tensor is contiguous already, else
  /// gathered into memory of their own.
  ///
  /// - Throws: `io.memory` where there is no room for them.
  /// - Complexity: O(1) for a contiguous tensor, else O(*n*) in ``elementCount``.
  public func contiguousBytes() throws(ReadError) -> Bytes {
    if isContiguous { return storage[0..<byteCount] }
    if layout == .blocked {
      let rows = try rows()
      return try rows.bytes(0..<rows.count, in: .rowMajor)
    }
    let width = elementType.byteCount
    // An axis of one element may have any stride, even one that no position can be moved by.
    let axes = shape.indices.filter { shape[$0] != 1 }
    return try Bytes(byteCount: byteCount) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      let source = storage.span
      var index = [Int](repeating: 0, count: shape.count)
      var position = 0
      for element in 0..<elementCount {
        for byte in 0..<width {
          let value = unsafe source.unsafeLoad(
            fromByteOffset: position * width + byte, as: UInt8.self)
          output.storeBytes(of: value, toByteOffset: element * width + byte, as: UInt8.self)
        }
        for axis in axes.reversed() {
          index[axis] += 1
          position += strides[axis]
          if index[axis] < shape[axis] { break }
          position -= strides[axis] * shape[axis]
          index[axis] = 0
        }
      }
    }
  }

  /// The elements' bytes in blocked order, zeros in the padding; shared where the tensor is kept so
  /// already, else gathered into memory of their own.
  ///
  /// - Throws: `tensor.shape` for a shape that ``BlockedLayout`` does not have; `io.memory` where
  ///   there is no room for them.
  /// - Complexity: O(1) for a tensor in blocked order, else O(*n*) in ``elementCount``.
  public func blockedBytes() throws(ReadError) -> Bytes {
    if layout == .blocked { return storage }
    guard BlockedLayout(shape)?.elementCount.multiplied(exactly: elementType.byteCount) != nil
    else { throw Tensor.notBlocked(shape) }
    let rows = try rows()
    return try rows.bytes(0..<rows.count, in: .blocked)
  }

  /// Tells the system that this tensor's pages of a mapped file will not be needed again soon.
  public func releasePages() {
    storage.releasePages()
  }

  /// The same elements under another shape.
  ///
  /// - Precondition: Both shapes have the same number of elements.
  /// - Throws: `io.memory` where a tensor that is not contiguous cannot be gathered.
  public func reshaped(to shape: [Int]) throws(ReadError) -> Tensor {
    precondition(shape.reduce(1, *) == elementCount, "reshaping keeps the number of elements")
    return Tensor(contiguous: try contiguousBytes(), elementType: elementType, shape: shape)
  }
}
