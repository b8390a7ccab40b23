import BinaryInput
import Glibc
public import TensorData

extension TensorFileWriter {
  /// The file that this writes, which must have the number of bytes that was promised.
  public func bytes() throws -> [UInt8] {
    let folder = TemporaryFolder()
    var file = try AtomicOutputFile(path: folder.file("written"), replacing: false)
    try write(to: &file)
    try file.commit()
    let bytes = try MappedFile(path: folder.file("written")).bytes.array
    precondition(bytes.count == byteCount, "as many bytes as were promised")
    return bytes
  }

  /// What comes out of a pipe that this writes to.
  ///
  /// - Precondition: It fits a pipe, which nobody reads meanwhile: 64 KiB.
  public func bytesThroughPipe() throws -> [UInt8] {
    let folder = TemporaryFolder()
    let path = folder.file("pipe")
    guard unsafe mkfifo(path, 0o600) == 0 else { preconditionFailure("a pipe can be made") }
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK)
    defer { close(descriptor) }
    var file = try AtomicOutputFile(path: path, replacing: true)
    try write(to: &file)
    try file.commit()
    var bytes = [UInt8](repeating: 0, count: byteCount + 1)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    return Array(bytes.prefix(max(count, 0)))
  }
}
