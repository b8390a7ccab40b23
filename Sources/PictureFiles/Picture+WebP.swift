internal import BinaryInput
internal import CLibWebP

extension Picture {
  /// Decodes a WebP file; of an animated one the first frame, on black where it leaves room.
  init(webp bytes: Bytes, options: PictureOptions) throws(ReadError) {
    var outcome: Result<Picture, ReadError>?
    unsafe bytes.span.withUnsafeBytes { file in
      outcome = Result { () throws(ReadError) in
        try unsafe Picture(webp: file, options: options)
      }
    }
    guard let outcome else { preconditionFailure("the closure is executed") }
    self = try outcome.get()
  }

  private init(
    webp file: UnsafeRawBufferPointer, options: PictureOptions
  ) throws(ReadError) {
    var data = unsafe WebPData(
      bytes: file.baseAddress?.assumingMemoryBound(to: UInt8.self), size: file.count)
    var state = WEBP_DEMUX_PARSING_HEADER
    // Whether the file is whole is asked only afterwards, to tell one that is cut off from a bad one.
    let demuxer = unsafe WebPDemuxInternal(&data, 1, &state, WEBP_DEMUX_ABI_VERSION)
    defer { unsafe WebPDemuxDelete(demuxer) }
    guard state != WEBP_DEMUX_PARSE_ERROR else { throw Picture.malformedWebP }
    guard state == WEBP_DEMUX_DONE, let demuxer = unsafe demuxer else {
      // What there is of it is no use: the decoder wants all of a frame.
      throw ReadError(
        .pictureTruncated, "the file ends before the picture does", offset: file.count,
        advice: "download or copy it again")
    }
    let width = Int(unsafe WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH))
    let height = Int(unsafe WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT))
    let byteCount = try options.byteCount(width: width, height: height)
    var frame = unsafe WebPIterator()
    guard unsafe WebPDemuxGetFrame(demuxer, 1, &frame) != 0 else { throw Picture.malformedWebP }
    defer { unsafe WebPDemuxReleaseIterator(&frame) }
    let (x, y) = unsafe (Int(frame.x_offset), Int(frame.y_offset))
    guard
      unsafe x >= 0 && y >= 0 && frame.width > 0 && frame.height > 0
        && x + Int(frame.width) <= width && y + Int(frame.height) <= height
    else { throw Picture.malformedWebP }
    let codes = unsafe frame.fragment
    let pixels = try Bytes(byteCount: byteCount) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      let decoded = unsafe output.withUnsafeMutableBytes { output in
        let start = 3 * (y * width + x)
        return unsafe WebPDecodeRGBInto(
          codes.bytes, codes.size,
          output.baseAddress?.advanced(by: start).assumingMemoryBound(to: UInt8.self),
          output.count - start, CInt(3 * width))
      }
      guard unsafe decoded != nil else { throw Picture.malformedWebP }
    }
    self.init(width: width, height: height, pixels: pixels, format: .webp)
  }

  private static var malformedWebP: ReadError {
    ReadError(
      .pictureMalformed, "the WebP data is damaged", advice: "download or copy it again")
  }
}
