public import BinaryInput

extension Tensor {
  /// Views the bytes of an array in either order of axes and of bytes, as NumPy keeps arrays.
  ///
  /// - Parameters:
  ///   - elementType: The type of the elements.
  ///   - shape: The number of elements along each axis.
  ///   - isFortranOrder: Whether the first index varies fastest.
  ///   - isBigEndian: Whether the highest byte of each element comes first; then they are copied.
  ///   - storage: The bytes that hold the elements.
  /// - Throws: What viewing a storage throws; `io.memory` where there is no room for a copy.
  /// - Precondition: The product of the dimensions that are not zero fits an `Int`.
  public init(
    elementType: ElementType, shape: [Int], isFortranOrder: Bool, isBigEndian: Bool,
    storage: Bytes
  ) throws(ReadError) {
    try self.init(
      elementType: elementType, shape: shape,
      strides: isFortranOrder ? Tensor.fortranStrides(of: shape) : nil,
      storage: isBigEndian
        ? storage.littleEndian(wordByteCount: elementType.numberByteCount) : storage)
  }

  /// The strides, in elements, of an array whose first index varies fastest.
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
  /// A copy of big-endian words with the bytes of each reversed; bytes alone are shared.
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
      var reader = ByteReader(span, truncation: .tensorBounds)
      while !reader.isAtEnd {
        let offset = reader.position
        let word: Word = try reader.read()
        output.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: Word.self)
      }
    }
  }
}
