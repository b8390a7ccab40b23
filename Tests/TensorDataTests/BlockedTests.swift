import BinaryInput
import TensorData
import TestSupport
import Testing

/// Shapes around the edges of blocks, of every kind of weight.
private let shapes = [
  [1], [15], [16], [17], [33], [16, 16, 1, 1], [33, 3, 3, 3], [40, 1, 5, 5], [35, 20, 1, 1],
  [5, 33, 2, 3], [17, 32, 3, 3], [64, 15, 2], [31, 17], [2, 3, 2, 2, 2], [0], [0, 5, 3],
  [20, 0, 3], [18, 20, 0],
]

/// The bytes in blocked order, written as nested lists and not by a formula: rows, inputs and taps
/// are cut into the parts that the layout names, and each part follows the one before.
private func blocked(_ rowMajor: [UInt8], _ shape: [Int], width: Int) -> [UInt8] {
  let inputs = shape.count > 1 ? shape[1] : 1
  let taps = shape.dropFirst(2).reduce(1, *)
  func element(_ row: Int, _ input: Int, _ tap: Int) -> [UInt8] {
    guard row < shape[0] else { return Array(repeating: 0, count: width) }
    let start = ((row * inputs + input) * taps + tap) * width
    return Array(rowMajor[start..<(start + width)])
  }
  func parts(_ count: Int) -> [[Int]] {
    var parts: [[Int]] = []
    for number in 0..<count {
      if number % 16 == 0 { parts.append([]) }
      parts[parts.count - 1].append(number)
    }
    return parts
  }
  var result: [UInt8] = []
  for rows in parts(shape[0]) {
    for inputs in parts(inputs) {
      for tap in 0..<taps {
        for input in inputs {
          for lane in 0..<16 { result += element(rows[0] + lane, input, tap) }
        }
      }
    }
  }
  return result
}

/// Elements that differ, whatever their width.
private func numbered(_ count: Int, width: Int) -> [UInt8] {
  (0..<count).flatMap { number in
    (0..<width).map { UInt8(truncatingIfNeeded: (number * 40_503 + 1) >> (8 * $0)) }
  }
}

private func tensor(_ shape: [Int], _ type: ElementType = .f32) throws -> Tensor {
  try Tensor(
    elementType: type, shape: shape,
    storage: Bytes(copying: numbered(shape.reduce(1, *), width: type.byteCount)))
}

@Suite struct `Blocked order` {
  @Test(arguments: ElementType.allCases)
  func `is that of its definition, and gives the elements back`(type: ElementType) throws {
    for shape in shapes {
      let original = try tensor(shape, type)
      let rowMajor = try original.contiguousBytes()
      let bytes = try original.blockedBytes()
      #expect(bytes.array == blocked(rowMajor.array, shape, width: type.byteCount), "\(shape)")
      #expect(bytes.count == TensorLayout.blocked.elementCount(of: shape)! * type.byteCount)
      let tensor = try Tensor(elementType: type, shape: shape, blocked: bytes)
      #expect(tensor.layout == .blocked)
      #expect(tensor.shape == shape)
      #expect(tensor.elementCount == original.elementCount)
      #expect(tensor.byteCount == original.byteCount)
      #expect(try tensor.contiguousBytes() == rowMajor, "\(shape)")
      #expect(try tensor.blockedBytes().isIdentical(to: bytes))
    }
  }

  @Test func `of a large matrix is that of its definition`() throws {
    let shape = [1_000, 1_280]
    let original = try tensor(shape)
    let bytes = try original.blockedBytes()
    #expect(bytes.count == 1_008 * 1_280 * 4)
    let rowMajor = try original.contiguousBytes()
    let again = try Tensor(elementType: .f32, shape: shape, blocked: bytes)
    #expect(try again.contiguousBytes() == rowMajor)
    for row in [0, 1, 15, 16, 517, 991, 992, 999] {
      // With one tap, inputs follow each other whatever their block.
      let isRight = (0..<1_280).allSatisfy { column in
        let place = ((row >> 4) * 1_280 + column) * 64 + (row & 15) * 4
        let start = (row * 1_280 + column) * 4
        return bytes[place..<(place + 4)] == rowMajor[start..<(start + 4)]
      }
      #expect(isRight, "row \(row)")
    }
  }

