import BinaryInput
import TensorData
import TestSupport
import Testing

/// A view that may not be made, or may.
private struct View: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let shape: [Int]
  let strides: [Int]?
  let offset: Int
  let byteCount: Int
  let type: ElementType
  let code: ErrorCode?

  init(
    _ text: String, _ shape: [Int], strides: [Int]? = nil, offset: Int = 0, bytes: Int,
    type: ElementType = .f32, _ code: ErrorCode? = nil
  ) {
    testDescription = text
    self.shape = shape
    self.strides = strides
    self.offset = offset
    byteCount = bytes
    self.type = type
    self.code = code
  }

  static let all: [View] = [
    View("the whole storage", [2, 3], bytes: 24),
    View("less than the storage", [2, 3], bytes: 100),
    View("one byte too few", [2, 3], bytes: 23, .tensorBounds),
    View("a scalar", [], bytes: 4),
    View("a scalar without storage", [], bytes: 3, .tensorBounds),
    View("a scalar at the last element", [], offset: 2, bytes: 12),
    View("a scalar behind the last element", [], offset: 3, bytes: 12, .tensorBounds),
    View("bytes", [7], bytes: 7, type: .u8),
    View("eight-byte elements", [7], bytes: 55, type: .i64, .tensorBounds),

    View("a negative dimension", [2, -1], bytes: 100, .tensorShape),
    View("two negative dimensions", [-2, -1], bytes: 100, .tensorShape),
    View("the most negative dimension", [.min], bytes: 100, .tensorShape),
    View("a negative dimension beside a zero", [0, -1], bytes: 100, .tensorShape),
    View("64 axes", Array(repeating: 1, count: 64), bytes: 4),
    View("65 axes", Array(repeating: 1, count: 65), bytes: 4, .tensorShape),
    View("a million axes", Array(repeating: 1, count: 1_000_000), bytes: 4, .tensorShape),
    View("a product that does not fit", [1 << 32, 1 << 31], bytes: 4, .tensorShape),
    View(
      "a product that wraps to 4", [4_194_305, 4_194_305, 211_106_198_978_564], bytes: 16,
      .tensorShape),
    View("a product that wraps to 0", [1 << 32, 1 << 32], bytes: 4, .tensorShape),
    View("a byte count that does not fit", [1 << 61], bytes: 4, .tensorShape),
    View("a byte count that fits but is not there", [1 << 60], bytes: 4, .tensorBounds),
    View("an overflow before a zero", [.max, .max, 0], bytes: 4, .tensorShape),
    View("an overflow behind a zero", [0, .max, .max], bytes: 4, .tensorShape),
    View("an overflow of bytes beside a zero", [0, 1 << 61], bytes: 4, .tensorShape),
    View("an expanded overflow", [1 << 32, 1 << 32], strides: [0, 0], bytes: 4, .tensorShape),

    View("strides that reach the last element", [2, 3], strides: [1, 2], bytes: 24),
    View("strides that reach one further", [2, 3], strides: [2, 2], bytes: 24, .tensorBounds),
    View("an offset that reaches one further", [2, 3], offset: 1, bytes: 24, .tensorBounds),
    View("an offset that still fits", [2, 3], offset: 1, bytes: 28),
    View("a negative offset", [2], offset: -1, bytes: 100, .tensorBounds),
    View("the most negative offset", [0], offset: .min, bytes: 100, .tensorBounds),
    View("the greatest offset", [1], offset: .max, bytes: 100, .tensorBounds),
    View("an offset whose bytes do not fit", [1], offset: 1 << 62, bytes: 100, .tensorBounds),
    View("a negative stride", [2, 2], strides: [2, -1], offset: 1, bytes: 100, .tensorBounds),
    View("a negative stride of an axis of one", [1], strides: [-1], bytes: 100, .tensorBounds),
    View("too few strides", [2, 2], strides: [1], bytes: 100, .tensorBounds),
    View("too many strides", [2], strides: [1, 1], bytes: 100, .tensorBounds),
    View("strides for a scalar", [], strides: [1], bytes: 100, .tensorBounds),
    View("a stride whose product does not fit", [3], strides: [.max], bytes: 100, .tensorBounds),
    View(
      "a stride whose sum does not fit", [2, 2], strides: [.max, 1], bytes: 100, .tensorBounds),
    View("a stride whose bytes do not fit", [2], strides: [1 << 62], bytes: 100, .tensorBounds),
    View("a huge stride of an axis of one", [1, 2], strides: [.max, 1], bytes: 8),
    View("an expanded axis", [1_000_000, 2], strides: [0, 1], bytes: 8),

    View("no elements and no storage", [0], bytes: 0),
    View("no elements among axes", [3, 0, 2], bytes: 0),
    View("no elements at the end", [0], offset: 3, bytes: 12),
    View("no elements behind the end", [0], offset: 4, bytes: 12, .tensorBounds),
    View("no elements and huge strides", [0, 3], strides: [.max, .max], bytes: 0),
    View("an element but no storage", [1], bytes: 0, .tensorBounds),
  ]
}

