/// Writes one pickle of protocol 2, instruction by instruction, with the memo that CPython's pickler
/// keeps: every object that can be referred to again is given a number, and is fetched by it when it
/// comes again.
struct PickleWriter {
  /// The instructions so far.
  private(set) var bytes: [UInt8] = [PickleOpcode.protocol.rawValue, 2]

  /// What makes two values one object in Python.
  private enum Object: Hashable {
    case global(module: String, name: String)
    /// A text of which Python keeps a single copy; its bytes, since texts of other bytes can be
    /// equal in Swift.
    case text([UInt8])
    /// The name of a storage.
    case storage(Int)
  }

  private var memo: [Object: Int] = [:]
  private var memoCount = 0

  mutating func write(_ opcode: PickleOpcode) {
    bytes.append(opcode.rawValue)
  }

  /// Gives what was just made the next number.
  mutating func memoize() {
    writeIndexed(.put1, .put4, memoCount)
    memoCount += 1
  }

  /// A number that is not negative.
  mutating func write(integer: Int) {
    precondition(integer >= 0, "sizes, strides and versions")
    switch integer {
    case ...0xFF: write(.integer1, integer, byteCount: 1)
    case ...0xFFFF: write(.integer2, integer, byteCount: 2)
    case ...0x7FFF_FFFF: write(.integer4, integer, byteCount: 4)
    default:
      // Two's complement: one bit more than the number needs.
      let byteCount = (Int.bitWidth - integer.leadingZeroBitCount) / 8 + 1
      write(.long1, byteCount, byteCount: 1)
      appendLittleEndian(integer, byteCount: byteCount)
    }
  }

  /// A tuple of numbers.
  mutating func write(tuple integers: [Int]) {
    guard !integers.isEmpty else { return write(.emptyTuple) }
    let isLong = integers.count > 3
    if isLong { write(.mark) }
    for integer in integers { write(integer: integer) }
    write(isLong ? .tuple : [.tuple1, .tuple2, .tuple3][integers.count - 1])
    memoize()
  }

  /// A class or function.
  mutating func write(global name: String, of module: String) {
    write(once: .global(module: module, name: name)) { writer in
      writer.write(.global)
      writer.bytes += Array("\(module)\n\(name)\n".utf8)
    }
  }

  /// A text; `isShared` where it is one that the program or an attribute of an object spells, of
  /// which Python has one copy.
  mutating func write(text: String, isShared: Bool = false) {
    // Nor does Python make another text of a single character of Latin-1.
    let scalars = text.unicodeScalars
    guard isShared || scalars.isEmpty || (scalars.count == 1 && scalars.first!.value < 0x100) else {
      append(text: text)
      return memoize()
    }
    write(once: .text(Array(text.utf8))) { $0.append(text: text) }
  }

  /// The name of a storage, which is its number; Python makes a new text of each number.
  mutating func write(storageName index: Int) {
    write(once: .storage(index)) { $0.append(text: "\(index)") }
  }

  /// An instance of `OrderedDict` without items.
  mutating func writeOrderedDictionary() {
    write(global: "OrderedDict", of: "collections")
    write(.emptyTuple)
    write(.reduce)
    memoize()
  }

  /// Puts items into the dictionary on top of the stack, in parts of a thousand as Python does, each
  /// by pushing a key and a value.
  mutating func writeItems<Item>(
    _ items: [Item], _ body: (inout PickleWriter, Item) -> Void
  ) {
    let partCount = 1_000
    for start in stride(from: 0, to: items.count, by: partCount) {
      let part = items[start..<min(start + partCount, items.count)]
      if part.count > 1 { write(.mark) }
      for item in part { body(&self, item) }
      write(part.count > 1 ? .setItems : .setItem)
    }
  }

  private mutating func write(once object: Object, _ body: (inout PickleWriter) -> Void) {
    if let index = memo[object] { return writeIndexed(.get1, .get4, index) }
    body(&self)
    memo[object] = memoCount
    memoize()
  }

  private mutating func writeIndexed(_ short: PickleOpcode, _ long: PickleOpcode, _ index: Int) {
    if index <= 0xFF {
      write(short, index, byteCount: 1)
    } else {
      write(long, index, byteCount: 4)
    }
  }

  private mutating func append(text: String) {
    write(.text4, text.utf8.count, byteCount: 4)
    bytes += Array(text.utf8)
  }

  private mutating func write(_ opcode: PickleOpcode, _ argument: Int, byteCount: Int) {
    write(opcode)
    appendLittleEndian(argument, byteCount: byteCount)
  }

  private mutating func appendLittleEndian(_ value: Int, byteCount: Int) {
    for index in 0..<byteCount {
      bytes.append(UInt8(truncatingIfNeeded: index < 8 ? value >> (8 * index) : 0))
    }
  }
}
