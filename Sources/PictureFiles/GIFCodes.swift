internal import BinaryInput

/// The bytes of a GIF frame, which stand in blocks of up to 255.
struct GIFData {
  private let bytes: Bytes
  private var offset: Int
  private var blockByteCount = 0

  init(_ bytes: Bytes, from offset: Int) {
    self.bytes = bytes
    self.offset = offset
  }

  /// The byte before any block.
  mutating func readSetting() throws(ReadError) -> UInt8 {
    guard offset < bytes.count else {
      throw .truncated("the file ends before the picture does", at: bytes.count)
    }
    offset += 1
    return bytes[offset - 1]
  }

  /// The next byte of a block.
  ///
  /// - Throws: `picture.truncated` where the file ends within a block, or the blocks end.
  mutating func next() throws(ReadError) -> UInt8 {
    if blockByteCount == 0 {
      blockByteCount = Int(try readSetting())
      guard blockByteCount > 0 else {
        throw .truncated("the data ends before the picture does", at: offset - 1)
      }
    }
    blockByteCount -= 1
    return try readSetting()
  }

  /// An error where the data is.
  func malformed(_ what: String) -> ReadError {
    ReadError(
      .pictureMalformed, what, offset: offset, advice: "download or copy it again")
  }
}

/// The strings of pixels that the codes of a GIF frame stand for (LZW with codes of 3 to 12 bits).
struct GIFCodes {
  /// No string is longer, since each is a pixel longer than one before it in the table.
  static let largestStringCount = 4_096

  private let clear: Int
  private let end: Int
  private let firstBitCount: Int
  /// For each code the pixel that it adds, and the code of the pixels before.
  private var pixels: [UInt8]
  private var prefixes: [UInt16]
  private var next: Int
  private var bitCount: Int
  /// The code before, and the first pixel of its string; nil after a clear code.
  private var previous: (code: Int, first: UInt8)?
  private var pendingBits = 0
  private var pendingBitCount = 0

  /// Reads how many bits a pixel has.
  init(_ data: inout GIFData) throws(ReadError) {
    let pixelBitCount = Int(try data.readSetting())
    guard (1...8).contains(pixelBitCount) else {
      throw data.malformed("the pixels of the GIF data have \(pixelBitCount) bits")
    }
    clear = 1 << pixelBitCount
    end = clear + 1
    firstBitCount = pixelBitCount + 1
    pixels = (0..<GIFCodes.largestStringCount).map { UInt8(truncatingIfNeeded: $0) }
    prefixes = [UInt16](repeating: 0, count: GIFCodes.largestStringCount)
    next = clear + 2
    bitCount = firstBitCount
  }

  /// Expands the next code that stands for pixels.
  ///
  /// - Parameters:
  ///   - data: Where the codes are.
  ///   - string: Gets the pixels, at its end.
  /// - Throws: `picture.truncated` where the codes end before the picture does, `picture.malformed` for a
  ///   code that stands for nothing.
  /// - Returns: Where in `string` they are, or nil at the end of the picture.
  mutating func next(
    _ data: inout GIFData, into string: inout [UInt8]
  ) throws(ReadError) -> Range<Int>? {
    while true {
      let code = try nextCode(&data)
      if code == end { return nil }
      if code == clear {
        next = clear + 2
        bitCount = firstBitCount
        previous = nil
        continue
      }
      guard let previous else {
        guard code < clear else { throw data.malformed("the GIF data has a code of no string") }
        self.previous = (code, UInt8(code))
        string[string.count - 1] = UInt8(code)
        return (string.count - 1)..<string.count
      }
      return try expand(code, after: previous, data, into: &string)
    }
  }

  private mutating func expand(
    _ code: Int, after previous: (code: Int, first: UInt8), _ data: GIFData,
    into string: inout [UInt8]
  ) throws(ReadError) -> Range<Int> {
    guard code < next || (code == next && next < GIFCodes.largestStringCount) else {
      throw data.malformed("the GIF data has a code of no string")
    }
    var start = string.count
    var current = code
    if code == next {
      // The string that this very code adds: the one before and its first pixel again.
      start -= 1
      string[start] = previous.first
      current = previous.code
    }
    while current >= clear {
      guard start > 1 else { throw data.malformed("the GIF data has a string without end") }
      start -= 1
      string[start] = pixels[current]
      current = Int(prefixes[current])
    }
    start -= 1
    string[start] = UInt8(current)
    if next < GIFCodes.largestStringCount {
      pixels[next] = UInt8(current)
      prefixes[next] = UInt16(previous.code)
      next += 1
      if next == 1 << bitCount, bitCount < 12 { bitCount += 1 }
    }
    self.previous = (code, UInt8(current))
    return start..<string.count
  }

  private mutating func nextCode(_ data: inout GIFData) throws(ReadError) -> Int {
    while pendingBitCount < bitCount {
      pendingBits |= Int(try data.next()) << pendingBitCount
      pendingBitCount += 8
    }
    let code = pendingBits & ((1 << bitCount) - 1)
    pendingBits >>= bitCount
    pendingBitCount -= bitCount
    return code
  }
}
