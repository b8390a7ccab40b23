import BinaryInput
import TestSupport
import Testing

private let truncation = ErrorCode("test.truncated")
private let invalid = ErrorCode("test.utf8")

@Suite struct `A byte reader` {
  private let bytes = Bytes(copying: [0x01, 0x02, 0x03, 0x84, 0x05, 0x06, 0x07, 0x88, 0x41, 0x0A])

  @Test func `reads little-endian numbers one after the other`() throws {
    var reader = ByteReader(bytes.span, truncation: truncation)
    #expect(try reader.read(UInt8.self) == 0x01)
    #expect(try reader.read(UInt16.self) == 0x0302)
    #expect(try reader.read(Int8.self) == -0x7C)
    #expect(try reader.read(UInt32.self) == 0x8807_0605)
    #expect(reader.position == 8)
    #expect(reader.remainingByteCount == 2)
    #expect(reader.isAtEnd == false)
    #expect(try reader.read(Int16.self) == 0x0A41)
    #expect(reader.isAtEnd == true)
  }

  @Test func `reads eight bytes from an odd place`() throws {
    var reader = ByteReader(bytes.span, truncation: truncation)
    try reader.skip(byteCount: 1)
    #expect(try reader.read(UInt64.self) == 0x4188_0706_0584_0302)
  }

  @Test func `counts positions from where its run starts in the file`() throws {
    var reader = ByteReader(
      bytes.span.extracting(4..<8), baseOffset: 1_004, truncation: truncation)
    #expect(reader.position == 1_004)
    #expect(try reader.read(UInt16.self) == 0x0605)
    #expect(reader.position == 1_006)
    #expect(reader.remainingByteCount == 2)
    let error = #expect(throws: ReadError.self) { _ = try reader.read(UInt32.self) }
    #expect(error?.code == truncation)
    #expect(error?.offset == 1_006)
  }

