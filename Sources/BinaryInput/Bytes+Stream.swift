import Glibc

extension ErrorCode {
  /// A stream gives more bytes than are taken of one.
  public static let streamTooLong = ErrorCode("io.stream")
}

extension Bytes {
  /// Everything that a pipe, a socket or a terminal gives until its end.
  ///
  /// - Parameters:
  ///   - descriptor: What is read; it stays open.
  ///   - maximumByteCount: The most that is taken.
  ///   - name: What it is called in messages.
  /// - Throws: `io.read`, `io.stream` where it gives more than that.
  public init(
    readingAllOf descriptor: CInt, maximumByteCount: Int, name: String
  ) throws(ReadError) {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { chunk in
        unsafe read(descriptor, chunk.baseAddress, chunk.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw systemError(.readFailed, "cannot be read", path: name) }
      if count == 0 { break }
      guard content.count + count <= maximumByteCount else {
        throw ReadError(
          .streamTooLong, "there is more than is taken of a stream", path: [name],
          expected: "at most \(maximumByteCount) bytes", advice: "write it into a file")
      }
      content += chunk[..<count]
      if content.count > 1 << 22, chunk.count < 1 << 22 {
        chunk = [UInt8](repeating: 0, count: 1 << 22)
      }
    }
    self.init(copying: content)
  }

  /// Everything on standard input.
  ///
  /// - Parameter maximumByteCount: The most that is taken.
  /// - Returns: The bytes.
  /// - Throws: `io.read`, `io.stream` where there is more.
  public static func standardInput(maximumByteCount: Int = 1 << 32) throws(ReadError) -> Bytes {
    try Bytes(
      readingAllOf: STDIN_FILENO, maximumByteCount: maximumByteCount, name: "standard input")
  }
}