  @Test func `has an index for every element`() throws {
    for shape in shapes {
      let layout = try #require(BlockedLayout(shape))
      let bytes = try tensor(shape, .i32).blockedBytes()
      let rowMajor = try tensor(shape, .i32).contiguousBytes()
      #expect(layout.elementCount * 4 == bytes.count)
      var seen: Set<Int> = []
      for row in 0..<layout.rowCount {
        for input in 0..<layout.inputCount {
          for tap in 0..<layout.tapCount {
            let index = layout.index(row: row, input: input, tap: tap)
            let place = (row * layout.inputCount + input) * layout.tapCount + tap
            seen.insert(index)
            #expect(
              bytes[(index * 4)..<(index * 4 + 4)] == rowMajor[(place * 4)..<(place * 4 + 4)])
          }
        }
      }
      #expect(seen.count == shape.reduce(1, *))
    }
    // The example of the format's document.
    #expect(BlockedLayout([33, 20, 3, 3])?.index(row: 17, input: 18, tap: 5) == 5_537)
    #expect(BlockedLayout([33, 20, 3, 3])?.elementCount == 8_640)
  }

  @Test func `of a view is that of its elements`() throws {
    let storage = try tensor([4_000], .i16).contiguousBytes()
    for (shape, strides) in [
      ([17, 18], [1, 40]), ([18, 3, 2, 2], [12, 1, 6, 3]), ([20, 5], [0, 1]),
      ([1, 33], [.max, 2]),
      ([16, 2, 3], [200, 100, 7]),
    ] as [([Int], [Int])] {
      let view = try Tensor(
        elementType: .i16, shape: shape, strides: strides, elementOffset: 3, storage: storage)
      #expect(
        try view.blockedBytes().array
          == blocked(view.contiguousBytes().array, shape, width: 2), "\(shape)")
    }
  }

  @Test func `may begin at any byte and end before its storage`() throws {
    let bytes = try tensor([17, 3], .f64).blockedBytes().array
    let storage = Bytes(copying: [9] + bytes + [1, 2, 3])
    let shifted = try Tensor(
      elementType: .f64, shape: [17, 3], blocked: storage[1..<storage.count])
    #expect(try shifted.doubles().elementsEqual(tensor([17, 3], .f64).doubles(), by: same))
    #expect(try shifted.blockedBytes().array == bytes)
    #expect(try shifted.rows()[16].elementsEqual(tensor([17, 3], .f64).rows()[16], by: same))
    shifted.releasePages()
  }

  /// Equal, NaN included.
  private func same(_ first: Double, _ second: Double) -> Bool {
    first.bitPattern == second.bitPattern
  }

  @Test func `has its bounds checked`() throws {
    let storage = Bytes(copying: Array(repeating: 0, count: 128))
    let cases: [([Int], ErrorCode?)] = [
      ([32], nil), ([16, 2], nil), ([1, 1, 2], nil), ([17, 0], nil), ([0, .max], nil),
      ([33], .tensorBounds), ([1, 3], .tensorBounds), ([1 << 40, 1], .tensorBounds),
      ([], .tensorShape), ([-1], .tensorShape), ([3, -1], .tensorShape),
      ([.max], .tensorShape), ([.max, 0], .tensorShape), ([1, 1 << 61], .tensorShape),
      ([0, 1 << 40, 1 << 40], .tensorShape), ([1 << 60, 16], .tensorShape),
      ([1 << 57, 2, 16], .tensorShape), (Array(repeating: 1, count: 65), .tensorShape),
    ]
    for (shape, code) in cases {
      do throws(ReadError) {
        let tensor = try Tensor(elementType: .f32, shape: shape, blocked: storage)
        #expect(code == nil, "\(shape)")
        #expect(tensor.elementCount == (shape.contains(0) ? 0 : shape.reduce(1, *)))
      } catch {
        #expect(error.code == code, "\(shape): \(error)")
      }
    }
  }

  @Test func `is not that of every tensor`() throws {
    let scalar = Tensor([1.5], shape: [])
    #expect(throws: ReadError.self) { try scalar.blockedBytes() }
    #expect(BlockedLayout([]) == nil)
    #expect(TensorLayout.blocked.elementCount(of: []) == nil)
    #expect(TensorLayout.rowMajor.elementCount(of: []) == 1)
    // Padded, this has more elements than an integer can count.
    let wide = try Tensor(
      elementType: .u8, shape: [.max], strides: [0], storage: Bytes(copying: [7]))
    let error = #expect(throws: ReadError.self) { try wide.blockedBytes() }
    #expect(error?.code == .tensorShape)
    #expect(TensorLayout.blocked.elementCount(of: [.max]) == nil)
    #expect(TensorLayout.rowMajor.elementCount(of: [.max]) == .max)
  }

  @Test func `has its padding looked at`() throws {
    for shape in shapes {
      let layout = try #require(BlockedLayout(shape))
      let bytes = try tensor(shape, .i16).blockedBytes()
      let places = blocked(
        Array(repeating: 1, count: shape.reduce(2, *)), shape, width: 2)
      #expect(layout.nonzeroPaddingOffset(in: bytes, elementByteCount: 2) == nil, "\(shape)")
      // Every byte of a small tensor, some of a larger one.
      let padding = places.indices.filter { places[$0] == 0 }
      for number in stride(from: 0, to: padding.count, by: padding.count / 200 + 1) {
        let offset = padding[number]
        var damaged = bytes.array
        damaged[offset] = 0x80
        let found = layout.nonzeroPaddingOffset(
          in: Bytes(copying: damaged), elementByteCount: 2)
        #expect(found == offset, "\(shape)")
      }
    }
  }
}

