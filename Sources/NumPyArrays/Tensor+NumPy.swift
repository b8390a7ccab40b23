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
      elementType: type, shape: header.shape,
      strides: header.isFortranOrder ? Tensor.fortranStrides(of: header.shape) : nil,
      storage: header.isBigEndian ? data.littleEndian(wordByteCount: type.byteCount) : data)
  }

  /// The strides, in elements, of an array whose first index varies fastest.
  ///
  /// - Precondition: The product of the dimensions that are not zero fits an `Int`.
  private static func fortranStrides(of shape: [Int]) -> [Int] {
    var strides: [Int] = []
    var stride = 1
    for dimension in shape {
      strides.append(stride)
      stride *= max(dimension, 1)
    }
    return strides
  }
}

extension Bytes {
  /// A copy of big-endian words with the bytes of each reversed.
  ///
  /// - Precondition: The number of bytes is a multiple of `wordByteCount`, which is 1, 2, 4 or 8.
  fileprivate func littleEndian(wordByteCount: Int) throws(ReadError) -> Bytes {
    switch wordByteCount {
    case 8: try swappingWords(UInt64.self)
    case 4: try swappingWords(UInt32.self)
    case 2: try swappingWords(UInt16.self)
    default: self
    }
  }

  private func swappingWords<Word: FixedWidthInteger & BitwiseCopyable>(
    _ type: Word.Type
  ) throws(ReadError) -> Bytes {
    try Bytes(byteCount: count) { (output: inout MutableRawSpan) throws(ReadError) -> Void in
      var reader = ByteReader(span, truncation: .npyTruncated)
      while !reader.isAtEnd {
        let offset = reader.position
        let word: Word = try reader.read()
        output.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: Word.self)
      }
    }
  }
}
