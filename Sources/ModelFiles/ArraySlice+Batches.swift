import BinaryInput

extension ArraySlice {
  /// The most elements of a batch.
  private static var maximumBatchCount: Int { 1_000 }

  /// Takes off as many elements as have so many bytes together, one at least.
  ///
  /// - Parameters:
  ///   - limit: The most bytes of several.
  ///   - byteCount: The number of bytes of an element, which may be any: views may claim it.
  /// - Returns: The elements; none where there were none.
  package mutating func removeBatch(
    byteCount limit: Int, _ byteCount: (Element) -> Int
  ) -> ArraySlice<Element> {
    var total = 0
    let batch = prefix(Self.maximumBatchCount).prefix { element in
      let isFirst = total == 0
      total = total.adding(exactly: byteCount(element)) ?? .max
      return isFirst || total <= limit
    }
    removeFirst(batch.count)
    return batch
  }
}
