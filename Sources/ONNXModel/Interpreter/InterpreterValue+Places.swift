import BinaryInput

extension [Int] {
  /// The distance between neighbours along each axis of a row-major shape.
  var rowMajorStrides: [Int] {
    var strides = [Int](repeating: 1, count: count)
    for axis in indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * Swift.max(self[axis + 1], 1)
    }
    return strides
  }

  /// The product, for parts of a shape that is known to fit.
  var product: Int { reduce(1, *) }
}

/// Calls `body` with the first place and the number of each row of a shape, and with the place that
/// `strides` give it elsewhere.
func forEachRow(
  of shape: [Int], strides: [Int], _ body: (_ start: Int, _ other: Int, _ count: Int) -> Void
) {
  guard !shape.contains(0) else { return }
  guard let rowCount = shape.last else { return body(0, 0, 1) }
  var index = [Int](repeating: 0, count: shape.count - 1)
  var start = 0
  var other = 0
  while true {
    body(start, other, rowCount)
    start += rowCount
    var axis = index.count - 1
    while axis >= 0 {
      index[axis] += 1
      other += strides[axis]
      if index[axis] < shape[axis] { break }
      other -= strides[axis] * shape[axis]
      index[axis] = 0
      axis -= 1
    }
    if axis < 0 { return }
  }
}

extension OperatorCall {
  /// Builds a value out of another one's elements.
  ///
  /// - Parameters:
  ///   - value: The other value.
  ///   - places: For each axis of the result what its indices add to the place in the other value;
  ///     nil for an index that takes `fill` instead.
  ///   - fill: The element, as a value of one element.
  /// - Returns: A value of the same type.
  /// - Throws: `onnx.limit` where it would take too much memory.
  func picked(
    _ value: InterpreterValue, _ places: [[Int?]], fill: InterpreterValue? = nil
  ) throws(ReadError) -> InterpreterValue {
    let shape = places.map(\.count)
    let count = try reserve(shape)
    let elements: InterpreterValue.Elements
    switch value.elements {
    case .numbers(let values):
      var filler = 0.0
      if case .numbers(let fill)? = fill?.elements { filler = fill.first ?? 0 }
      elements = .numbers(pick(values, places, filler, count))
    case .integers(let values):
      var filler: Int64 = 0
      if case .integers(let fill)? = fill?.elements { filler = fill.first ?? 0 }
      elements = .integers(pick(values, places, filler, count))
    case .strings(let values):
      var filler: [UInt8] = []
      if case .strings(let fill)? = fill?.elements { filler = fill.first ?? [] }
      elements = .strings(pick(values, places, filler, count))
    }
    return InterpreterValue(value.type, shape, elements)
  }

  private func pick<Element>(
    _ source: [Element], _ places: [[Int?]], _ fill: Element, _ count: Int
  ) -> [Element] {
    guard count > 0 else { return [] }
    guard let last = places.last else { return source }
    var result: [Element] = []
    result.reserveCapacity(count)
    var index = [Int](repeating: 0, count: places.count - 1)
    while true {
      var start: Int? = 0
      for axis in index.indices {
        guard let place = places[axis][index[axis]], let sum = start else {
          start = nil
          break
        }
        start = sum + place
      }
      if let start {
        for place in last {
          if let place { result.append(source[start + place]) } else { result.append(fill) }
        }
      } else {
        for _ in last { result.append(fill) }
      }
      var axis = index.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < places[axis].count { break }
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return result }
    }
  }

  /// Makes sure that there is memory for the places along the axes of a shape, of which a few
  /// numbers in a file can ask for many even where there is no element.
  func reservePlaces(_ shape: [Int]) throws(ReadError) {
    for count in shape where count > 0 {
      // An optional integer takes 16 bytes.
      guard let doubled = count.multiplied(exactly: 2), memory.take(doubled) else {
        throw error(
          .onnxLimit, "the values need more memory than is allowed",
          expected: "at most \(memory.limit) bytes", found: "an axis of \(count)")
      }
    }
  }

  /// The places of all indices along the axes of a value.
  ///
  /// - Throws: `onnx.limit` where they would take too much memory.
  func allPlaces(_ value: InterpreterValue) throws(ReadError) -> [[Int?]] {
    try reservePlaces(value.shape)
    let strides = value.shape.rowMajorStrides
    return value.shape.indices.map { axis in
      (0..<value.shape[axis]).map { $0 * strides[axis] }
    }
  }

  /// The shape that two shapes are both repeated to, by the rules of the specification's
  /// multidirectional broadcasting.
  func broadcastShape(_ first: [Int], _ second: [Int]) throws(ReadError) -> [Int] {
    let rank = max(first.count, second.count)
    let left = [Int](repeating: 1, count: rank - first.count) + first
    let right = [Int](repeating: 1, count: rank - second.count) + second
    var shape: [Int] = []
    for (a, b) in zip(left, right) {
      guard a == b || a == 1 || b == 1 else {
        throw error(.runShape, "the shapes do not fit each other", found: "\(first) and \(second)")
      }
      shape.append(a == 1 ? b : a)
    }
    return shape
  }

  /// Repeats a value along the axes where it has one element.
  func expanded(
    _ value: InterpreterValue, to shape: [Int]
  ) throws(ReadError) -> InterpreterValue {
    if value.shape == shape { return value }
    guard try broadcastShape(value.shape, shape) == shape else {
      throw error(
        .runShape, "a value cannot be repeated to the shape", expected: "\(shape)",
        found: "\(value.shape)")
    }
    try reservePlaces(shape)
    let strides = value.shape.rowMajorStrides
    let added = shape.count - value.shape.count
    let places: [[Int?]] = shape.indices.map { axis in
      let own = axis - added
      let stride = own < 0 || value.shape[own] == 1 ? 0 : strides[own]
      return (0..<shape[axis]).map { $0 * stride }
    }
    return try picked(value, places)
  }

  /// The value with another shape of as many elements.
  func reshaped(_ value: InterpreterValue, _ shape: [Int]) -> InterpreterValue {
    InterpreterValue(value.type, shape, value.elements)
  }
}
