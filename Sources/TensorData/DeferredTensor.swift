public import BinaryInput

/// A named tensor that is made when it is written; what it is called, its type and shape are known
/// before.
public struct DeferredTensor: Sendable {
  /// Hands bytes to `body`, part by part.
  public typealias Parts =
    @Sendable (_ body: (Bytes) throws(ReadError) -> Void) throws(ReadError) -> Void

  /// The name.
  public let name: String
  /// The type of the elements.
  public let elementType: ElementType
  /// The shape.
  public let shape: [Int]
  /// The name of the tensor before it in the same list whose memory it shares, type, shape and all;
  /// nil for one of its own. Containers that can say so keep such tensors tied, others write both.
  public let original: String?

  private let parts: Parts

  /// Describes a tensor.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - elementType: The type of the elements.
  ///   - shape: The shape.
  ///   - original: The name of the tensor whose memory it shares.
  ///   - parts: Makes the elements in row-major order; may be called more than once.
  public init(
    name: String, elementType: ElementType, shape: [Int], original: String? = nil,
    parts: @escaping Parts
  ) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.original = original
    self.parts = parts
  }

  /// A tensor that is there already.
  public init(_ tensor: Tensor, named name: String, original: String? = nil) {
    self.init(
      name: name, elementType: tensor.elementType, shape: tensor.shape, original: original
    ) { (body) throws(ReadError) in
      let bytes = try tensor.contiguousBytes()
      for start in stride(from: 0, to: bytes.count, by: DeferredTensor.partByteCount) {
        let part = bytes[start..<min(start + DeferredTensor.partByteCount, bytes.count)]
        try body(part)
        part.releasePages()
      }
    }
  }

  /// About how many bytes are made at once; so few that they stay in a processor's cache.
  public static let partByteCount = 1 << 20

  /// The number of bytes of the elements.
  ///
  /// - Precondition: The product fits, as it does for every tensor.
  public var byteCount: Int { shape.reduce(1, *) * elementType.byteCount }

  /// Hands the elements' bytes, row-major and little-endian, to `body`, part by part; pages of a
  /// mapped source are let go of once they have been used.
  ///
  /// - Throws: What `body` throws, and what making them throws.
  /// - Complexity: O(*n*) in the number of bytes.
  public func forEachPart(
    _ body: (Bytes) throws(ReadError) -> Void
  ) throws(ReadError) {
    try parts(body)
  }
}
