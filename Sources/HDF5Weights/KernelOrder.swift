internal import BinaryInput
internal import HDF5Exchange
internal import TensorData

/// How the axes of an array come into PyTorch's order.
enum KernelOrder: Hashable {
  /// They are in it, or the array has no such order.
  case kept
  /// Space, inputs, outputs → outputs, inputs, space. Of a transposed convolution these are outputs and
  /// inputs, which PyTorch has the other way round, too.
  case spaceFirst
  /// Space, channels, multiples → channels and multiples in one, 1, space.
  case depthwise
  /// Nobody says.
  case unknown

  /// Whether the elements change their order.
  var permutes: Bool { self == .spaceFirst || self == .depthwise }

  /// The shape afterwards.
  func shape(of shape: [Int]) -> [Int] {
    let space = shape.dropLast(2)
    switch self {
    case .kept, .unknown: return shape
    case .spaceFirst: return [shape[shape.count - 1], shape[shape.count - 2]] + space
    case .depthwise:
      // Both come from one file, whose product was found to fit.
      return [shape[shape.count - 2] * shape[shape.count - 1], 1] + space
    }
  }

  /// The elements in PyTorch's order, shared.
  ///
  /// - Throws: As `Tensor` does, which a listing's shape gives no reason for.
  func tensor(_ type: ElementType, shape: [Int], _ bytes: Bytes) throws(ReadError) -> Tensor {
    let strides = Tensor.contiguousStrides(of: shape)
    let space = strides.dropLast(2)
    switch self {
    case .kept, .unknown:
      return try Tensor(elementType: type, shape: shape, storage: bytes)
    case .spaceFirst:
      return try Tensor(
        elementType: type, shape: self.shape(of: shape),
        strides: [strides[shape.count - 1], strides[shape.count - 2]] + space, storage: bytes)
    case .depthwise:
      return try Tensor(
        elementType: type, shape: self.shape(of: shape), strides: [1, 1] + space, storage: bytes)
    }
  }
}
