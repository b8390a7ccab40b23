internal import BinaryInput
internal import CJPEGCoding

extension Picture {
  /// Decodes a JPEG file.
  init(jpeg bytes: Bytes, options: PictureOptions) throws(ReadError) {
    let markers = try JPEGMarkers(bytes)
    var outcome: Result<Picture, ReadError>?
    unsafe bytes.span.withUnsafeBytes { file in
      outcome = Result { () throws(ReadError) in
        guard
          let decoder = unsafe gpj_create(
            file.baseAddress, file.count, options.allowsTruncated)
        else { throw ReadError(.outOfMemory, "no memory to decode the picture") }
        defer { unsafe gpj_destroy(decoder) }
        return try unsafe Picture(
          decoder, fileByteCount: bytes.count, orientation: markers.orientation, options: options)
      }
    }
    guard let outcome else { preconditionFailure("the closure is executed") }
    self = try outcome.get()
  }

  private init(
    _ decoder: OpaquePointer, fileByteCount: Int, orientation: PictureOrientation?,
    options: PictureOptions
  ) throws(ReadError) {
    var header = gpj_header()
    try unsafe Picture.check(gpj_read_header(decoder, &header), decoder)
    guard [1, 3, 4].contains(header.component_count) else {
      throw ReadError(
        .pictureCoding, "a JPEG picture with an unusual number of colours", expected: "1, 3 or 4",
        found: "\(header.component_count)", advice: "save it as PNG")
    }
    let (width, height) = (Int(header.width), Int(header.height))
    let byteCount = try options.byteCount(width: width, height: height)
    // No block of 8×8 pixels takes less than a bit.
    let blockCount = ((width + 7) / 8) * ((height + 7) / 8)
    guard options.allowsTruncated || blockCount / 8 <= fileByteCount else {
      throw .truncated("the file is too short for \(width)×\(height) pixels")
    }
    let pixels = try Bytes(byteCount: byteCount) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      let status = unsafe output.withUnsafeMutableBytes { output in
        unsafe gpj_read_pixels(
          decoder, output.baseAddress, Picture.scanLimit(pixelCount: width * height),
          Picture.libraryByteLimit(pixelCount: width * height))
      }
      // As far as it goes is what was asked for.
      if options.allowsTruncated, status == gpj_truncated || status == gpj_malformed { return }
      try unsafe Picture.check(status, decoder)
    }
    self.init(
      width: width, height: height, pixels: pixels, format: .jpeg, orientation: orientation)
  }

  /// The most scans that are read of a progressive picture. Each goes over all pixels, however few bytes
  /// it has; programs make ten or so.
  private static func scanLimit(pixelCount: Int) -> CInt {
    CInt(min(max((1 << 34) / pixelCount, 100), 1_000))
  }

  /// The most memory that libjpeg may take: all coefficients of a progressive picture of four colours,
  /// and what it always needs.
  private static func libraryByteLimit(pixelCount: Int) -> Int {
    16 * pixelCount + (1 << 24)
  }

  private static func check(_ status: gpj_status, _ decoder: OpaquePointer) throws(ReadError) {
    switch status {
    case gpj_done: return
    case gpj_truncated: throw .truncated("the file ends before the picture does")
    case gpj_too_many_scans:
      throw ReadError(
        .pictureScans, "the picture is spread over more scans than any honest file has",
        advice: "save it again with the program that made it")
    case gpj_no_memory: throw ReadError(.outOfMemory, "no memory to decode the picture")
    default:
      throw ReadError(
        .pictureMalformed,
        "the JPEG data is damaged: \(unsafe String(cString: gpj_message(decoder)))",
        advice: "download or copy it again")
    }
  }
}