@Suite struct `The values of a blocked tensor` {
  private func both(
    _ shape: [Int], _ type: ElementType
  ) throws -> (plain: Tensor, blocked: Tensor) {
    let values = (0..<shape.reduce(1, *)).map { Double($0 % 251) - 100 }
    let plain =
      type.isFloatingPoint
      ? Tensor(rounding: values, to: type, shape: shape)
      : try tensor(shape, type)
    let blocked = try Tensor(elementType: type, shape: shape, blocked: plain.blockedBytes())
    return (plain, blocked)
  }

  @Test(arguments: ElementType.allCases)
  func `are those of the plain one, as a whole and by rows`(type: ElementType) throws {
    for shape in shapes {
      let (plain, blocked) = try both(shape, type)
      #expect(!blocked.isContiguous || blocked.elementCount == 0)
      // By their bits: some of the bytes are no numbers in types of 8 bits.
      #expect(try blocked.doubles().map(\.bitPattern) == plain.doubles().map(\.bitPattern))
      let rows = try blocked.rows()
      let expected = try plain.rows()
      #expect(rows.count == expected.count)
      #expect(rows.length == expected.length)
      for row in 0..<rows.count {
        #expect(
          rows[row].map(\.bitPattern) == expected[row].map(\.bitPattern), "\(shape), \(row)")
      }
      #expect(
        try blocked.reshaped(to: shape.reversed()).contiguousBytes() == plain.contiguousBytes())
    }
    guard type.isFloatingPoint else { return }
    let (plain, blocked) = try both([19, 5, 3], type)
    #expect(
      try blocked.converted(to: .f32).contiguousBytes()
        == plain.converted(to: .f32).contiguousBytes())
  }

  @Test(arguments: [ElementType.f64, .f32, .f16, .bf16])
  func `can be taken in parts, multiplied or not, in either order`(type: ElementType) throws {
    for shape in [[37], [37, 18, 1, 1], [50, 3, 2, 2], [48, 17]] {
      let (plain, blocked) = try both(shape, type)
      let sources = [try plain.rows(), try blocked.rows()]
      let factors = (0..<shape[0]).map { 1 / Double($0 + 3) }
      let numbers = try plain.doubles()
      let scaled = Tensor(
        rounding: numbers.indices.map { numbers[$0] * factors[$0 / (numbers.count / shape[0])] },
        to: type, shape: shape)
      for rows in sources {
        for range in [0..<shape[0], 0..<16, 16..<32, 32..<shape[0], 0..<0] {
          for (factors, expected) in [(nil, plain), (factors, scaled)] {
            for layout in TensorLayout.allCases {
              let part = try rows.bytes(range, in: layout, multipliedBy: factors)
              let whole =
                layout == .rowMajor
                ? try expected.contiguousBytes() : try expected.blockedBytes()
              let ends = [range.lowerBound, range.upperBound].map { row in
                let padded = layout == .rowMajor ? row : (row + 15) / 16 * 16
                return padded * rows.length * type.byteCount
              }
              #expect(part == whole[ends[0]..<ends[1]], "\(shape), \(range), \(layout)")
            }
          }
          rows.releasePages(range)
        }
        // Without blocks, rows can be cut anywhere.
        let part = try rows.bytes(3..<20, in: .rowMajor)
        let width = rows.length * type.byteCount
        #expect(try part == plain.contiguousBytes()[(3 * width)..<(20 * width)])
      }
      #expect(
        try sources[1].bytes(16..<32, in: .blocked).isIdentical(
          to: blocked.blockedBytes()[
            (16 * sources[1].length * type.byteCount)..<(32 * sources[1].length * type.byteCount)]))
    }
  }
}