@Suite struct `The bounds of a tensor` {
  @Test(arguments: View.all) private func `are checked`(view: View) throws {
    let storage = Bytes(copying: Array(repeating: 0, count: view.byteCount))
    do throws(ReadError) {
      let tensor = try Tensor(
        elementType: view.type, shape: view.shape, strides: view.strides,
        elementOffset: view.offset, storage: storage)
      #expect(view.code == nil)
      #expect(tensor.shape == view.shape)
      let count = view.shape.contains(0) ? 0 : view.shape.reduce(1, *)
      #expect(tensor.elementCount == count)
      #expect(tensor.byteCount == count * view.type.byteCount)
      #expect(tensor.strides.count == view.shape.count)
    } catch {
      #expect(error.code == view.code, "\(error)")
    }
  }

  @Test func `come with contiguous strides where none are given`() throws {
    for (shape, strides) in [
      ([2, 3, 4], [12, 4, 1]), ([], []), ([5], [1]), ([1, 1], [1, 1]), ([3, 0, 2], [2, 2, 1]),
    ] as [([Int], [Int])] {
      #expect(Tensor.contiguousStrides(of: shape) == strides)
      let storage = Bytes(copying: Array(repeating: 0, count: 24))
      #expect(try Tensor(elementType: .u8, shape: shape, storage: storage).strides == strides)
    }
  }
}

@Suite struct `A contiguous tensor` {
  private let storage = Bytes(copying: Array(repeating: 0, count: 1_000))

  private func isContiguous(_ shape: [Int], _ strides: [Int]) throws -> Bool {
    try Tensor(elementType: .u8, shape: shape, strides: strides, storage: storage).isContiguous
  }

  @Test func `is told by its strides`() throws {
    #expect(try isContiguous([2, 3, 4], [12, 4, 1]))
    #expect(try !isContiguous([2, 3, 4], [1, 2, 6]))
    #expect(try !isContiguous([2, 3, 4], [24, 4, 1]))
    #expect(try !isContiguous([2, 3, 4], [12, 4, 2]))
    #expect(try !isContiguous([2, 3], [0, 1]))
    #expect(try !isContiguous([3], [2]))
    #expect(try !isContiguous([3], [0]))
    #expect(try isContiguous([], []))
  }

  @Test func `may have any stride along axes of one`() throws {
    #expect(try isContiguous([1], [0]))
    #expect(try isContiguous([1], [77]))
    #expect(try isContiguous([2, 1, 3], [3, 99, 1]))
    #expect(try isContiguous([1, 2, 3, 1], [.max, 3, 1, 0]))
    #expect(try !isContiguous([2, 1, 3], [4, 3, 1]))
    // What PyTorch calls channels last, for one pixel and for one channel.
    #expect(try isContiguous([4, 3, 1, 1], [3, 1, 3, 3]))
    #expect(try isContiguous([4, 1, 3, 3], [9, 1, 3, 1]))
    #expect(try !isContiguous([4, 3, 3, 3], [27, 1, 9, 3]))
  }

  @Test func `may have any strides where it has no elements`() throws {
    #expect(try isContiguous([0], [5]))
    #expect(try isContiguous([2, 0, 3], [0, 7, 9]))
  }

  @Test func `shares its storage`() throws {
    let tensor = try Tensor(
      elementType: .f32, shape: [2, 3], elementOffset: 5, storage: storage)
    #expect(try tensor.contiguousBytes().isIdentical(to: storage[20..<44]))
    let reshaped = try tensor.reshaped(to: [3, 1, 2])
    #expect(reshaped.shape == [3, 1, 2])
    #expect(reshaped.strides == [2, 2, 1])
    #expect(try reshaped.contiguousBytes().isIdentical(to: storage[20..<44]))
  }
}
