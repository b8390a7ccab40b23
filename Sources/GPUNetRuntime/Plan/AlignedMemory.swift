import BinaryInput
import Glibc

/// Floats of its own, zero at first, freed with their owner.
///
/// Large ones lie in large pages where the system has them, since the blocks of a map are so far
/// apart that every access would meet another small page.
///
/// `@unchecked Sendable`: whoever shares it says who writes when.
@safe final class AlignedMemory: @unchecked Sendable {
  let start: UnsafeMutablePointer<Float>
  let count: Int

  private let mapping: UnsafeMutableRawPointer
  private let mappedByteCount: Int

  private static let largePageByteCount = 2 << 20

  /// - Throws: `io.memory` where the system has no such memory.
  init(count: Int) throws(ReadError) {
    let byteCount = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = byteCount >= AlignedMemory.largePageByteCount
    mappedByteCount = byteCount + (isLarge ? AlignedMemory.largePageByteCount : 0)
    let address = unsafe mmap(
      nil, mappedByteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw ReadError(
        .outOfMemory, "no memory for a buffer of \(byteCount) bytes",
        advice: "use fewer images or smaller ones")
    }
    unsafe mapping = address
    var first = unsafe address
    if isLarge {
      unsafe first = address.alignedUp(toMultipleOf: AlignedMemory.largePageByteCount)
      // Only advice: without it the pages are small.
      unsafe madvise(first, byteCount, MADV_HUGEPAGE)
    }
    unsafe start = first.bindMemory(to: Float.self, capacity: max(count, 1))
    self.count = count
  }

  deinit { unsafe munmap(mapping, mappedByteCount) }
}
