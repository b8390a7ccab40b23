import BinaryInput

// MARK: - Elements by their places

extension Operators {
  static func gather(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let selector = try call.input(1)
    guard let indices = try call.integers(1) else { throw call.wrongType(1, "integers") }
    let axis = try call.axis(try call.node.integer("axis") ?? 0, rank: value.shape.count)
    try call.reservePlaces([indices.count])
    var places = try call.allPlaces(value)
    let all = places[axis]
    var chosen: [Int?] = []
    for index in indices { chosen.append(all[try call.place(index, in: all.count)]) }
    places[axis] = chosen
    let shape = Array(value.shape[..<axis]) + selector.shape + Array(value.shape[(axis + 1)...])
    return [call.reshaped(try call.picked(value, places), shape)]
  }

  /// Each row of the indices is a place along the first axes, after those that both have in common.
  static func gatherParts(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let selector = try call.input(1)
    guard let indices = try call.integers(1) else { throw call.wrongType(1, "integers") }
    let common = call.opset < 12 ? 0 : try call.node.integer("batch_dims") ?? 0
    guard let depth = selector.shape.last, common >= 0, common < selector.shape.count,
      common < value.shape.count, depth >= 1, depth <= value.shape.count - common,
      value.shape.prefix(common) == selector.shape.prefix(common)
    else {
      throw call.error(
        .runShape, "the indices do not fit the value",
        found: "\(selector.shape) and \(value.shape), of which \(common) are the same")
    }
    let strides = value.shape.rowMajorStrides
    let part = Array(value.shape[(common + depth)...])
    let shape = Array(selector.shape.dropLast()) + part
    let count = try call.reserve(shape)
    guard count > 0 else { return [value.parts(at: [], count: 0, shape: shape)] }
    // A start for each part.
    try call.reservePlaces([indices.count / depth])
    let rowCount = selector.shape[common..<(selector.shape.count - 1)].reduce(1, *)
    let step = common == 0 ? 0 : strides[common - 1]
    var starts: [Int] = []
    for row in 0..<(indices.count / depth) {
      var start = row / rowCount * step
      for axis in 0..<depth {
        let place = try call.place(indices[row * depth + axis], in: value.shape[common + axis])
        start += place * strides[common + axis]
      }
      starts.append(start)
    }
    return [value.parts(at: starts, count: part.product, shape: shape)]
  }

  static func range(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let ends = try (0..<3).map { (index) throws(ReadError) in
      let value = try call.input(index)
      guard value.count == 1 else {
        throw call.error(.runShape, "input \(index) is no single number", found: "\(value.shape)")
      }
      return value
    }
    let type = ends[0].type
    switch (ends[0].elements, ends[1].elements, ends[2].elements) {
    case (.numbers(let start), .numbers(let end), .numbers(let step)):
      let count = ((end[0] - start[0]) / step[0]).rounded(.up)
      let length = try call.reserve([Int(exactly: max(count, 0)) ?? .max])
      return [
        InterpreterValue(
          type, [length], .numbers((0..<length).map { start[0] + Double($0) * step[0] }))
      ]
    case (.integers(let start), .integers(let end), .integers(let step)):
      guard step[0] != 0, step[0] != .min else {
        throw call.error(.runInput, "the step is none", found: "\(step[0])")
      }
      let (distance, overflows) = end[0].subtractingReportingOverflow(start[0])
      guard !overflows, distance != .min else {
        throw call.error(.runInput, "the range is too long", found: "\(start[0]) to \(end[0])")
      }
      let isEmpty = distance == 0 || (distance > 0) != (step[0] > 0)
      let steps = distance.magnitude / step[0].magnitude
      let rest: UInt64 = distance.magnitude % step[0].magnitude == 0 ? 0 : 1
      let length = try call.reserve([isEmpty ? 0 : Int(steps + rest)])
      return [
        InterpreterValue(
          type, [length], .integers((0..<length).map { start[0] &+ Int64($0) &* step[0] }))
      ]
    default: throw call.wrongType(1, "\(type)")
    }
  }
}

extension OperatorCall {
  /// A place along an axis, counted from the front.
  fileprivate func place(_ index: Int, in count: Int) throws(ReadError) -> Int {
    guard index >= -count, index < count else {
      throw error(
        .runInput, "an index is out of range", expected: "\(-count) to \(count - 1)",
        found: "\(index)")
    }
    return index < 0 ? index + count : index
  }
}

extension InterpreterValue {
  /// As many elements from each start on, behind each other.
  fileprivate func parts(at starts: [Int], count: Int, shape: [Int]) -> InterpreterValue {
    func chosen<Element>(_ values: [Element]) -> [Element] {
      starts.flatMap { values[$0..<($0 + count)] }
    }
    let elements: Elements =
      switch elements {
      case .numbers(let values): .numbers(chosen(values))
      case .integers(let values): .integers(chosen(values))
      case .strings(let values): .strings(chosen(values))
      }
    return InterpreterValue(type, shape, elements)
  }
}
