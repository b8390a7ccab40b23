import BinaryInput

/// A walk over the encoding of a message that checks what the unpacking library does not: how deeply
/// messages are nested, how many fields there are and what they will take in memory, that texts are
/// UTF-8, and that nothing that may stand once stands twice.
///
/// It leaves a copy without the weights: in place of a tensor's raw data stands where they lie in
/// the file, so that they are never copied, whatever their size.
struct WireWalk {
  /// How deeply messages may be nested; graphs inside of nodes count, too.
  static let maximumDepth = 100
  /// How many fields a file may have.
  static let maximumFieldCount = 10_000_000

  /// The encoding, with the places of raw data in their stead.
  private(set) var skeleton: [UInt8] = []

  private let bytes: Bytes
  private let schema: WireSchema
  private let memoryBudget: Int
  private var fieldCount = 0
  private var memoryByteCount = 0

  /// Walks over all of `bytes`.
  ///
  /// - Throws: `onnx.wire`, `onnx.group`, `onnx.depth`, `onnx.duplicateField`, `onnx.text`,
  ///   `onnx.limit`; `onnx.incomplete` where the data end within the outermost message.
  init(_ bytes: Bytes, _ schema: WireSchema) throws(ReadError) {
    self.bytes = bytes
    self.schema = schema
    memoryBudget = bytes.count.multiplied(exactly: 16)?.adding(exactly: 64 << 20) ?? Int.max
    try walk(0, 0..<bytes.count, depth: 1)
  }

  private mutating func walk(
    _ messageIndex: Int, _ range: Range<Int>, depth: Int
  ) throws(ReadError) {
    let message = schema.messages[messageIndex]
    guard depth <= WireWalk.maximumDepth else {
      throw ReadError(
        .onnxDepth, "messages are nested too deeply", offset: range.lowerBound,
        expected: "at most \(WireWalk.maximumDepth) levels")
    }
    try take(message.byteCount)
    var reader = ByteReader(
      bytes[range].span, baseOffset: range.lowerBound,
      truncation: depth == 1 ? .onnxIncomplete : .onnxWire)
    var seen: UInt64 = 0
    while !reader.isAtEnd {
      let start = reader.position
      fieldCount += 1
      guard fieldCount <= WireWalk.maximumFieldCount else {
        throw ReadError(
          .onnxLimit, "the file has too many fields", offset: start,
          expected: "at most \(WireWalk.maximumFieldCount)")
      }
      let key = try WireWalk.varint(&reader)
      let number = Int(truncatingIfNeeded: key >> 3)
      guard key >> 3 >= 1, key >> 3 < 1 << 29 else {
        throw ReadError(
          .onnxWire, "a field has an impossible number", path: [message.name], offset: start,
          expected: "1 to \((1 << 29) - 1)", found: "\(key >> 3)")
      }
      let field = message.fields[number]
      if let field, !field.isRepeated {
        guard seen & 1 << UInt64(field.index) == 0 else {
          throw ReadError(
            .onnxDuplicateField, "the field '\(field.name)' stands twice", path: [message.name],
            offset: start, expected: "at most one")
        }
        seen |= 1 << UInt64(field.index)
      }
      func requireKind(_ kinds: WireSchema.Kind...) throws(ReadError) {
        guard let field, !kinds.contains(field.kind) else { return }
        throw ReadError(
          .onnxWire, "the field '\(field.name)' is encoded as something else",
          path: [message.name], offset: start, found: "wire type \(key & 7)")
      }
      switch key & 7 {
      case 0:
        let value = try WireWalk.varint(&reader)
        try requireKind(.varint)
        guard field != nil else { continue }
        append(key)
        append(value)
        try take(8)
      case 1, 5:
        let byteCount = key & 7 == 1 ? 8 : 4
        let array = try reader.readArray(byteCount: byteCount, "a number")
        try requireKind(key & 7 == 1 ? .fixed64 : .fixed32)
        guard field != nil else { continue }
        append(key)
        skeleton += array
        try take(8)
      case 2:
        let length = try WireWalk.varint(&reader)
        let payload = reader.position
        let what = field?.name ?? "a field"
        guard let byteCount = Int(exactly: length) else {
          throw ReadError(
            .onnxWire, "the field '\(what)' is impossibly long", path: [message.name],
            offset: start, found: "\(length) bytes")
        }
        try reader.skip(byteCount: byteCount, "'\(what)' of \(message.name)")
        guard let field else { continue }
        append(key)
        try content(field, of: message, payload..<(payload + byteCount), depth: depth)
      case 3, 4:
        throw ReadError(
          .onnxGroup, "there is a group, which ONNX does not use", path: [message.name],
          offset: start, found: "wire type \(key & 7)")
      default:
        throw ReadError(
          .onnxWire, "there is no such wire type", path: [message.name], offset: start,
          expected: "0, 1, 2 or 5", found: "\(key & 7)")
      }
    }
  }

