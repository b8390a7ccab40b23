internal import BinaryInput
internal import TensorData

/// Makes tensors of what a checkpoint describes, and looks at each storage once.
struct TensorContents {
  private let tree: PickleTree
  private let storages: [StorageLocation?]
  private var storageBytes: [Int: Bytes] = [:]
  private var textBytes: [Int: Bytes] = [:]

  init(_ tree: PickleTree, _ storages: [StorageLocation?]) {
    self.tree = tree
    self.storages = storages
  }

  /// The tensor that a reference describes.
  ///
  /// - Throws: What `TorchCheckpoint.tensors(_:of:)` throws.
  mutating func tensor(_ reference: TensorReference) throws(ReadError) -> Tensor {
    switch reference.content {
    case .unsupported(let reason):
      throw ReadError(reason, at: reference.offset)
    case .view(let storage, let type, let elementOffset, let shape, let strides):
      guard let bytes = try contents(of: storage) else {
        throw ReadError(.meta, at: reference.offset)
      }
      return try Tensor(
        elementType: type, shape: shape, strides: strides, elementOffset: elementOffset,
        storage: bytes)
    case .array(let array):
      return try tensor(array, at: reference.offset)
    }
  }

  /// The elements of a storage; nil for one without data.
  private mutating func contents(of storage: Int) throws(ReadError) -> Bytes? {
    if let known = storageBytes[storage] { return known }
    guard let location = storages[storage] else { return nil }
    let bytes = try location.contents()
    bytes.releasePages()
    storageBytes[storage] = bytes
    return bytes
  }

  private mutating func tensor(
    _ array: ArrayReference, at offset: Int
  ) throws(ReadError) -> Tensor {
    let shape = array.keptShape
    guard shape.allSatisfy({ $0 >= 0 }),
      // Zeros are left out, so that they cannot hide a number that does not fit.
      let byteCount = shape.filter({ $0 != 0 }).exactProduct()?
        .multiplied(exactly: array.type.byteCount)
    else {
      throw ReadError(
        .tensorShape, "the number of elements does not fit", offset: offset, found: "\(shape)")
    }
    let bytes = try self.bytes(array.data)
    let expected = shape.contains(0) ? 0 : byteCount
    guard bytes.count == expected else {
      throw ReadError(
        .torchStorageSize, "an array has another number of bytes than its shape says",
        offset: offset, expected: "\(expected) bytes", found: "\(bytes.count)")
    }
    let kept = try Tensor(
      elementType: array.type, shape: shape, isFortranOrder: array.order == .fortran,
      isBigEndian: array.isBigEndian, storage: bytes)
    guard case .permuted(let axes) = array.order else { return kept }
    return try Tensor(
      elementType: array.type, shape: array.shape, strides: axes.map { kept.strides[$0] },
      storage: kept.contiguousBytes())
  }

  private mutating func bytes(_ bytes: PickleBytes) throws(ReadError) -> Bytes {
    switch bytes {
    case .stored(let range): return tree.source[range]
    case .unknown: return .empty
    case .encoded(let text):
      if let known = textBytes[text] { return known }
      let decoded: Bytes
      switch tree.nodes[text] {
      case .longText(let range): decoded = try tree.source[range].latin1(at: range.lowerBound)
      case .text(let text): decoded = try Bytes(copying: Array(text.utf8)).latin1(at: nil)
      default: decoded = .empty
      }
      textBytes[text] = decoded
      return decoded
    }
  }
}

extension Bytes {
  /// The bytes that a text in UTF-8 spells with one character of Latin-1 each.
  ///
  /// - Parameter offset: Where in the file the text is.
  /// - Returns: The bytes, copied.
  /// - Throws: `pickle.utf8` where it is no such text; `io.memory`.
  fileprivate func latin1(at offset: Int?) throws(ReadError) -> Bytes {
    // A character takes one byte or two; the second begins with the bits 10.
    let characterCount = (0..<count).reduce(0) { $0 + (self[$1] & 0xC0 == 0x80 ? 0 : 1) }
    return try Bytes(byteCount: characterCount) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      var position = 0
      var index = 0
      while index < count {
        var byte = self[index]
        index += 1
        if byte >= 0x80 {
          guard byte & 0xFE == 0xC2, index < count, self[index] & 0xC0 == 0x80 else {
            throw ReadError(
              .pickleEncoding, "bytes are spelt by a text with other characters than Latin-1's",
              offset: offset)
          }
          byte = byte << 6 | self[index] & 0x3F
          index += 1
        }
        output.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
        position += 1
      }
    }
  }
}
