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
    // Zeros are left out, so that they cannot hide a number that does not fit.
    guard
      let capacity = header.shape.filter({ $0 != 0 }).exactProduct()?
        .multiplied(exactly: type.byteCount)
    else {
      throw ReadError(
        .npyShape, "the number of elements does not fit", offset: header.byteCount,
        found: "\(header.shape)")
    }
    let expected = header.shape.contains(0) ? 0 : capacity
    guard data.count == expected else {
      throw ReadError(
        data.count < expected ? .npyTruncated : .npyTrailingData,
        "the elements do not fill the rest of the file", offset: header.byteCount,
        expected: "\(expected) bytes", found: "\(data.count)")
    }
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
