import BinaryInput
import Glibc

extension Operators {
  /// Where the rows along an axis lie in a value.
  private struct Rows {
    let outer: Int
    let length: Int
    let inner: Int

    init(_ shape: [Int], axis: Int) {
      outer = shape[..<axis].reduce(1, *)
      length = shape[axis]
      inner = shape[(axis + 1)...].reduce(1, *)
    }

    /// The place of the first element of each row, in the order of a result without the axis.
    var starts: [Int] {
      (0..<outer).flatMap { row in (0..<inner).map { row * length * inner + $0 } }
    }
  }

  /// The logarithm of ``softmax(_:)``, without the quotient that may be 0.
  static func logSoftmax(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let values = try call.numbers(0)
    guard !value.shape.isEmpty else { throw call.error(.runShape, "too few axes", found: "none") }
    let count = try call.reserve(value.shape)
    guard count > 0 else { return [value] }
    let rank = value.shape.count
    let given = try call.node.integer("axis") ?? (call.opset < 13 ? 1 : -1)
    var shape = value.shape
    var axis: Int
    if call.opset < 13 {
      // The axes before this one are rows of a matrix, and all others its columns.
      guard given >= -rank, given <= rank else {
        throw call.error(.runAttribute, "no such axis", found: "\(given)")
      }
      axis = given < 0 ? given + rank : given
      shape = [shape[..<axis].product, shape[axis...].product]
      axis = 1
    } else {
      axis = try call.axis(given, rank: rank)
    }
    let rows = Rows(shape, axis: axis)
    var results = [Double](repeating: 0, count: count)
    for start in rows.starts {
      let places = (0..<rows.length).map { start + $0 * rows.inner }
      let maximum = places.reduce(-Double.infinity) { max($0, values[$1]) }
      let sum = places.reduce(0) { $0 + exp(values[$1] - maximum) }
      for place in places { results[place] = values[place] - maximum - log(sum) }
    }
    return [InterpreterValue(value.type, value.shape, .numbers(results))]
  }

  /// Whether an element comes before another where the greatest is first; NaN is greater than all.
  private static func isGreater(_ value: InterpreterValue) -> (Int, Int) -> Bool {
    switch value.elements {
    case .numbers(let values):
      return { values[$0].isNaN ? !values[$1].isNaN : values[$0] > values[$1] }
    case .integers(let values):
      let isWide = value.type == .uint64
      return { isLess(values[$1], values[$0], isWide) }
    case .strings: return { _, _ in false }
    }
  }

  static func argument(isMaximum: Bool) -> Function {
    return { (call) throws(ReadError) in
      let value = try call.input(0)
      let axis = try call.axis(try call.node.integer("axis") ?? 0, rank: value.shape.count)
      let keepsAxis = try call.node.integer("keepdims") ?? 1 != 0
      let selectsLast = try call.node.integer("select_last_index") ?? 0 != 0
      let rows = Rows(value.shape, axis: axis)
      guard rows.length > 0 else { throw call.error(.runShape, "the axis has no elements") }
      var shape = value.shape
      if keepsAxis { shape[axis] = 1 } else { shape.remove(at: axis) }
      _ = try call.reserve(shape)
      let isGreater = isGreater(value)
      let results = rows.starts.map { start in
        var best = 0
        for index in 1..<max(rows.length, 1) {
          let (place, other) = (start + index * rows.inner, start + best * rows.inner)
          let isBetter = isMaximum ? isGreater(place, other) : isGreater(other, place)
          let isWorse = isMaximum ? isGreater(other, place) : isGreater(place, other)
          if isBetter || (selectsLast && !isWorse) { best = index }
        }
        return Int64(best)
      }
      return [InterpreterValue(.int64, shape, .integers(results))]
    }
  }

  static func topK(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let axis = try call.axis(try call.node.integer("axis") ?? -1, rank: value.shape.count)
    let stated = call.opset < 10 ? try call.node.integer("k") : try call.integers(1)?.first
    let isLargest = try call.node.integer("largest") ?? 1 != 0
    let rows = Rows(value.shape, axis: axis)
    guard let count = stated, (0...rows.length).contains(count) else {
      throw call.error(
        .runAttribute, "no such number of elements", expected: "0 to \(rows.length)",
        found: stated.map { "\($0)" })
    }
    var shape = value.shape
    shape[axis] = count
    let total = try call.reserve(shape)
    _ = try call.reserve(shape)
    let isGreater = isGreater(value)
    var places = [Int](repeating: 0, count: total)
    var indices = [Int64](repeating: 0, count: total)
    for (row, start) in rows.starts.enumerated() {
      let order = (0..<rows.length).sorted { a, b in
        let (left, right) = (start + a * rows.inner, start + b * rows.inner)
        let isBefore = isLargest ? isGreater(left, right) : isGreater(right, left)
        let isAfter = isLargest ? isGreater(right, left) : isGreater(left, right)
        // Of equal ones the one with the lower index comes first.
        return isBefore || (!isAfter && a < b)
      }
      let first = row / rows.inner * count * rows.inner + row % rows.inner
      for (rank, index) in order.prefix(count).enumerated() {
        places[first + rank * rows.inner] = start + index * rows.inner
        indices[first + rank * rows.inner] = Int64(index)
      }
    }
    let elements: InterpreterValue.Elements
    switch value.elements {
    case .numbers(let values): elements = .numbers(places.map { values[$0] })
    case .integers(let values): elements = .integers(places.map { values[$0] })
    case .strings: throw call.wrongType(0, "numbers")
    }
    return [
      InterpreterValue(value.type, shape, elements),
      InterpreterValue(.int64, shape, .integers(indices)),
    ]
  }
}

extension ArraySlice<Int> {
  /// The product, for parts of a shape that is known to fit.
  fileprivate var product: Int { reduce(1, *) }
}
