import BinaryInput

/// The order in which a tensor's elements are kept.
public enum TensorLayout: String, CaseIterable, Hashable, Sendable {
  /// The last index varies fastest; a view may have other strides.
  case rowMajor = "row-major"
  /// Blocks of 16 rows, as ``BlockedLayout`` has them.
  case blocked

  /// The number of elements of a tensor of this shape, padding included; nil where it does not fit,
  /// and for a tensor without axes in blocked order.
  ///
  /// A zero anywhere does not hide an overflow before it.
  public func elementCount(of shape: [Int]) -> Int? {
    switch self {
    case .rowMajor: shape.exactProduct()
    case .blocked: BlockedLayout.paddedShape(shape)?.exactProduct()
    }
  }
}
