import BinaryInput
import TestSupport
import Testing

@Suite struct `A run of bytes` {
  private let bytes = Bytes(copying: [10, 11, 12, 13, 14])

  @Test func `has the bytes it was made from`() {
    #expect(bytes.count == 5)
    #expect(bytes[0] == 10)
    #expect(bytes[4] == 14)
    #expect(bytes.span.byteCount == 5)
    #expect(bytes.array == [10, 11, 12, 13, 14])
  }

  @Test func `has the little-endian bytes of other elements`() {
    #expect(Bytes(copyingElements: [UInt16(0x0102), 0xFFFE]).array == [2, 1, 0xFE, 0xFF])
    #expect(Bytes(copyingElements: [1.0]).array == [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    #expect(Bytes(copyingElements: [Int64]()).count == 0)
  }

  @Test func `can be cut into parts of parts`() {
    let part = bytes[1..<4]
    #expect(part.array == [11, 12, 13])
    #expect(part[1..<2].array == [12])
    #expect(part[1..<3].array == [12, 13])
    #expect(part[3..<3].count == 0)
    #expect(part[0..<3] == part)
    #expect(part.span.byteCount == 3)
  }

  @Test func `shares memory with its parts and copies`() {
    let copy = bytes
    #expect(copy.isIdentical(to: bytes))
    #expect(bytes[0..<5].isIdentical(to: bytes))
    #expect(bytes[1..<4].isIdentical(to: copy[0..<4][1..<4]))
    #expect(!bytes[1..<4].isIdentical(to: bytes[1..<3]))
    #expect(!Bytes(copying: bytes.array).isIdentical(to: bytes))
  }

  @Test func `outlives the value it was cut from`() {
    func part() -> Bytes {
      let whole = Bytes(copying: Array(repeating: 7, count: 1 << 20))
      return whole[(1 << 19)..<((1 << 19) + 3)]
    }
    #expect(part().array == [7, 7, 7])
  }

  @Test func `equals every run of the same bytes`() {
    #expect(bytes == Bytes(copying: [10, 11, 12, 13, 14]))
    #expect(bytes != Bytes(copying: [10, 11, 12, 13, 15]))
    #expect(bytes != Bytes(copying: [10, 11, 12, 13]))
    #expect(bytes[1..<2] == Bytes(copying: [9, 11])[1..<2])
    #expect(bytes[1..<2] != bytes[2..<3])
    #expect(bytes[2..<2] == .empty)
    #expect(Bytes.empty == Bytes(copying: []))
    #expect(bytes != .empty)
  }

  @Test func `is zeroed before it is filled`() throws {
    let made = try Bytes(byteCount: 6) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      output.storeBytes(of: 0x0203, toByteOffset: 2, as: UInt16.self)
    }
    #expect(made.array == [0, 0, 3, 2, 0, 0])
    var roomByteCount = -1
    let none = try Bytes(byteCount: 0) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      roomByteCount = output.byteCount
    }
    #expect(roomByteCount == 0)
    #expect(none == .empty)
  }

  @Test func `passes on the error of what fills it`() {
    let expected = ReadError(ErrorCode("test.fill"), "cannot be filled")
    #expect(throws: expected) {
      try Bytes(byteCount: 1) { (_: inout MutableRawSpan) throws(ReadError) -> Void in
        throw expected
      }
    }
  }

  @Test func `is refused, not fatal, where there is no memory for it`() {
    let error = #expect(throws: ReadError.self) {
      try Bytes(byteCount: 1 << 60) { (_: inout MutableRawSpan) throws(ReadError) -> Void in }
    }
    #expect(error?.code == .outOfMemory)
  }

  @Test func `keeps its bytes when its pages are released`() throws {
    let folder = TemporaryFolder()
    let array = (0..<20_000).map { UInt8(truncatingIfNeeded: $0) }
    let mapped = try MappedFile(path: folder.write(array, to: "a")).bytes
    #expect(mapped.array == array)
    mapped.releasePages()
    mapped[5_000..<15_000].releasePages()
    mapped[0..<0].releasePages()
    #expect(mapped.array == array)
    bytes.releasePages()
    #expect(bytes.array == [10, 11, 12, 13, 14])
  }
}

@Suite struct `Checked arithmetic` {
  @Test func `gives sums that fit`() {
    #expect(2.adding(exactly: 3) == 5)
    #expect(Int.max.adding(exactly: 0) == .max)
    #expect(Int.max.adding(exactly: .min) == -1)
    #expect(Int.max.adding(exactly: 1) == nil)
    #expect(Int.min.adding(exactly: -1) == nil)
  }

  @Test func `gives products that fit`() {
    #expect(6.multiplied(exactly: 7) == 42)
    #expect((1 << 31).multiplied(exactly: 1 << 31) == 1 << 62)
    #expect((1 << 31).multiplied(exactly: 1 << 32) == nil)
    #expect((1 << 32).multiplied(exactly: 1 << 32) == nil)
    #expect(Int.min.multiplied(exactly: -1) == nil)
    #expect(Int.max.multiplied(exactly: 0) == 0)
  }

  @Test func `rounds up to a multiple that fits`() {
    #expect(0.roundedUp(toMultipleOf: 64) == 0)
    #expect(1.roundedUp(toMultipleOf: 64) == 64)
    #expect(64.roundedUp(toMultipleOf: 64) == 64)
    #expect(65.roundedUp(toMultipleOf: 64) == 128)
    #expect((Int.max - 63).roundedUp(toMultipleOf: 64) == Int.max - 63)
    #expect((Int.max - 62).roundedUp(toMultipleOf: 64) == nil)
    #expect(Int.max.roundedUp(toMultipleOf: 1) == .max)
    #expect(Int.max.roundedUp(toMultipleOf: 2) == nil)
  }

  @Test func `multiplies sequences`() {
    #expect([Int]().exactProduct() == 1)
    #expect([2, 3, 4].exactProduct() == 24)
    #expect([5, 0, 7].exactProduct() == 0)
    #expect([1 << 32, 1 << 31].exactProduct() == nil)
    #expect([1 << 32, 1 << 31, 0].exactProduct() == nil)
    #expect([0, .max, .max].exactProduct() == 0)
    // 4194305² × 211106198978564 is 4 modulo 2⁶⁴.
    #expect([4_194_305, 4_194_305, 211_106_198_978_564].exactProduct() == nil)
  }
}