  /// Copies what follows a field's key where its length is stated.
  private mutating func content(
    _ field: WireSchema.Field, of message: WireSchema.Message, _ range: Range<Int>, depth: Int
  ) throws(ReadError) {
    switch field.kind {
    case .message(let index):
      // The length is known when the content is, and then takes as many bytes as here.
      let place = skeleton.count
      appendLength(0)
      try walk(index, range, depth: depth + 1)
      patchLength(at: place)
      try take(8)
    case .elements:
      appendLength(16)
      for value in [range.lowerBound, range.count] {
        let value = UInt64(value)
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
          skeleton.append(UInt8(truncatingIfNeeded: value >> shift))
        }
      }
    case .bytes, .text:
      var reader = ByteReader(
        bytes[range].span, baseOffset: range.lowerBound, truncation: .onnxWire)
      let array = try reader.readArray(byteCount: range.count)
      if field.kind == .text {
        guard String(validating: array, as: UTF8.self) != nil, !array.contains(0) else {
          throw ReadError(
            .onnxText, "the field '\(field.name)' is no text", path: [message.name],
            offset: range.lowerBound, expected: "UTF-8 without NUL")
        }
      }
      try take(range.count + 16)
      append(UInt64(range.count))
      skeleton += array
    case .varint, .fixed32, .fixed64:
      guard field.isRepeated else {
        throw ReadError(
          .onnxWire, "the field '\(field.name)' is encoded as something else",
          path: [message.name], offset: range.lowerBound, found: "wire type 2")
      }
      var reader = ByteReader(
        bytes[range].span, baseOffset: range.lowerBound, truncation: .onnxWire)
      let array = try reader.readArray(byteCount: range.count)
      if field.kind == .varint {
        // Each number ends with a byte whose highest bit is not set, after at most ten.
        var length = 0
        for byte in array {
          length = byte < 0x80 ? 0 : length + 1
          if length == 10 { break }
        }
        guard length == 0 else {
          throw ReadError(
            .onnxWire, "a number in '\(field.name)' has no end", path: [message.name],
            offset: range.lowerBound)
        }
        try take(8 * array.count)
      } else {
        guard range.count % (field.kind == .fixed32 ? 4 : 8) == 0 else {
          throw ReadError(
            .onnxWire, "the field '\(field.name)' ends within a number", path: [message.name],
            offset: range.lowerBound, found: "\(range.count) bytes")
        }
        try take(array.count)
      }
      append(UInt64(range.count))
      skeleton += array
    }
  }

  /// Notes that unpacking will take so many bytes more.
  private mutating func take(_ byteCount: Int) throws(ReadError) {
    guard let sum = memoryByteCount.adding(exactly: byteCount), sum <= memoryBudget else {
      throw ReadError(
        .onnxLimit, "the file would take too much memory for its size",
        expected: "at most \(memoryBudget) bytes")
    }
    memoryByteCount = sum
  }

  private static func varint(_ reader: inout ByteReader) throws(ReadError) -> UInt64 {
    let start = reader.position
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try reader.read(UInt8.self, "a number")
      // The tenth byte holds the last bit of 64.
      guard shift < 63 || byte <= 1 else { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw ReadError(.onnxWire, "a number is longer than 64 bits", offset: start)
  }

  private mutating func append(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      skeleton.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    skeleton.append(UInt8(value))
  }

  /// The bytes of a length that is put in later; five, the most that the library takes.
  private static let lengthByteCount = 5

  private mutating func appendLength(_ length: Int) {
    let place = skeleton.count
    skeleton += [UInt8](repeating: 0, count: WireWalk.lengthByteCount)
    put(length, at: place)
  }

  private mutating func patchLength(at place: Int) {
    put(skeleton.count - place - WireWalk.lengthByteCount, at: place)
  }

  private mutating func put(_ length: Int, at place: Int) {
    for index in 0..<WireWalk.lengthByteCount {
      let isLast = index == WireWalk.lengthByteCount - 1
      let bits = UInt8(truncatingIfNeeded: length >> (7 * index)) & 0x7F
      skeleton[place + index] = bits | (isLast ? 0 : 0x80)
    }
  }
}
