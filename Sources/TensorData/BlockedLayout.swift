public import BinaryInput

/// Where the elements of a weight lie in blocked order, in which a kernel that computes 16 output
/// channels at once reads it from its first byte to its last.
///
/// A tensor has *rows* along its first axis, *inputs* along its second and *taps* along all others
/// together (one where an axis is missing). Outermost are blocks of 16 rows, the last one padded
/// with zeros; inside a block come blocks of 16 inputs, the last one as narrow as it is; inside
/// these the taps; inside each tap its inputs; and innermost, as one *group*, the 16 rows.
/// `Schemas/gpw-format.md` defines the same for files.
public struct BlockedLayout: Hashable, Sendable {
  /// The number of rows of a block, which is that of the elements of a group, and the largest
  /// number of inputs that lie together.
  public static let width = 16

  /// The number of rows without padding.
  public let rowCount: Int
  /// The number of inputs of a row.
  public let inputCount: Int
  /// The number of taps of an input.
  public let tapCount: Int

  /// The layout of a tensor of this shape; nil where it has no axes, a negative one, or more
  /// elements, padding included, than fit.
  public init?(_ shape: [Int]) {
    // Zeros are left out of the overflow check, so that they cannot hide one.
    guard let padded = BlockedLayout.paddedShape(shape), shape.allSatisfy({ $0 >= 0 }),
      padded.filter({ $0 != 0 }).exactProduct() != nil
    else { return nil }
    rowCount = shape[0]
    inputCount = shape.count > 1 ? shape[1] : 1
    tapCount = shape.dropFirst(2).reduce(1, *)
  }

  /// The shape with the first axis rounded up to whole blocks; nil without axes and where that does
  /// not fit.
  static func paddedShape(_ shape: [Int]) -> [Int]? {
    guard let first = shape.first, first >= 0, let rows = first.roundedUp(toMultipleOf: width)
    else { return nil }
    return [rows] + shape.dropFirst()
  }

  /// The number of blocks of rows.
  public var blockCount: Int { (rowCount + (BlockedLayout.width - 1)) / BlockedLayout.width }

  /// The number of groups of a block, which is also the number of elements of a row.
  public var groupCount: Int { inputCount * tapCount }

  /// The number of elements, padding included.
  public var elementCount: Int { blockCount * groupCount * BlockedLayout.width }

  /// The index of an element.
  ///
  /// - Precondition: The element lies inside the tensor.
  public func index(row: Int, input: Int, tap: Int) -> Int {
    precondition(
      (0..<rowCount).contains(row) && (0..<inputCount).contains(input)
        && (0..<tapCount).contains(tap), "an element outside the tensor")
    let width = BlockedLayout.width
    let first = input / width * width
    let group = first * tapCount + tap * min(width, inputCount - first) + input % width
    return (row / width * groupCount + group) * width + row % width
  }

  /// Walks the groups of a block in their order; `place` is where a group's elements lie in their
  /// rows in row-major order.
  @inline(__always)
  func forEachGroup(_ body: (_ group: Int, _ place: Int) -> Void) {
    var group = 0
    for first in stride(from: 0, to: inputCount, by: BlockedLayout.width) {
      let inputs = first..<min(first + BlockedLayout.width, inputCount)
      for tap in 0..<tapCount {
        for input in inputs {
          body(group, input &* tapCount &+ tap)
          group &+= 1
        }
      }
    }
  }

  /// Walks the elements of a row in the order in which they are kept: `place` is where an element
  /// lies in the row in row-major order, `index` where it is.
  @inline(__always)
  func forEachElement(ofRow row: Int, _ body: (_ place: Int, _ index: Int) -> Void) {
    let first = row / BlockedLayout.width * groupCount * BlockedLayout.width
    let lane = row % BlockedLayout.width
    forEachGroup { group, place in body(place, first &+ group &* BlockedLayout.width &+ lane) }
  }

  /// The offset of the first byte of padding that is not zero; nil where all are.
  ///
  /// - Precondition: The bytes are as many as this layout has.
  /// - Complexity: O(*n*) in the number of bytes of the last block.
  public func nonzeroPaddingOffset(in bytes: Bytes, elementByteCount: Int) -> Int? {
    precondition(bytes.count == elementCount * elementByteCount, "the bytes of this layout")
    let used = rowCount % BlockedLayout.width * elementByteCount
    guard used > 0 else { return nil }
    let groupByteCount = BlockedLayout.width * elementByteCount
    let start = (blockCount - 1) * groupCount * groupByteCount
    for group in stride(from: start, to: bytes.count, by: groupByteCount) {
      for offset in (group + used)..<(group + groupByteCount) where bytes[offset] != 0 {
        return offset
      }
    }
    return nil
  }
}
