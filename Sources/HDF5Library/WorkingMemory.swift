internal import Glibc
internal import HDF5Exchange

/// Memory whose extent a file states; not to have it is no fault of this program.
@safe final class WorkingMemory {
  /// The bytes.
  let bytes: UnsafeMutableRawBufferPointer

  /// Makes memory whose content is undefined.
  ///
  /// - Throws: Too little memory.
  init(byteCount: Int) throws(WorkerFailure) {
    guard let start = unsafe malloc(max(byteCount, 1)) else {
      throw WorkerFailure(
        .memory, "no memory for the elements", expected: "room for \(byteCount) bytes")
    }
    unsafe bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
  }

  deinit { unsafe free(bytes.baseAddress) }
}
