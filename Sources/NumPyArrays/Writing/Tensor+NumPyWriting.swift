public import BinaryInput
public import TensorData

extension Tensor {
  /// The tensor as an `.npy` file, version 1.0, in row-major order.
  ///
  /// - Precondition: The element type is one that NumPy has, which bfloat16 and those of 8 bits are not.
  /// - Throws: `io.memory` where a strided tensor cannot be gathered.
  public func npy() throws(ReadError) -> [UInt8] {
    guard let prefix = NumPyPrefix(elementType, shape: shape) else {
      preconditionFailure("NumPy has no such type")
    }
    let elements = try contiguousBytes()
    return prefix.bytes + (0..<elements.count).map { elements[$0] }
  }
}
