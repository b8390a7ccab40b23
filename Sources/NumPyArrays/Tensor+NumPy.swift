public import BinaryInput
public import TensorData

extension Tensor {
  /// Reads an `.npy` file (versions 1.0 to 3.0, as NumPy's `numpy.lib.format` describes it).
  ///
  /// Shares the memory of `bytes` unless their elements are big-endian; an array in Fortran order
  /// becomes a strided view.
  ///
  /// - Throws: One of `NumPyArchive.errorCodes`.
  /// - Complexity: O(1), or O(*n*) in the number of elements where they are big-endian or truth
  ///   values.
  public init(npy bytes: Bytes) throws(ReadError) {
    let header = try NumPyHeader(of: bytes)
    let data = bytes[header.byteCount..<bytes.count]
    let type = header.elementType
    try header.requireElements(byteCount: data.count)
    if type == .bool, let index = (0..<data.count).first(where: { data[$0] > 1 }) {
      throw ReadError(
        .npyBoolean, "a truth value is neither 0 nor 1", offset: header.byteCount + index,
        found: "\(data[index])")
    }
    try self.init(
      elementType: type, shape: header.shape, isFortranOrder: header.isFortranOrder,
      isBigEndian: header.isBigEndian, storage: data)
  }
}
