internal import BinaryInput
internal import CProcessSpawn
internal import Glibc

/// A file without a name that holds a copy of some bytes, for a process that wants a file.
struct MemoryFile: ~Copyable {
  /// The open file.
  let descriptor: CInt

  /// Copies the bytes.
  ///
  /// - Throws: `io.memory` where there is no room for them.
  init(_ bytes: Bytes) throws(ReadError) {
    descriptor = unsafe gpc_memory_file("gpunet-hdf5")
    guard descriptor >= 0 else { throw MemoryFile.failed(bytes.count) }
    var written = 0
    while written < bytes.count {
      let number = unsafe bytes[written..<bytes.count].span.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress, $0.count)
      }
      if number > 0 {
        written += number
      } else if number == 0 || errno != EINTR {
        throw MemoryFile.failed(bytes.count)
      }
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  private static func failed(_ byteCount: Int) -> ReadError {
    ReadError(
      .outOfMemory, "no memory for a copy of \(byteCount) bytes",
      advice: "close other programs or use a machine with more memory")
  }
}
