public import BinaryInput

extension Picture {
  /// Copies pixels that are in memory.
  ///
  /// - Parameters:
  ///   - width: The number of pixels of a row.
  ///   - height: The number of rows.
  ///   - layout: The order of the bytes of a pixel.
  ///   - rowStride: The number of bytes from the beginning of a row to that of the next one; nil where
  ///     rows follow each other without gaps.
  ///   - memory: The pixels from the upper left one on; the last row needs no gap after it.
  /// - Throws: `picture.size` for no pixels, `picture.memory` where the rows overlap or `memory` is too
  ///   short for them; `io.memory` where there is no room for a copy.
  public init(
    width: Int, height: Int, layout: PixelLayout, rowStride: Int? = nil, copying memory: RawSpan
  ) throws(ReadError) {
    let byteCount = try PictureOptions(maximumPixelCount: .max)
      .byteCount(width: width, height: height)
    guard let rowByteCount = width.multiplied(exactly: layout.byteCount),
      case let stride = rowStride ?? rowByteCount, stride >= rowByteCount,
      let end = (height - 1).multiplied(exactly: stride)?.adding(exactly: rowByteCount),
      end <= memory.byteCount
    else {
      throw ReadError(
        .pictureMemory, "the memory does not hold the picture",
        expected: "\(height) rows of \(width) pixels of \(layout.byteCount) bytes",
        found: "\(memory.byteCount) bytes"
          + (rowStride.map { ", \($0) from row to row" } ?? ""))
    }
    let (red, green, blue) = layout.offsets
    let pixels = try Bytes(byteCount: byteCount) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe memory.withUnsafeBytes { input in
          var offset = 0
          for row in 0..<height {
            var source = row * stride
            for _ in 0..<width {
              unsafe output[offset] = unsafe input[source + red]
              unsafe output[offset + 1] = unsafe input[source + green]
              unsafe output[offset + 2] = unsafe input[source + blue]
              offset += 3
              source += layout.byteCount
            }
          }
        }
      }
    }
    self.init(width: width, height: height, pixels: pixels)
  }
}
