internal import TensorData

/// What a storage's class or a `torch.dtype` says of its elements.
struct TorchElement: Hashable, Sendable {
  /// The name in PyTorch: `float32`.
  let name: String
  /// The type as this project knows it; nil where it is not supported.
  let type: ElementType?
  /// Whether the storage counts bytes and leaves the type to the tensors over it.
  let isUntyped: Bool

  /// Whether the elements are rounded integers that scales beside them give a meaning.
  var isQuantized: Bool { name.hasPrefix("q") }

  /// The number of bytes of an element, which is known of some types that are not supported, too.
  let byteCount: Int?

  init(
    _ name: String, _ type: ElementType?, isUntyped: Bool = false, byteCount: Int? = nil
  ) {
    self.name = name
    self.type = type
    self.byteCount = type?.byteCount ?? byteCount
    self.isUntyped = isUntyped
  }
}

/// A run of elements in the file that tensors are views of.
struct StorageReference: Hashable, Sendable {
  /// The name of the record, or of the storage in a legacy stream.
  let key: String
  let element: TorchElement
  /// In elements; in bytes for an untyped storage.
  let elementCount: Int
  /// Where the storage was: `cpu`, `cuda:0`; `meta` for one without data.
  let location: String

  /// Whether the file holds no data for it.
  var isMeta: Bool { location == "meta" }

  /// The number of bytes, or nil where the element type is not supported.
  ///
  /// - Precondition: The number fits, which is checked when the reference is read.
  var byteCount: Int? { element.type.map { elementCount * $0.byteCount } }
}

/// An array of NumPy's as a pickle describes it.
struct ArrayReference: Sendable {
  /// Which index varies fastest.
  enum Order: Hashable, Sendable {
    /// The last.
    case rowMajor
    /// The first.
    case fortran
    /// The last of the axes in another order: which one each axis of the array is.
    case permuted([Int])
  }

  let type: ElementType
  let isBigEndian: Bool
  let order: Order
  /// The number of elements along each axis, in the order in which the elements are kept.
  let keptShape: [Int]
  let data: PickleBytes

  /// The number of elements along each axis of the array.
  var shape: [Int] {
    guard case .permuted(let axes) = order else { return keptShape }
    return axes.map { keptShape[$0] }
  }
}

/// A tensor as a pickle describes it.
struct TensorReference: Sendable {
  enum Content: Sendable {
    /// A view of a storage; offset and strides in elements.
    case view(
      storage: Int, type: ElementType, elementOffset: Int, shape: [Int], strides: [Int])
    /// Elements that the pickle itself holds.
    case array(ArrayReference)
    /// A tensor that cannot be read, and why.
    case unsupported(UnsupportedTensor)
  }

  let content: Content
  /// Where in the pickle it is built.
  let offset: Int

  /// Which elements it has: two tensors of one view are one.
  struct View: Hashable {
    let storage: Int
    let type: ElementType
    let elementOffset: Int
    let shape: [Int]
    let strides: [Int]
  }

  /// The view; nil for elements of its own, or none.
  var view: View? {
    guard case .view(let storage, let type, let offset, let shape, let strides) = content,
      !shape.contains(0)
    else { return nil }
    return View(
      storage: storage, type: type, elementOffset: offset, shape: shape, strides: strides)
  }

  /// The number of elements along each axis; nil for a tensor that cannot be read.
  var shape: [Int]? {
    switch content {
    case .view(_, _, _, let shape, _): shape
    case .array(let array): array.shape
    case .unsupported: nil
    }
  }

  /// The type of the elements; nil for a tensor that cannot be read.
  var elementType: ElementType? {
    switch content {
    case .view(_, let type, _, _, _): type
    case .array(let array): array.type
    case .unsupported: nil
    }
  }
}
