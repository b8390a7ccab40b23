import Dispatch

extension Array where Element == Double {
  /// Makes an array of equal chunks, each filled by one call of `body`, several calls at once; it
  /// gets the index of a chunk and its memory, all zero.
  init(
    chunkCount: Int, chunkLength: Int,
    fillingConcurrently body: @Sendable (Int, inout MutableSpan<Double>) -> Void
  ) {
    self.init(repeating: 0, count: chunkCount * chunkLength)
    unsafe withUnsafeMutableBufferPointer { buffer in
      // The chunks do not overlap, so that no two calls touch the same element.
      nonisolated(unsafe) let base = unsafe buffer
      DispatchQueue.concurrentPerform(iterations: chunkCount) { index in
        let start = index * chunkLength
        let chunk = unsafe UnsafeMutableBufferPointer(
          rebasing: base[start..<(start + chunkLength)])
        var span = unsafe chunk.mutableSpan
        body(index, &span)
      }
    }
  }
}
