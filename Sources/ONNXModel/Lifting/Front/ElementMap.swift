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

    /// The elements of the input for a digit.
    func elements(digit: Int, count: Int) -> [Double] {
      var divisor = 1
      for _ in 0..<digit { divisor *= top + 1 }
      let width = pixels.white - pixels.black
      return (0..<count).map {
        pixels.black + Double($0 / divisor % (top + 1)) * width / Double(top)
      }
    }
  }

  /// Reads what each element is made of; nil where one is something else.
  ///
  /// - Parameters:
  ///   - samples: What the elements are for an input that is black everywhere, for one that is white,
  ///     and for the inputs that spell out the places, the lowest digit first.
  init?(_ samples: [[Double]], _ code: Code, elementCount: Int) {
    let (black, white, digits) = (samples[0], samples[1], samples[2...].reversed())
    let count = black.count
    guard samples.allSatisfy({ $0.count == count }) else { return nil }
    var sources = [Int](repeating: 0, count: count)
    var scale: [Double] = []
    var shift: [Double] = []
    scale.reserveCapacity(count)
    shift.reserveCapacity(count)
    let width = code.pixels.white - code.pixels.black
    for index in 0..<count {
      let change = white[index] - black[index]
      var source = 0
      for sample in digits {
        let number = (sample[index] - black[index]) / change * Double(code.top)
        let digit = number.rounded()
        // NaN is near to nothing.
        guard abs(number - digit) < 1e-4, (0...Double(code.top)).contains(digit) else { return nil }
        source = source * (code.top + 1) + Int(digit)
      }
      guard source < elementCount else { return nil }
      sources[index] = source
      scale.append(change / width)
      shift.append(black[index] - code.pixels.black * change / width)
    }
    self.sources = sources
    self.scale = scale
    self.shift = shift
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
