import BinaryInput

extension Operators {
  static func flatten(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let rank = value.shape.count
    let given = try call.node.integer("axis") ?? 1
    guard given >= -rank, given <= rank else {
      throw call.error(
        .runAttribute, "no such axis", expected: "\(-rank) to \(rank)", found: "\(given)")
    }
    let axis = given < 0 ? given + rank : given
    return [
      call.reshaped(
        value, [value.shape[..<axis].reduce(1, *), value.shape[axis...].reduce(1, *)])
    ]
  }

  static func reshape(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    guard var shape = try call.integers(1) else {
      throw call.error(.runInput, "the shape is missing")
    }
    let keepsZeros = try call.node.integer("allowzero") ?? 0 != 0
    var open: Int?
    for (axis, count) in shape.enumerated() {
      if count == -1, open == nil {
        open = axis
        shape[axis] = 1
      } else if count == 0, !keepsZeros {
        guard axis < value.shape.count else {
          throw call.error(
            .runShape, "a 0 stands for an axis that the input lacks", found: "\(shape)")
        }
        shape[axis] = value.shape[axis]
      } else if count < 0 {
        throw call.error(.runShape, "no shape", found: "\(shape.prefix(64))")
      }
    }
    guard let product = shape.filter({ $0 != 0 }).exactProduct(), shape.count <= 64 else {
      throw call.error(.runShape, "no shape", found: "\(shape.prefix(64))")
    }
    let known = shape.contains(0) ? 0 : product
    if let open {
      guard known > 0, value.count % known == 0 else {
        throw call.error(
          .runShape, "the shape does not fit the elements", expected: "\(value.count)",
          found: "\(shape)")
      }
      shape[open] = value.count / known
    } else if known != value.count {
      throw call.error(
        .runShape, "the shape does not fit the elements", expected: "\(value.count)",
        found: "\(shape)")
    }
    return [call.reshaped(value, shape)]
  }

  /// The axes of an attribute up to version 12, of an input from 13 on.
  private static func movingAxes(_ call: OperatorCall) throws(ReadError) -> [Int]? {
    call.opset < 13 ? try call.node.integers("axes") : try call.integers(1)
  }

  static func squeeze(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let axes: [Int]
    if let given = try movingAxes(call) {
      axes = try call.axes(given, rank: value.shape.count)
      for axis in axes where value.shape[axis] != 1 {
        throw call.error(
          .runShape, "axis \(axis) cannot be left out", expected: "1",
          found: "\(value.shape[axis])")
      }
    } else {
      axes = value.shape.indices.filter { value.shape[$0] == 1 }
    }
    let shape = value.shape.indices.filter { !axes.contains($0) }.map { value.shape[$0] }
    return [call.reshaped(value, shape)]
  }

  static func unsqueeze(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    guard let given = try movingAxes(call) else {
      throw call.error(.runAttribute, "the axes are missing")
    }
    let rank = value.shape.count + given.count
    guard rank <= 64 else { throw call.error(.runShape, "too many axes", found: "\(rank)") }
    let axes = try call.axes(given, rank: rank)
    var rest = value.shape[...]
    let shape = (0..<rank).map { axis in
      axes.contains(axis) ? 1 : rest.popFirst() ?? 1
    }
    return [call.reshaped(value, shape)]
  }

  static func transpose(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let rank = value.shape.count
    let order = try call.node.integers("perm") ?? (0..<rank).reversed()
    guard order.sorted() == Array(0..<rank) else {
      throw call.error(
        .runAttribute, "'perm' is no order of the axes", found: "\(order.prefix(64))")
    }
    let places = try call.allPlaces(value)
    return [try call.picked(value, order.map { places[$0] })]
  }

