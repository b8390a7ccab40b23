internal import BinaryInput

extension Picture {
  /// Decodes a binary PPM or PGM file, as Pillow reads it.
  init(netpbm bytes: Bytes, options: PictureOptions) throws(ReadError) {
    let isGrey = bytes[1] == UInt8(ascii: "5")
    var header = NetpbmHeader(bytes)
    let width = try header.nextNumber("the width")
    let height = try header.nextNumber("the height")
    let maximum = try header.nextNumber("the largest value")
    let byteCount = try options.byteCount(width: width, height: height)
    guard (1...65_535).contains(maximum) else {
      throw ReadError(
        .pictureMalformed, "the largest value of a PPM picture is out of its range",
        expected: "1 to 65535", found: "\(maximum)",
        advice: "save it again with the program that made it")
    }
    let valueByteCount = maximum < 256 ? 1 : 2
    let valueCount = isGrey ? byteCount / 3 : byteCount
    let data = bytes[header.offset..<bytes.count]
    guard options.allowsTruncated || data.count / valueByteCount >= valueCount else {
      throw .truncated("the file ends before the picture does", at: bytes.count)
    }
    let table = NetpbmValues(maximum: maximum, isGrey: isGrey)
    let pixels = try Bytes(byteCount: byteCount) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      for index in 0..<min(valueCount, data.count / valueByteCount) {
        let value =
          valueByteCount == 1
          ? Int(data[index]) : Int(data[2 * index]) << 8 | Int(data[2 * index + 1])
        let byte = table[value]
        if isGrey {
          for channel in 0..<3 {
            output.storeBytes(of: byte, toByteOffset: 3 * index + channel, as: UInt8.self)
          }
        } else {
          output.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
      }
    }
    self.init(width: width, height: height, pixels: pixels, format: .netpbm)
  }
}

/// What each value of a file becomes in 8 bits.
private struct NetpbmValues {
  private let bytes: [UInt8]

  /// Grey values beyond 8 bits are scaled to 16 bits and cut off at 255, colours to 8 bits: that is what
  /// Pillow does.
  init(maximum: Int, isGrey: Bool) {
    let isWideGrey = isGrey && maximum > 255
    let scale = isWideGrey ? 65_535 : 255
    bytes = (0...(maximum < 256 ? 255 : 65_535)).map { value in
      let scaled = Double(value) / Double(maximum) * Double(scale)
      return UInt8(min(scaled.rounded(.toNearestOrEven), 255))
    }
  }

  subscript(value: Int) -> UInt8 { bytes[value] }
}

/// The numbers at the beginning of a PPM or PGM file.
private struct NetpbmHeader {
  private let bytes: Bytes
  /// Where the next number or the pixels begin.
  private(set) var offset = 2

  init(_ bytes: Bytes) {
    self.bytes = bytes
  }

  /// Reads a number and the one byte after it; comments reach from `#` to the end of their line.
  mutating func nextNumber(_ what: String) throws(ReadError) -> Int {
    let start = offset
    var digits = ""
    while true {
      guard offset < bytes.count else {
        throw .truncated("the file ends within \(what)", at: bytes.count)
      }
      let byte = bytes[offset]
      offset += 1
      switch byte {
      case 0x09...0x0D, 0x20:
        if !digits.isEmpty, let number = Int(digits) { return number }
      case UInt8(ascii: "#"):
        while offset < bytes.count, bytes[offset] != 0x0A, bytes[offset] != 0x0D { offset += 1 }
        offset += 1
      case UInt8(ascii: "0")...UInt8(ascii: "9") where digits.utf8.count < 10:
        digits.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        throw ReadError(
          .pictureMalformed, "\(what) of a PPM picture is no number", offset: start,
          expected: "at most ten digits", advice: "save it again with the program that made it")
      }
    }
  }
}
