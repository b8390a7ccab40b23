import Glibc

extension MappedFile {
  /// Opens the same file again and hands its descriptor to `body`, for what wants an open file and not
  /// its bytes, such as another process.
  ///
  /// - Throws: `io.open` where it cannot be opened, `io.changed` where the path leads to another file by
  ///   now or the file changed; what `body` throws.
  public func withDescriptor<Result>(
    _ body: (CInt) throws(ReadError) -> Result
  ) throws(ReadError) -> Result {
    let descriptor = uninterrupted { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw systemError(.openFailed, "cannot be opened", path: path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0,
      FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino)) == identity
    else {
      throw ReadError(
        .inputChanged, "the file changed while it was read", path: [path],
        advice: "wait until nothing writes to it, then try again")
    }
    try requireUnchanged()
    return try body(descriptor)
  }
}