  static func concat(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let first = try call.input(0)
    guard let given = try call.node.integer("axis") else {
      throw call.error(.runAttribute, "'axis' is missing")
    }
    let axis = try call.axis(given, rank: first.shape.count)
    var shape = first.shape
    shape[axis] = 0
    var values: [InterpreterValue] = []
    for index in call.inputs.indices {
      let value = try call.input(index)
      var other = value.shape
      guard other.count == shape.count, value.type == first.type else {
        throw call.error(
          .runShape, "input \(index) does not fit the others", expected: "\(first.shape)",
          found: "\(value.shape) of \(value.type)")
      }
      let (sum, isTooMuch) = shape[axis].addingReportingOverflow(other[axis])
      other[axis] = shape[axis]
      guard other == shape, !isTooMuch else {
        throw call.error(
          .runShape, "input \(index) does not fit the others", expected: "\(first.shape)",
          found: "\(value.shape)")
      }
      shape[axis] = sum
      values.append(value)
    }
    _ = try call.reserve(shape)
    let outer = shape[..<axis].reduce(1, *)
    let rows = values.map { $0.shape[axis...].reduce(1, *) }
    func join<Element>(_ parts: [[Element]]) -> [Element] {
      // Parts without elements, of which there may be many, cost nothing.
      let parts = zip(parts, rows).filter { $1 > 0 }
      guard !parts.isEmpty else { return [] }
      var result: [Element] = []
      for index in 0..<outer {
        for (part, row) in parts { result += part[index * row..<(index + 1) * row] }
      }
      return result
    }
    let elements: InterpreterValue.Elements
    switch first.elements {
    case .numbers: elements = .numbers(join(values.map(\.asNumbers)))
    case .integers:
      elements = .integers(
        join(values.map { if case .integers(let part) = $0.elements { part } else { [] } }))
    case .strings:
      elements = .strings(
        join(values.map { if case .strings(let part) = $0.elements { part } else { [] } }))
    }
    return [InterpreterValue(first.type, shape, elements)]
  }

  static func split(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let axis = try call.axis(try call.node.integer("axis") ?? 0, rank: value.shape.count)
    let length = value.shape[axis]
    var counts = call.opset < 13 ? try call.node.integers("split") : try call.integers(1)
    if counts == nil {
      let parts = try call.node.integer("num_outputs") ?? call.node.outputs.count
      guard parts >= 1, parts == call.node.outputs.count else {
        throw call.error(
          .runAttribute, "'num_outputs' does not fit", expected: "\(call.node.outputs.count)",
          found: "\(parts)")
      }
      // From version 18 on the last part may be smaller.
      let part = length / parts + (length % parts == 0 ? 0 : 1)
      guard length % parts == 0 || call.opset >= 18 else {
        throw call.error(
          .runShape, "the axis has no equal parts", found: "\(length) for \(parts)")
      }
      counts = (0..<parts).map { max(0, min(part, length - $0 * part)) }
    }
    guard let counts, counts.count == call.node.outputs.count, counts.allSatisfy({ $0 >= 0 }),
      counts.reduce(Optional(0), { $0?.adding(exactly: $1) }) == length
    else {
      throw call.error(
        .runShape, "the parts do not fit the axis", expected: "\(length)",
        found: "\((counts ?? []).prefix(64))")
    }
    var places = try call.allPlaces(value)
    let all = places[axis]
    var start = 0
    var results: [InterpreterValue] = []
    for count in counts {
      places[axis] = Array(all[start..<start + count])
      results.append(try call.picked(value, places))
      start += count
    }
    return results
  }

  static func slice(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let isOld = call.opset < 10
    guard let starts = isOld ? try call.node.integers("starts") : try call.integers(1),
      let ends = isOld ? try call.node.integers("ends") : try call.integers(2)
    else { throw call.error(.runInput, "the starts or the ends are missing") }
    let given = isOld ? try call.node.integers("axes") : try call.integers(3)
    let steps =
      (isOld ? nil : try call.integers(4)) ?? [Int](repeating: 1, count: starts.count)
    let axes = try call.axes(given ?? Array(starts.indices), rank: value.shape.count)
    guard starts.count == axes.count, ends.count == axes.count, steps.count == axes.count else {
      throw call.error(
        .runShape, "the numbers of starts, ends, axes and steps differ",
        found: "\(starts.count), \(ends.count), \(axes.count), \(steps.count)")
    }
    var places = try call.allPlaces(value)
    for (index, axis) in axes.enumerated() {
      let length = value.shape[axis]
      let step = steps[index]
      guard step != 0 else { throw call.error(.runAttribute, "a step is 0") }
      func bounded(_ place: Int, _ range: ClosedRange<Int>) -> Int {
        min(max(place < 0 ? place + length : place, range.lowerBound), range.upperBound)
      }
      var chosen: [Int?] = []
      if length > 0 {
        var place = bounded(starts[index], step > 0 ? 0...length : 0...(length - 1))
        let end = bounded(ends[index], step > 0 ? 0...length : -1...(length - 1))
        while step > 0 ? place < end : place > end {
          chosen.append(places[axis][place])
          guard let next = place.adding(exactly: step) else { break }
          place = next
        }
      }
      places[axis] = chosen
    }
    return [try call.picked(value, places)]
  }

