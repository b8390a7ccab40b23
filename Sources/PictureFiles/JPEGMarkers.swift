internal import BinaryInput

/// What the segments before the first scan of a JPEG file say that decoding does not look at.
struct JPEGMarkers {
  /// How the picture is to be turned, from the Exif segment.
  private(set) var orientation: PictureOrientation?

  /// Walks over the segments. What is wrong with them is left to the decoder to say.
  ///
  /// - Throws: `picture.coding` for a way of coding that is not read.
  /// - Complexity: O(*n*) in the number of bytes.
  init(_ bytes: Bytes) throws(ReadError) {
    // Pillow joins the segments, where there are several.
    var exif: [UInt8] = []
    var offset = 2
    while let marker = JPEGMarkers.nextMarker(in: bytes, from: &offset) {
      // The markers without a segment, among which only the end and restarts are met here.
      if marker == 0x01 || (0xD0...0xD8).contains(marker) { continue }
      // The first scan, or the end.
      if marker == 0xDA || marker == 0xD9 { break }
      guard offset + 2 <= bytes.count else { break }
      let byteCount = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
      guard byteCount >= 2, offset + byteCount <= bytes.count else { break }
      let segment = bytes[(offset + 2)..<(offset + byteCount)]
      if let coding = JPEGMarkers.refusedCoding(marker, segment) {
        throw ReadError(
          .pictureCoding, "a JPEG picture of a kind that is not read", offset: offset - 2,
          expected: "baseline or progressive JPEG of 8 bits", found: coding,
          advice: "save it as PNG or as plain JPEG")
      }
      if marker == 0xE1, segment.starts(with: Array("Exif\0\0".utf8)) {
        exif += (6..<segment.count).map { segment[$0] }
      }
      offset += byteCount
    }
    orientation = PictureOrientation(exif: exif)
  }

  /// The next marker, over bytes that fill the room before it; `offset` is then after it.
  private static func nextMarker(in bytes: Bytes, from offset: inout Int) -> UInt8? {
    while offset < bytes.count, bytes[offset] != 0xFF { offset += 1 }
    while offset < bytes.count, bytes[offset] == 0xFF { offset += 1 }
    guard offset < bytes.count else { return nil }
    offset += 1
    let marker = bytes[offset - 1]
    return marker == 0 ? nextMarkerAfterZero(in: bytes, from: &offset) : marker
  }

  /// A zero after 0xFF is no marker, but a byte of data.
  private static func nextMarkerAfterZero(in bytes: Bytes, from offset: inout Int) -> UInt8? {
    while offset + 1 < bytes.count {
      if bytes[offset] == 0xFF, bytes[offset + 1] != 0, bytes[offset + 1] != 0xFF {
        offset += 2
        return bytes[offset - 1]
      }
      offset += 1
    }
    return nil
  }

  /// The name of a way of coding that is not read, where a segment announces one.
  private static func refusedCoding(_ marker: UInt8, _ segment: Bytes) -> String? {
    switch marker {
    case 0xC0, 0xC1, 0xC2:
      guard segment.count > 0, segment[0] != 8 else { return nil }
      return "\(segment[0]) bits"
    case 0xC3: return "lossless JPEG"
    case 0xC5, 0xC6, 0xC7, 0xDE: return "hierarchical JPEG"
    case 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF: return "arithmetic coding"
    case 0xF7: return "JPEG-LS"
    default: return nil
    }
  }
}
