public import BinaryInput

extension Picture {
  /// The picture turned as its file says, or itself where that says nothing.
  ///
  /// - Throws: `io.memory` where there is no room for it.
  /// - Complexity: O(*n*) in the number of pixels.
  public func oriented() throws(ReadError) -> Picture {
    guard let orientation, orientation != .upright else { return self }
    let (width, height) =
      orientation.exchangesAxes ? (self.height, self.width) : (self.width, self.height)
    // Where the upper left pixel of the result is, and how far to the next ones below and beside it.
    let (right, down) = (3, 3 * self.width)
    let (lastColumn, lastRow) = ((self.width - 1) * right, (self.height - 1) * down)
    let (start, toBelow, toBeside) =
      switch orientation {
      case .upright: (0, down, right)
      case .mirrored: (lastColumn, down, -right)
      case .upsideDown: (lastColumn + lastRow, -down, -right)
      case .flipped: (lastRow, -down, right)
      case .transposed: (0, right, down)
      case .clockwise: (lastRow, right, -down)
      case .transversed: (lastColumn + lastRow, -right, -down)
      case .counterclockwise: (lastColumn, -right, down)
      }
    let turned = try Bytes(byteCount: pixels.count) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe pixels.span.withUnsafeBytes { input in
          var offset = 0
          for row in 0..<height {
            var source = start + row * toBelow
            for _ in 0..<width {
              unsafe output[offset] = unsafe input[source]
              unsafe output[offset + 1] = unsafe input[source + 1]
              unsafe output[offset + 2] = unsafe input[source + 2]
              offset += 3
              source += toBeside
            }
          }
        }
      }
    }
    return Picture(
      width: width, height: height, pixels: turned, format: format, orientation: .upright)
  }
}