  @Test func `says what is missing`() {
    var reader = ByteReader(bytes.span.extracting(0..<3), truncation: truncation)
    let error = #expect(throws: ReadError.self) { _ = try reader.read(UInt32.self) }
    #expect(
      error
        == ReadError(
          truncation, "the data ends within a number", offset: 0, expected: "4 bytes", found: "3"))
  }

  @Test func `stays where it was when a number does not fit`() throws {
    for left in 0..<8 {
      var reader = ByteReader(bytes.span.extracting(0..<left), truncation: truncation)
      #expect(throws: ReadError.self) { _ = try reader.read(UInt64.self) }
      #expect(reader.position == 0)
      #expect(reader.remainingByteCount == left)
    }
    var reader = ByteReader(bytes.span.extracting(0..<8), truncation: truncation)
    #expect(try reader.read(UInt64.self) == 0x8807_0605_8403_0201)
  }

  @Test(arguments: [11, Int.max, -1, Int.min])
  func `stays where it was when a count is beyond the end`(byteCount: Int) {
    var reader = ByteReader(bytes.span, baseOffset: 7, truncation: truncation)
    for attempt in 0..<3 {
      let error = #expect(throws: ReadError.self) {
        switch attempt {
        case 0: _ = try reader.readArray(byteCount: byteCount)
        case 1: _ = try reader.readString(byteCount: byteCount, invalid: invalid)
        default: try reader.skip(byteCount: byteCount)
        }
      }
      #expect(error?.code == truncation)
      #expect(error?.offset == 7)
      #expect(error?.found == "10")
      #expect(reader.position == 7)
      #expect(reader.remainingByteCount == 10)
    }
  }

  @Test func `reads runs of bytes, also empty ones`() throws {
    var reader = ByteReader(bytes.span, truncation: truncation)
    #expect(try reader.readArray(byteCount: 0) == [])
    #expect(try reader.readArray(byteCount: 3) == [1, 2, 3])
    try reader.skip(byteCount: 5)
    #expect(try reader.readArray(byteCount: 2) == [0x41, 0x0A])
    #expect(try reader.readArray(byteCount: 0) == [])
    #expect(try reader.readString(byteCount: 0, invalid: invalid) == "")
  }

  @Test func `reads text`() throws {
    let text = "é\u{0}😀"
    let bytes = Bytes(copying: Array(text.utf8))
    var reader = ByteReader(bytes.span, truncation: truncation)
    #expect(try reader.readString(byteCount: 7, invalid: invalid) == text)
    #expect(reader.isAtEnd == true)
  }

  @Test(
    arguments: [
      [0xFF], [0x41, 0x80], [0xC0, 0xAF], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
      [0xF4, 0x90, 0x80, 0x80],
    ] as [[UInt8]])
  func `stays where it was when a text is no UTF-8`(text: [UInt8]) throws {
    let bytes = Bytes(copying: [0x20] + text)
    var reader = ByteReader(bytes.span, baseOffset: 100, truncation: truncation)
    try reader.skip(byteCount: 1)
    let error = #expect(throws: ReadError.self) {
      _ = try reader.readString(byteCount: text.count, invalid: invalid, "a name")
    }
    #expect(error == ReadError(invalid, "a name is no valid UTF-8", offset: 101))
    #expect(reader.position == 101)
  }

  @Test func `reads lines without their ends`() throws {
    let bytes = Bytes(copying: Array("one\n\ntwo\r\nrest".utf8))
    var reader = ByteReader(bytes.span, truncation: truncation)
    #expect(try reader.readLine(limit: 3, invalid: invalid) == "one")
    #expect(reader.position == 4)
    #expect(try reader.readLine(limit: 0, invalid: invalid) == "")
    #expect(try reader.readLine(limit: 100, invalid: invalid) == "two\r")
    let error = #expect(throws: ReadError.self) {
      _ = try reader.readLine(limit: 100, invalid: invalid, "a module")
    }
    #expect(error == ReadError(truncation, "a module has no end", offset: 10))
    #expect(reader.position == 10)
    #expect(reader.remainingByteCount == 4)
  }

  @Test func `stays where it was when a line is too long or no UTF-8`() throws {
    let bytes = Bytes(copying: Array("four\n".utf8) + [0xFF, 0x0A])
    var reader = ByteReader(bytes.span, truncation: truncation)
    let tooLong = #expect(throws: ReadError.self) {
      _ = try reader.readLine(limit: 3, invalid: invalid)
    }
    #expect(tooLong?.code == truncation)
    #expect(reader.position == 0)
    try reader.skip(byteCount: 5)
    let malformed = #expect(throws: ReadError.self) {
      _ = try reader.readLine(limit: 3, invalid: invalid)
    }
    #expect(malformed?.code == invalid)
    #expect(malformed?.offset == 5)
    #expect(reader.position == 5)
  }

  @Test(arguments: [UInt64(11), 12, 13])
  func `agrees with a plain loop on random runs`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let array = (0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let bytes = Bytes(copying: array)
    var reader = ByteReader(bytes.span, truncation: truncation)
    var position = 0
    while position < array.count {
      let byteCount = [1, 2, 4, 8].randomElement(using: &generator)!
      let value: UInt64?
      switch byteCount {
      case 1: value = (try? reader.read(UInt8.self)).map(UInt64.init)
      case 2: value = (try? reader.read(UInt16.self)).map(UInt64.init)
      case 4: value = (try? reader.read(UInt32.self)).map(UInt64.init)
      default: value = try? reader.read(UInt64.self)
      }
      if position + byteCount <= array.count {
        let expected = (0..<byteCount).reduce(UInt64(0)) {
          $0 | UInt64(array[position + $1]) << (8 * UInt64($1))
        }
        #expect(value == expected, "seed \(seed), position \(position)")
        position += byteCount
      } else {
        #expect(value == nil, "seed \(seed), position \(position)")
      }
      #expect(reader.position == position, "seed \(seed)")
    }
  }
}
