internal import BinaryInput

/// What a GIF file says of its first frame.
struct GIFFrame {
  /// The extent of the whole picture, which a frame that leaves it makes larger.
  let canvas: (width: Int, height: Int)
  let left: Int
  let top: Int
  let width: Int
  let height: Int
  let isInterlaced: Bool
  let colors: GIFColors
  /// The colour that stands for nothing; what the frame leaves free has it.
  let transparentIndex: UInt8?
  /// Where the codes begin.
  let dataOffset: Int

  /// Reads up to the first frame.
  ///
  /// - Throws: `picture.truncated` where the file ends before it, `picture.malformed` where it has none.
  init(_ bytes: Bytes) throws(ReadError) {
    let span = bytes.span
    var reader = ByteReader(span, truncation: .pictureTruncated)
    do throws(ReadError) {
      try reader.skip(byteCount: 6)
      let screen = (
        width: Int(try reader.read(UInt16.self)), height: Int(try reader.read(UInt16.self))
      )
      let screenFlags = try reader.read(UInt8.self)
      try reader.skip(byteCount: 2)
      var palette: [UInt8]?
      if screenFlags & 0x80 != 0 {
        palette = try reader.readArray(byteCount: 3 << (Int(screenFlags & 7) + 1))
      }
      var transparentIndex: UInt8?
      while true {
        switch try reader.read(UInt8.self) {
        case UInt8(ascii: "!"):
          let label = try reader.read(UInt8.self)
          var isFirst = true
          while case let count = Int(try reader.read(UInt8.self)), count > 0 {
            let block = try reader.readArray(byteCount: count)
            if label == 0xF9, isFirst, block.count >= 4, block[0] & 1 != 0 {
              transparentIndex = block[3]
            }
            isFirst = false
          }
        case UInt8(ascii: ","):
          left = Int(try reader.read(UInt16.self))
          top = Int(try reader.read(UInt16.self))
          width = Int(try reader.read(UInt16.self))
          height = Int(try reader.read(UInt16.self))
          let flags = try reader.read(UInt8.self)
          isInterlaced = flags & 0x40 != 0
          if flags & 0x80 != 0 {
            palette = try reader.readArray(byteCount: 3 << (Int(flags & 7) + 1))
          }
          canvas = (max(screen.width, left + width), max(screen.height, top + height))
          colors = GIFColors(palette)
          self.transparentIndex = transparentIndex
          dataOffset = reader.position
          return
        case UInt8(ascii: ";"):
          throw ReadError(
            .pictureMalformed, "the GIF file has no picture", offset: reader.position - 1,
            advice: "save it again with the program that made it")
        default: continue
        }
      }
    } catch  where error.code == .pictureTruncated {
      throw ReadError(
        .pictureTruncated, "the file ends before the picture begins", offset: error.offset,
        advice: "download or copy it again")
    }
  }
}

/// The colours of a GIF picture.
struct GIFColors {
  private let bytes: [UInt8]

  /// Colours from a table, black beyond it; greys where there is none.
  init(_ palette: [UInt8]?) {
    let palette = palette ?? (0..<256).flatMap { [UInt8](repeating: UInt8($0), count: 3) }
    bytes = palette + [UInt8](repeating: 0, count: 3 * 256 - palette.count)
  }

  subscript(index: UInt8) -> (UInt8, UInt8, UInt8) {
    let start = 3 * Int(index)
    return (bytes[start], bytes[start + 1], bytes[start + 2])
  }

  /// Puts a colour where a pixel is.
  func store(_ index: UInt8, in output: inout MutableRawSpan, at offset: Int) {
    let color = self[index]
    output.storeBytes(of: color.0, toByteOffset: offset, as: UInt8.self)
    output.storeBytes(of: color.1, toByteOffset: offset + 1, as: UInt8.self)
    output.storeBytes(of: color.2, toByteOffset: offset + 2, as: UInt8.self)
  }
}
