public import BinaryInput
import NetworkProgram
import TensorData

/// Whether tensors that were written and read back are those of the source, bit for bit.
enum CopyCheck {
  /// Compares one tensor with the one that was read back.
  ///
  /// - Parameters:
  ///   - written: What was read back; nil where nothing was.
  ///   - source: What should be there.
  ///   - name: The name of both.
  /// - Throws: `verify.bits` where type, shape or a bit differ; `io.memory`.
  static func require(
    _ written: Tensor?, sameAs source: Tensor, named name: String
  ) throws(ReadError) {
    func description(_ tensor: Tensor) -> String {
      "\(tensor.elementType.rawValue) of shape \(tensor.shape)"
    }
    guard let written, written.elementType == source.elementType, written.shape == source.shape
    else {
      throw ReadError(
        .copyDiffers, "the tensor, read back, is not the source's", path: [name],
        expected: description(source), found: written.map(description) ?? "nothing",
        advice: "nothing was written; please report it")
    }
    let (left, right) = (try written.contiguousBytes(), try source.contiguousBytes())
    guard let offset = firstDifference(left, right) else { return }
    throw ReadError(
      .copyDiffers, "the tensor, read back, has other bits than the source's", path: [name],
      expected: "those of element \(offset / source.elementType.byteCount)",
      advice: "nothing was written; check the disk, or please report it")
  }

  /// Where two runs of bytes of one length differ first; nil where they are equal. Pages of mapped files
  /// are let go of on the way.
  private static func firstDifference(_ left: Bytes, _ right: Bytes) -> Int? {
    for start in stride(from: 0, to: left.count, by: DeferredTensor.partByteCount) {
      let range = start..<min(start + DeferredTensor.partByteCount, left.count)
      let (one, other) = (left[range], right[range])
      guard one == other else { return range.first { left[$0] != right[$0] } }
      one.releasePages()
      other.releasePages()
    }
    return nil
  }

  /// Compares every parameter of a network.
  ///
  /// - Parameters:
  ///   - written: What was read back.
  ///   - source: What should be there.
  /// - Returns: How many there are, those apart that neither file has.
  /// - Throws: `verify.bits`; `io.memory`.
  static func require(
    _ written: Network, sameAs source: Network
  ) throws(ReadError) -> Int {
    var count = 0
    for specification in source.program.parameters
    where !source.supplied.contains(specification.slot) {
      try require(
        written[specification.slot], sameAs: source[specification.slot]!, named: specification.name)
      count += 1
    }
    return count
  }
}

extension ErrorCode {
  /// A tensor that was written has other bits, another type or shape than its source when it is read
  /// back.
  public static let copyDiffers = ErrorCode("verify.bits", .inputOutput)
}
