extension PictureOrientation {
  /// The tag that says how a picture is to be turned.
  private static let tag = 0x0112

  /// Finds the orientation in an Exif block; nil where it has none, or one that has no meaning.
  ///
  /// - Parameter exif: The block from the mark of its byte order on.
  init?(exif: [UInt8]) {
    let isLittleEndian = exif.starts(with: [0x49, 0x49])
    guard isLittleEndian || exif.starts(with: [0x4D, 0x4D]) else { return nil }
    /// An unsigned number of some bytes; nil where they are not there.
    func number(at offset: Int, byteCount: Int) -> Int? {
      guard offset >= 0, exif.count - offset >= byteCount else { return nil }
      let bytes = exif[offset..<(offset + byteCount)]
      return (isLittleEndian ? Array(bytes.reversed()) : Array(bytes))
        .reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(at: 2, byteCount: 2) == 42, let directory = number(at: 4, byteCount: 4),
      let count = number(at: directory, byteCount: 2)
    else { return nil }
    for index in 0..<count {
      let entry = directory + 2 + 12 * index
      guard let tag = number(at: entry, byteCount: 2) else { return nil }
      guard tag == PictureOrientation.tag else { continue }
      // A short number; some write it as a long one.
      let byteCount = number(at: entry + 2, byteCount: 2) == 4 ? 4 : 2
      guard let value = number(at: entry + 8, byteCount: byteCount) else { return nil }
      self.init(rawValue: value)
      return
    }
    return nil
  }
}
