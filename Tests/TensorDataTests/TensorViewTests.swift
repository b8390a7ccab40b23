import BinaryInput
import TensorData
import TestSupport
import Testing

/// The bytes of a view's elements in row-major order, element by element from their indices.
private func gathered(
  _ storage: [UInt8], shape: [Int], strides: [Int], offset: Int, width: Int
) -> [UInt8] {
  var result: [UInt8] = []
  for number in 0..<shape.reduce(1, *) {
    var rest = number
    var position = offset
    for axis in shape.indices.reversed() {
      position += rest % shape[axis] * strides[axis]
      rest /= shape[axis]
    }
    result += storage[(position * width)..<((position + 1) * width)]
  }
  return result
}

@Suite struct `A view` {
  private let numbers = Tensor((0..<24).map { Float($0) }, shape: [24])

  private func view(_ shape: [Int], _ strides: [Int], offset: Int = 0) throws -> Tensor {
    try Tensor(
      elementType: .f32, shape: shape, strides: strides, elementOffset: offset,
      storage: numbers.contiguousBytes())
  }

  @Test func `can be transposed`() throws {
    #expect(try view([3, 2], [1, 3]).doubles() == [0, 3, 1, 4, 2, 5])
    #expect(try view([2, 3, 4], [1, 2, 6]).doubles().prefix(5) == [0, 6, 12, 18, 2])
  }

  @Test func `can leave elements out`() throws {
    #expect(try view([4], [5], offset: 3).doubles() == [3, 8, 13, 18])
    #expect(try view([2, 2], [12, 3], offset: 1).doubles() == [1, 4, 13, 16])
  }

  @Test func `can repeat elements`() throws {
    #expect(try view([3, 2], [0, 1], offset: 5).doubles() == [5, 6, 5, 6, 5, 6])
    #expect(try view([2, 3], [1, 0]).doubles() == [0, 0, 0, 1, 1, 1])
    #expect(try view([3], [0], offset: 23).doubles() == [23, 23, 23])
    #expect(try view([3, 2], [1, 1]).doubles() == [0, 1, 1, 2, 2, 3])
  }

  @Test func `can be of one element or none`() throws {
    #expect(try view([], [], offset: 7).doubles() == [7])
    #expect(try view([1, 1], [9, 9], offset: 7).doubles() == [7])
    #expect(try view([0, 3], [1, 1], offset: 7).doubles() == [])
    #expect(try view([2, 0], [9, 9]).contiguousBytes() == .empty)
  }

  @Test func `may have an axis of one with any stride at all`() throws {
    for stride in [0, 1, 5, Int.max / 2, Int.max] {
      #expect(try view([3, 1, 2], [1, stride, 3]).doubles() == [0, 3, 1, 4, 2, 5])
      #expect(try view([1, 3, 2, 1], [stride, 1, 3, stride]).doubles() == [0, 3, 1, 4, 2, 5])
    }
  }

  @Test func `keeps its order when it is reshaped`() throws {
    let reshaped = try view([3, 2], [1, 3]).reshaped(to: [2, 3])
    #expect(reshaped.isContiguous)
    #expect(try reshaped.doubles() == [0, 3, 1, 4, 2, 5])
  }

  @Test func `of another part of the bytes starts there`() throws {
    let part = try numbers.contiguousBytes()[8..<28]
    let tensor = try Tensor(
      elementType: .f32, shape: [2, 2], strides: [1, 2], elementOffset: 1, storage: part)
    #expect(try tensor.doubles() == [3, 5, 4, 6])
  }

  @Test(arguments: UInt64(1)...8)
  func `has the elements that its indices name`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for round in 0..<150 {
      let type = ElementType.allCases.randomElement(using: &generator)!
      let rank = Int.random(in: 0...5, using: &generator)
      let shape = (0..<rank).map { _ in
        Int.random(in: 0..<20, using: &generator) == 0
          ? 0 : Int.random(in: 1...4, using: &generator)
      }
      let strides = randomStrides(of: shape, using: &generator)
      let offset = Int.random(in: 0...5, using: &generator)
      let last = zip(shape, strides).reduce(offset) { $0 + max($1.0 - 1, 0) * $1.1 }
      let needed = (shape.contains(0) ? offset : last + 1) * type.byteCount
      let array = (0..<needed).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let comment: Comment = "seed \(seed), round \(round): \(shape) by \(strides) from \(offset)"
      let tensor = try Tensor(
        elementType: type, shape: shape, strides: strides, elementOffset: offset,
        storage: Bytes(copying: array))
      let expected = gathered(
        array, shape: shape, strides: strides, offset: offset, width: type.byteCount)
      #expect(try tensor.contiguousBytes().array == expected, comment)
      guard needed > 0 else { continue }
      let error = #expect(throws: ReadError.self, comment) {
        try Tensor(
          elementType: type, shape: shape, strides: strides, elementOffset: offset,
          storage: Bytes(copying: Array(array.dropLast())))
      }
      #expect(error?.code == .tensorBounds, comment)
    }
  }

  /// Contiguous strides, those of a permutation, or any.
  private func randomStrides(
    of shape: [Int], using generator: inout SeededGenerator
  ) -> [Int] {
    if Int.random(in: 0..<3, using: &generator) == 0 {
      return shape.map { _ in Int.random(in: 0...9, using: &generator) }
    }
    var strides = shape
    var stride = 1
    let axes =
      Bool.random(using: &generator)
      ? Array(shape.indices.reversed()) : shape.indices.shuffled(using: &generator)
    for axis in axes {
      strides[axis] = stride
      stride *= max(shape[axis], 1)
    }
    return strides
  }
}
