import BinaryInput

/// A value each of whose elements is one element of another value, scaled and shifted.
struct ElementMap {
  /// For each element the place of the other value's that it is made of.
  let sources: [Int]
  /// What that one is multiplied by.
  let scale: [Double]
  /// What is added then.
  let shift: [Double]

  /// How an input spells out the place of each of its elements.
  struct Code {
    let pixels: PixelRange
    /// The greatest digit.
    let top: Int
    /// How many inputs it takes.
    let digitCount: Int

    init(_ pixels: PixelRange, isInteger: Bool, elementCount: Int) {
      self.pixels = pixels
      // 254 is no divisor of what whole numbers are scaled by: rounding would show.
      top = isInteger ? Int(min(pixels.white - pixels.black, 255)) : 254
      var count = 1
      var reach = top + 1
      while reach < elementCount {
        reach *= top + 1
        count += 1
      }
      digitCount = count
    }

    /// The elements of an input that spells out a digit, the lowest one first.
    func elements(digit: Int, count: Int) -> [Double] {
      var divisor = 1
      for _ in 0..<digit { divisor *= top + 1 }
      let width = pixels.white - pixels.black
      return (0..<count).map {
        pixels.black + Double($0 / divisor % (top + 1)) * width / Double(top)
      }
    }
  }

  /// Finds out what each element is made of; nil where one is something else.
  ///
  /// - Parameters:
  ///   - code: How inputs spell out places.
  ///   - inputCount: The elements of the other value.
  ///   - value: What the elements are for some elements of the other one.
  /// - Throws: What `value` throws.
  init?(
    _ code: Code, inputCount: Int, _ value: (_ input: [Double]) throws(ReadError) -> [Double]
  ) throws(ReadError) {
    let black = try value([Double](repeating: code.pixels.black, count: inputCount))
    let white = try value([Double](repeating: code.pixels.white, count: inputCount))
    guard white.count == black.count else { return nil }
    var sources = [Int](repeating: 0, count: black.count)
    for digit in (0..<code.digitCount).reversed() {
      let sample = try value(code.elements(digit: digit, count: inputCount))
      guard sample.count == black.count else { return nil }
      for index in sample.indices {
        let part = (sample[index] - black[index]) / (white[index] - black[index])
        let digit = (part * Double(code.top)).rounded()
        // NaN is near to nothing.
        guard abs(part * Double(code.top) - digit) < 1e-4, (0...Double(code.top)).contains(digit)
        else { return nil }
        sources[index] = sources[index] * (code.top + 1) + Int(digit)
      }
    }
    guard sources.allSatisfy({ $0 < inputCount }) else { return nil }
    let width = code.pixels.white - code.pixels.black
    self.sources = sources
    scale = zip(black, white).map { ($1 - $0) / width }
    shift = zip(black, scale).map { $0 - code.pixels.black * $1 }
  }

  /// Whether the elements are so for an input that is the same everywhere, too.
  func agrees(with values: [Double], at input: Double) -> Bool {
    guard values.count == sources.count else { return false }
    return values.indices.allSatisfy { index in
      let expected = input * scale[index] + shift[index]
      let size = abs(input * scale[index]) + abs(shift[index])
      return abs(values[index] - expected) <= 1e-9 * size
    }
  }
}
