internal import BinaryInput

extension Picture {
  /// Decodes the first frame of a GIF file, as Pillow shows it.
  init(gif bytes: Bytes, options: PictureOptions) throws(ReadError) {
    let frame = try GIFFrame(bytes)
    let byteCount = try options.byteCount(width: frame.canvas.width, height: frame.canvas.height)
    var data = GIFData(bytes, from: frame.dataOffset)
    let pixels = try Bytes(byteCount: byteCount) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      if let background = frame.transparentIndex {
        for offset in stride(from: 0, to: byteCount, by: 3) {
          frame.colors.store(background, in: &output, at: offset)
        }
      } else if frame.colors[0] != (0, 0, 0) {
        for offset in stride(from: 0, to: byteCount, by: 3) {
          frame.colors.store(0, in: &output, at: offset)
        }
      }
      do throws(ReadError) {
        try frame.decode(&data, into: &output)
      } catch {
        // As far as it goes is what was asked for.
        guard options.allowsTruncated else { throw error }
      }
    }
    self.init(
      width: frame.canvas.width, height: frame.canvas.height, pixels: pixels, format: .gif)
  }
}

extension GIFFrame {
  /// Expands the codes of a frame and colours its pixels; what the codes do not reach is left as it is.
  ///
  /// - Throws: `picture.truncated` where the file ends before the pixels do, `picture.malformed` for
  ///   codes that mean nothing.
  fileprivate func decode(_ data: inout GIFData, into output: inout MutableRawSpan)
    throws(ReadError)
  {
    guard width > 0, height > 0 else { return }
    var codes = try GIFCodes(&data)
    var (x, y, pass) = (0, 0, 0)
    // A string of pixels comes out last first.
    var string = [UInt8](repeating: 0, count: GIFCodes.largestStringCount)
    while let range = try codes.next(&data, into: &string) {
      for index in range {
        colors.store(
          string[index], in: &output, at: 3 * ((top + y) * canvas.width + left + x))
        x += 1
        guard x == width else { continue }
        x = 0
        y = isInterlaced ? GIFFrame.rowAfter(y, pass: &pass, height: height) : y + 1
        if y >= height { return }
      }
    }
  }

  /// The row after another in the order of an interlaced frame: every eighth, then those between.
  private static func rowAfter(_ row: Int, pass: inout Int, height: Int) -> Int {
    let passes: [(first: Int, step: Int)] = [(0, 8), (4, 8), (2, 4), (1, 2)]
    var next = row + passes[pass].step
    while next >= height, pass < passes.count - 1 {
      pass += 1
      next = passes[pass].first
    }
    return next
  }
}
