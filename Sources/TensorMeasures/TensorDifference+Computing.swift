public import BinaryInput
import Glibc
public import TensorData

extension TensorDifference {
  /// Compares element by element.
  ///
  /// - Returns: Nil where only one side is complex.
  /// - Precondition: Both have the same shape.
  /// - Throws: `io.memory` where a tensor that is not contiguous cannot be gathered.
  /// - Complexity: O(*n*) in the number of elements.
  public init?(from left: Tensor, to right: Tensor) throws(ReadError) {
    precondition(left.shape == right.shape, "tensors of one shape")
    let (first, second) = (try left.numbers(), try right.numbers())
    guard first.count == second.count else { return nil }
    defer {
      first.bytes.releasePages()
      second.bytes.releasePages()
    }
    var comparison = NumberComparison(
      first, second, comparesBits: left.elementType == right.elementType,
      numbersPerElement: left.elementType == first.type ? 1 : 2)
    comparison.compare()
    elementCount = left.elementCount
    differingCount = comparison.differingCount
    largest = comparison.largest
    self.left = comparison.values.left
    self.right = comparison.values.right
    index = comparison.worst.map { worst in
      zip(left.shape, Tensor.contiguousStrides(of: left.shape)).map { dimension, stride in
        worst / stride % dimension
      }
    }
    decibels = comparison.decibels()
  }
}

/// Two runs of numbers side by side.
private struct NumberComparison {
  private let first: TensorNumbers
  private let second: TensorNumbers
  private let comparesBits: Bool
  private let numbersPerElement: Int

  private(set) var differingCount = 0
  private(set) var largest = 0.0
  /// The element with the largest difference.
  private(set) var worst: Int?
  private(set) var values = (left: 0.0, right: 0.0)
  private var largestMagnitude = 0.0

  init(
    _ first: TensorNumbers, _ second: TensorNumbers, comparesBits: Bool, numbersPerElement: Int
  ) {
    self.first = first
    self.second = second
    self.comparesBits = comparesBits
    self.numbersPerElement = numbersPerElement
  }

  mutating func compare() {
    var lastDiffering = -1
    for part in first.parts {
      let (left, right) = (first[part], second[part])
      // Most parts of most tensors are equal.
      let areEqual = comparesBits && bytes(of: part, in: first) == bytes(of: part, in: second)
      for (number, (x, y)) in zip(part, zip(left, right)) {
        for magnitude in [abs(x), abs(y)] where magnitude < .infinity {
          largestMagnitude = max(largestMagnitude, magnitude)
        }
        guard !areEqual, !isSame(x, y, at: number) else { continue }
        let element = number / numbersPerElement
        if element != lastDiffering { differingCount += 1 }
        lastDiffering = element
        let distance = NumberComparison.distance(x, y)
        if worst == nil || distance > largest {
          (largest, worst, values) = (distance, element, (x, y))
        }
      }
    }
  }

  /// The sum of squared differences over that of the left side's squares, in decibels.
  ///
  /// Numbers are scaled by a power of two to about 1, so that no square overflows or vanishes.
  func decibels() -> Double {
    guard largest > 0 else { return -.infinity }
    guard largest < .infinity else { return .infinity }
    let exponent = -max(largestMagnitude.exponent, -1_000)
    let scale = Double(sign: .plus, exponent: exponent, significand: 1)
    var (differences, squares) = (0.0, 0.0)
    for part in first.parts {
      var (partDifferences, partSquares) = (0.0, 0.0)
      for (x, y) in zip(first[part], second[part]) where x.isFinite && y.isFinite {
        let (left, right) = (x * scale, y * scale)
        partDifferences += (left - right) * (left - right)
        partSquares += left * left
      }
      differences += partDifferences
      squares += partSquares
    }
    return squares == 0 ? .infinity : 10 * log10(differences / squares)
  }

  /// Infinite where subtracting says nothing.
  private static func distance(_ x: Double, _ y: Double) -> Double {
    // Equal infinities have no distance, but differ by their bits from none.
    if x == y { return 0 }
    let distance = abs(x - y)
    return distance.isNaN ? .infinity : distance
  }

  private func isSame(_ x: Double, _ y: Double, at number: Int) -> Bool {
    guard comparesBits else { return x == y }
    if x.isNaN && y.isNaN || abs(x) >= 0x1p53 { return haveSameBits(number) }
    return x == y && x.sign == y.sign
  }

  private func haveSameBits(_ number: Int) -> Bool {
    let range = number..<(number + 1)
    return bytes(of: range, in: first) == bytes(of: range, in: second)
  }

  private func bytes(of range: Range<Int>, in numbers: TensorNumbers) -> Bytes {
    let width = numbers.type.byteCount
    return numbers.bytes[(range.lowerBound * width)..<(range.upperBound * width)]
  }
}
