internal import TensorData

/// What a storage's class or a `torch.dtype` says of its elements.
struct TorchElement: Hashable, Sendable {
  /// The name in PyTorch: `float32`.
  let name: String
  /// The type as this project knows it; nil where it is not supported.
  let type: ElementType?
  /// Whether the storage counts bytes and leaves the type to the tensors over it.
  let isUntyped: Bool

  init(_ name: String, _ type: ElementType?, isUntyped: Bool = false) {
    self.name = name
    self.type = type
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

/// A tensor as a pickle describes it.
struct TensorReference: Sendable {
  enum Content: Sendable {
    /// A view of a storage; offset and strides in elements.
    case view(
      storage: Int, type: ElementType, elementOffset: Int, shape: [Int], strides: [Int])
    /// A tensor that cannot be read, and why.
    case unsupported(UnsupportedTensor)
  }

  let content: Content
  /// Where in the pickle it is built.
  let offset: Int
}

/// Why a tensor cannot be read.
enum UnsupportedTensor: Hashable, Sendable {
  /// Its elements are of that type.
  case element(String)
  /// It is no plain tensor but is rebuilt by that function.
  case rebuilt(by: String)
  /// It has a shape but no data.
  case meta
}
