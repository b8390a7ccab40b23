public import BinaryInput
public import Digests
public import TensorData

extension Tensor {
  /// The SHA-256 over a line that says type and shape, and the elements' bytes, row-major and
  /// little-endian, as `Documentation/tensor-hashes.md` defines it: the same for the same tensor,
  /// whatever file it is in.
  ///
  /// - Throws: `io.memory` where a tensor that is not contiguous cannot be gathered.
  /// - Complexity: O(*n*) in the number of bytes.
  public func sha256() throws(ReadError) -> SHA256 {
    let numbers = [shape.count] + shape
    let header =
      "tensor \(elementType.rawValue) \(numbers.map(String.init).joined(separator: " "))\n"
    var digest = SHA256()
    digest.update(Bytes(copying: Array(header.utf8)).span)
    digest.updateReleasingPages(try contiguousBytes())
    return digest
  }

  /// The SHA-256 of the elements' bytes alone, row-major and little-endian, for finding the same
  /// elements under another name or shape.
  ///
  /// - Throws: `io.memory` where a tensor that is not contiguous cannot be gathered.
  /// - Complexity: O(*n*) in the number of bytes.
  public func elementsSHA256() throws(ReadError) -> [UInt8] {
    var digest = SHA256()
    digest.updateReleasingPages(try contiguousBytes())
    return digest.finalize()
  }
}
