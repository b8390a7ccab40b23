public import BinaryInput
internal import CJPEGCoding

extension Picture {
  /// The most pixels that a side of a JPEG file may have for libjpeg.
  static let longestJPEGSide = 65_500

  /// The picture as a JPEG file in which no colours are halved.
  ///
  /// - Parameter quality: What libjpeg and Pillow call so, from 1 to 100.
  /// - Returns: The bytes of the file, the same for the same pixels; decoded they are what Pillow's
  ///   `save(quality=…, subsampling=0)` gives.
  /// - Precondition: The quality is one of these.
  /// - Throws: `picture.pixels` for a side of more than 65,500 pixels; `io.memory` where there is no
  ///   room for the file.
  /// - Complexity: O(*n*) in the number of pixels.
  public func jpegFile(quality: Int) throws(ReadError) -> Bytes {
    precondition((1...100).contains(quality), "a quality of libjpeg")
    guard max(width, height) <= Picture.longestJPEGSide else {
      throw ReadError(
        .picturePixels, "the picture is too large for a JPEG file",
        expected: "at most \(Picture.longestJPEGSide) pixels a side", found: "\(width)×\(height)",
        advice: "make it smaller")
    }
    // No product of two such sides is large enough to overflow.
    let capacity = 6 * ((width + 7) / 8 * 8) * ((height + 7) / 8 * 8) + 2_048
    var count = 0
    let file = try Bytes(byteCount: capacity) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      count = unsafe output.withUnsafeMutableBytes { output in
        unsafe pixels.span.withUnsafeBytes { input in
          unsafe gpj_encode(
            input.baseAddress, UInt32(width), UInt32(height), CInt(quality), output.baseAddress,
            output.count)
        }
      }
    }
    guard count > 0 else { throw ReadError(.outOfMemory, "no memory to encode the picture") }
    return file[0..<count]
  }
}
