internal import BinaryInput
internal import CZlib

extension ZipArchive {
  /// Inflates `data` to exactly the number of bytes that the entry declares.
  ///
  /// - Throws: `zip.bomb` for more, `zip.deflate` for fewer or a damaged stream, `io.memory`.
  func inflate(_ data: Bytes, of entry: Entry) throws(ReadError) -> Bytes {
    var outcome = InflateOutcome.failed
    // One byte more than declared shows that a stream goes on, at no cost.
    let output = try Bytes(byteCount: entry.byteCount + 1) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      outcome = inflateRaw(data.span, into: &output)
    }
    switch outcome {
    case .ended(let byteCount, let unusedByteCount)
    where byteCount == entry.byteCount && unusedByteCount == 0:
      return output[0..<byteCount]
    case .full, .ended(entry.byteCount + 1, _):
      throw ReadError(
        .zipBomb, "the data inflates to more than the entry declares", path: [entry.name],
        offset: entry.dataOffset, expected: "\(entry.byteCount) bytes")
    case .ended(let byteCount, let unusedByteCount):
      throw ReadError(
        .zipDeflate, "the compressed data ends early", path: [entry.name],
        offset: entry.dataOffset, expected: "\(entry.byteCount) bytes",
        found: "\(byteCount), and \(unusedByteCount) bytes after the end")
    case .failed:
      throw ReadError(
        .zipDeflate, "the compressed data is damaged", path: [entry.name],
        offset: entry.dataOffset, advice: "download or copy the file again")
    }
  }
}

extension ZipArchive {
  /// Inflates the beginning of `data`, and no more of it.
  ///
  /// - Throws: `zip.deflate` where the stream is damaged before that or ends early, `io.memory`.
  func inflatePrefix(
    _ data: Bytes, byteCount: Int, of entry: Entry
  ) throws(ReadError) -> Bytes {
    var isWhole = false
    let output = try Bytes(byteCount: byteCount) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      switch inflateRaw(data.span, into: &output) {
      case .full: isWhole = true
      case .ended(let count, _): isWhole = count == byteCount
      case .failed: break
      }
    }
    guard isWhole else {
      throw ReadError(
        .zipDeflate, "the compressed data is damaged or ends early", path: [entry.name],
        offset: entry.dataOffset, advice: "download or copy the file again")
    }
    return output
  }
}

private enum InflateOutcome {
  /// The stream ended after so many bytes of output, leaving so many of input.
  case ended(byteCount: Int, unusedByteCount: Int)
  /// The output is full and the stream has not ended.
  case full
  /// The stream is damaged or incomplete.
  case failed
}

/// Inflates one stream of RFC 1951.
private func inflateRaw(_ input: RawSpan, into output: inout MutableRawSpan) -> InflateOutcome {
  unsafe input.withUnsafeBytes { input in
    unsafe output.withUnsafeMutableBytes { output in
      var stream = unsafe z_stream()
      // A negative window size means a stream without zlib's header.
      guard
        unsafe inflateInit2_(
          &stream, -MAX_WBITS, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
      else { return .failed }
      defer { unsafe inflateEnd(&stream) }
      unsafe stream.next_in = UnsafeMutablePointer(
        mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      unsafe stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      var unusedByteCount = input.count
      var freeByteCount = output.count
      while true {
        // zlib counts what it is given in 32 bits.
        let given = uInt(clamping: unusedByteCount)
        let room = uInt(clamping: freeByteCount)
        unsafe stream.avail_in = given
        unsafe stream.avail_out = room
        let status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
        unsafe unusedByteCount -= Int(given - stream.avail_in)
        unsafe freeByteCount -= Int(room - stream.avail_out)
        if status == Z_STREAM_END {
          return .ended(
            byteCount: output.count - freeByteCount, unusedByteCount: unusedByteCount)
        }
        if status != Z_OK { return .failed }
        if freeByteCount == 0 { return .full }
      }
    }
  }
}