  static func shape(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let shape = try call.input(0).shape
    func bounded(_ name: String, _ standard: Int) throws(ReadError) -> Int {
      let place = try call.node.integer(name) ?? standard
      return min(max(place < 0 ? place + shape.count : place, 0), shape.count)
    }
    let start = try bounded("start", 0)
    let end = try bounded("end", shape.count)
    return [InterpreterValue(integers: start < end ? Array(shape[start..<end]) : [])]
  }

  static func expand(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    guard let shape = try call.integers(1), shape.count <= 64, shape.allSatisfy({ $0 >= 0 }) else {
      throw call.error(.runShape, "no shape is given")
    }
    return [try call.expanded(value, to: try call.broadcastShape(value.shape, shape))]
  }

  static func pad(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let rank = value.shape.count
    let isOld = call.opset < 11
    guard let pads = isOld ? try call.node.integers("pads") : try call.integers(1) else {
      throw call.error(.runInput, "the pads are missing")
    }
    let axes = try call.axes(
      (call.opset < 18 ? nil : try call.integers(3)) ?? Array(0..<rank), rank: rank)
    guard pads.count == 2 * axes.count else {
      throw call.error(
        .runShape, "the pads do not fit the axes", expected: "\(2 * axes.count)",
        found: "\(pads.count)")
    }
    let mode = try call.node.string("mode") ?? "constant"
    var fill = call.optional(2)
    if isOld, value.type.isFloatingPoint {
      fill = InterpreterValue(
        value.type, [], .numbers([Double(try call.node.float("value") ?? 0)]))
    }
    if let fill, fill.count != 1 || fill.type != value.type {
      throw call.error(
        .runInput, "what is padded with is no element of the input's type",
        expected: "\(value.type)", found: "\(fill.shape) of \(fill.type)")
    }
    var places = try call.allPlaces(value)
    var shape = value.shape
    for (index, axis) in axes.enumerated() {
      // So far from the ends of the range of integers that the places below can be counted.
      guard pads[index].magnitude <= 1 << 60, pads[index + axes.count].magnitude <= 1 << 60,
        let sum = shape[axis].adding(exactly: pads[index]),
        let length = sum.adding(exactly: pads[index + axes.count]), length >= 0
      else {
        throw call.error(
          .runShape, "the pads leave no axis", found: "\(shape[axis]) with \(pads.prefix(64))")
      }
      shape[axis] = length
    }
    try call.reservePlaces(shape)
    for (index, axis) in axes.enumerated() {
      let length = value.shape[axis]
      let all = places[axis]
      var chosen: [Int?] = []
      for place in -pads[index]..<shape[axis] - pads[index] {
        if place >= 0, place < length {
          chosen.append(all[place])
          continue
        }
        switch mode {
        case "constant": chosen.append(nil)
        case "edge" where length > 0: chosen.append(all[place < 0 ? 0 : length - 1])
        case "wrap" where length > 0:
          chosen.append(all[(place % length + length) % length])
        case "reflect" where length == 1: chosen.append(all[0])
        case "reflect" where length > 1:
          let period = 2 * (length - 1)
          let folded = (place % period + period) % period
          chosen.append(all[folded < length ? folded : period - folded])
        default:
          throw call.error(
            .runAttribute, "no such mode for this axis", found: "'\(mode)' for \(length)")
        }
      }
      places[axis] = chosen
    }
    return [try call.picked(value, places, fill: fill)]
  }
}
