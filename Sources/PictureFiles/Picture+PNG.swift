internal import BinaryInput
internal import CPNGDecoding

extension Picture {
  /// Decodes a PNG file.
  init(png bytes: Bytes, options: PictureOptions) throws(ReadError) {
    var outcome: Result<Picture, ReadError>?
    unsafe bytes.span.withUnsafeBytes { file in
      outcome = Result { () throws(ReadError) in
        guard
          let decoder = unsafe gpp_create(
            file.baseAddress, file.count, options.allowsTruncated)
        else { throw ReadError(.outOfMemory, "no memory to decode the picture") }
        defer { unsafe gpp_destroy(decoder) }
        return try unsafe Picture(png: decoder, fileByteCount: bytes.count, options: options)
      }
    }
    guard let outcome else { preconditionFailure("the closure is executed") }
    self = try outcome.get()
  }

  private init(
    png decoder: OpaquePointer, fileByteCount: Int, options: PictureOptions
  ) throws(ReadError) {
    var header = gpp_header()
    try unsafe Picture.check(gpp_read_header(decoder, &header), decoder)
    let (width, height) = (Int(header.width), Int(header.height))
    let byteCount = try options.byteCount(width: width, height: height)
    // Deflated data has at most 1,032 times as many bytes inflated.
    let dataByteCount = width * height / 8 * Int(header.pixel_bit_count)
    guard options.allowsTruncated || dataByteCount / 1_032 <= fileByteCount else {
      throw .truncated("the file is too short for \(width)×\(height) pixels")
    }
    let pixels = try Bytes(byteCount: byteCount) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      let status = unsafe output.withUnsafeMutableBytes { output in
        unsafe gpp_read_pixels(decoder, output.baseAddress)
      }
      // As far as it goes is what was asked for.
      if options.allowsTruncated, status != gpp_no_memory { return }
      try unsafe Picture.check(status, decoder)
    }
    self.init(width: width, height: height, pixels: pixels, format: .png)
  }

  private static func check(_ status: gpp_status, _ decoder: OpaquePointer) throws(ReadError) {
    let offset = unsafe gpp_read_count(decoder)
    switch status {
    case gpp_done: return
    case gpp_truncated: throw .truncated("the file ends before the picture does", at: offset)
    case gpp_bad_checksum:
      throw ReadError(
        .pictureChecksum, "a checksum of the PNG file is wrong: \(unsafe words(decoder))",
        offset: offset, advice: "download or copy it again")
    case gpp_no_memory: throw ReadError(.outOfMemory, "no memory to decode the picture")
    default:
      throw ReadError(
        .pictureMalformed, "the PNG data is damaged: \(unsafe words(decoder))", offset: offset,
        advice: "download or copy it again")
    }
  }

  /// What the library says.
  private static func words(_ decoder: OpaquePointer) -> String {
    unsafe String(cString: gpp_message(decoder))
  }
}
