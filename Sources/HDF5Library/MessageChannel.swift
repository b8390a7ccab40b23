internal import BinaryInput
internal import Glibc
internal import HDF5Exchange

/// The two descriptors over which the worker talks with whoever started it.
struct MessageChannel {
  private let input: CInt
  private let output: CInt

  init(input: CInt, output: CInt) {
    self.input = input
    self.output = output
  }

  /// The next message, or nil where nobody will send another one.
  func next() -> (kind: FrameHeader.Kind, bytes: Bytes)? {
    guard let start = bytes(count: FrameHeader.byteCount),
      let header = try? FrameHeader(decoding: start), let content = bytes(count: header.byteCount)
    else { return nil }
    return (header.kind, Bytes(copying: content))
  }

  private func bytes(count: Int) -> [UInt8]? {
    var result = [UInt8](repeating: 0, count: count)
    var received = 0
    while received < count {
      let number = unsafe result.withUnsafeMutableBytes {
        unsafe read(input, $0.baseAddress! + received, count - received)
      }
      if number > 0 {
        received += number
      } else if number == 0 || errno != EINTR {
        return nil
      }
    }
    return result
  }

  /// Sends a message; where nobody takes it, this process has no more to do.
  func send(_ kind: FrameHeader.Kind, _ content: [UInt8] = []) {
    unsafe send(kind, content.span.bytes)
  }

  /// Sends a message.
  func send(_ kind: FrameHeader.Kind, _ content: RawSpan) {
    let header = FrameHeader(kind, byteCount: content.byteCount).encoded
    unsafe write(header.span.bytes)
    write(content)
  }

  private func write(_ bytes: RawSpan) {
    var sent = 0
    while sent < bytes.byteCount {
      let number = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(output, $0.baseAddress! + sent, $0.count - sent)
      }
      if number > 0 {
        sent += number
      } else if number == 0 || errno != EINTR {
        exit(EXIT_FAILURE)
      }
    }
  }
}
