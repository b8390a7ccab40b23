internal import BinaryInput
internal import CProcessSpawn
internal import Glibc

/// A file without a name for elements that arrive piece by piece, so that they need not stay in memory:
/// what is mapped from it is read when it is used and can be let go of.
struct ScratchFile: ~Copyable {
  private let descriptor: CInt
  /// The number of bytes so far.
  private(set) var byteCount = 0

  /// Each tensor begins at a multiple of this.
  static let alignment = 64

  /// Makes a file in the folder for temporary ones; nil where there is none that takes it.
  init?() {
    let chosen = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) }
    for folder in [chosen, "/var/tmp", "/tmp"].compactMap(\.self) {
      let descriptor = unsafe gpc_unnamed_file(folder)
      if descriptor >= 0 {
        self.descriptor = descriptor
        return
      }
    }
    return nil
  }

  deinit { close(descriptor) }

  /// Writes bytes behind those that are there.
  ///
  /// - Returns: Whether there was room.
  mutating func append(_ bytes: RawSpan) -> Bool {
    var written = 0
    while written < bytes.byteCount {
      let number = unsafe bytes.withUnsafeBytes {
        unsafe pwrite(
          descriptor, $0.baseAddress! + written, $0.count - written, off_t(byteCount + written))
      }
      if number > 0 {
        written += number
      } else if number == 0 || errno != EINTR {
        return false
      }
    }
    byteCount += written
    return true
  }

  /// Leaves room up to the next place where a tensor may begin.
  mutating func align() {
    byteCount =
      (byteCount + (ScratchFile.alignment - 1)) / ScratchFile.alignment
      * ScratchFile.alignment
  }

  /// All bytes, mapped.
  ///
  /// - Throws: `io.memory` where they cannot be.
  func mapped() throws(ReadError) -> Bytes {
    guard ftruncate(descriptor, off_t(byteCount)) == 0,
      let bytes = Bytes(mapping: descriptor, byteCount: byteCount)
    else {
      throw ReadError(
        .outOfMemory, "no room to map \(byteCount) bytes",
        advice: "close other programs or use a machine with more memory")
    }
    return bytes
  }
}
