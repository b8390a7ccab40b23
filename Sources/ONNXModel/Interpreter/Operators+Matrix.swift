import BinaryInput

/// A number that products are summed up in.
protocol Summable: Sendable {
  static var zeroSum: Self { get }
  func adding(_ a: Self, times b: Self) -> Self
}

extension Double: Summable {
  static var zeroSum: Double { 0 }
  func adding(_ a: Double, times b: Double) -> Double { self + a * b }
}

extension Int64: Summable {
  static var zeroSum: Int64 { 0 }
  func adding(_ a: Int64, times b: Int64) -> Int64 { self &+ a &* b }
}

extension Operators {
  /// The product of `rows`×`inner` and `inner`×`columns` elements that start at places.
  private static func multiply<Number: Summable>(
    _ a: [Number], _ aStart: Int, _ b: [Number], _ bStart: Int, into c: inout [Number],
    _ cStart: Int, rows: Int, inner: Int, columns: Int
  ) {
    for row in 0..<rows {
      let first = cStart + row * columns
      for k in 0..<inner {
        let factor = a[aStart + row * inner + k]
        let other = bStart + k * columns
        for column in 0..<columns {
          c[first + column] = c[first + column].adding(factor, times: b[other + column])
        }
      }
    }
  }

  static func matrixProduct(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    var left = try call.input(0)
    var right = try call.input(1)
    let leftIsVector = left.shape.count == 1
    let rightIsVector = right.shape.count == 1
    if leftIsVector { left.shape = [1] + left.shape }
    if rightIsVector { right.shape = right.shape + [1] }
    guard left.shape.count >= 2, right.shape.count >= 2, left.type == right.type,
      left.shape[left.shape.count - 1] == right.shape[right.shape.count - 2]
    else {
      throw call.error(
        .runShape, "the matrices do not fit each other",
        found: "\(left.type) \(left.shape) and \(right.type) \(right.shape)")
    }
    let rows = left.shape[left.shape.count - 2]
    let inner = left.shape[left.shape.count - 1]
    let columns = right.shape[right.shape.count - 1]
    let batch = try call.broadcastShape(
      Array(left.shape.dropLast(2)), Array(right.shape.dropLast(2)))
    let a = try call.expanded(left, to: batch + [rows, inner])
    let b = try call.expanded(right, to: batch + [inner, columns])
    let count = try call.reserve(batch + [rows, columns])
    try call.requireSteps([count, inner])
    func product<Number: Summable>(_ a: [Number], _ b: [Number]) -> [Number] {
      var results = [Number](repeating: .zeroSum, count: count)
      guard count > 0 else { return results }
      for index in 0..<batch.product {
        multiply(
          a, index * rows * inner, b, index * inner * columns, into: &results,
          index * rows * columns, rows: rows, inner: inner, columns: columns)
      }
      return results
    }
    let shape = batch + (leftIsVector ? [] : [rows]) + (rightIsVector ? [] : [columns])
    switch (a.elements, b.elements) {
    case (.numbers(let a), .numbers(let b)):
      return [InterpreterValue(left.type, shape, .numbers(product(a, b)))]
    case (.integers(let a), .integers(let b)):
      return [InterpreterValue(left.type, shape, .integers(product(a, b)))]
    default: throw call.wrongType(0, "numbers")
    }
  }

  static func gemm(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let alpha = Double(try call.node.float("alpha") ?? 1)
    let beta = Double(try call.node.float("beta") ?? 1)
    func matrix(_ index: Int, _ attribute: String) throws(ReadError) -> InterpreterValue {
      let value = try call.input(index)
      guard value.shape.count == 2 else {
        throw call.error(.runShape, "input \(index) is no matrix", found: "\(value.shape)")
      }
      guard try call.node.integer(attribute) ?? 0 != 0 else { return value }
      let places = try call.allPlaces(value)
      return try call.picked(value, [places[1], places[0]])
    }
    let a = try matrix(0, "transA")
    let b = try matrix(1, "transB")
    guard a.shape[1] == b.shape[0], a.type == b.type else {
      throw call.error(
        .runShape, "the matrices do not fit each other",
        found: "\(a.type) \(a.shape) and \(b.type) \(b.shape)")
    }
    let shape = [a.shape[0], b.shape[1]]
    let count = try call.reserve(shape)
    try call.requireSteps([count, a.shape[1]])
    var addend: InterpreterValue?
    if let c = call.optional(2) {
      guard c.type == a.type else { throw call.wrongType(2, "\(a.type)") }
      addend = try call.expanded(c, to: shape)
    }
    switch (a.elements, b.elements, addend?.elements) {
    case (.numbers(let left), .numbers(let right), let addend):
      var results = [Double](repeating: 0, count: count)
      multiply(
        left, 0, right, 0, into: &results, 0, rows: shape[0], inner: a.shape[1], columns: shape[1])
      for index in 0..<count { results[index] *= alpha }
      if case .numbers(let c)? = addend {
        for index in 0..<count { results[index] += beta * c[index] }
      }
      return [InterpreterValue(a.type, shape, .numbers(results))]
    case (.integers(let left), .integers(let right), let addend):
      var results = [Int64](repeating: 0, count: count)
      multiply(
        left, 0, right, 0, into: &results, 0, rows: shape[0], inner: a.shape[1], columns: shape[1])
      if alpha != 1 { results = results.map { integer(alpha * Double($0), .int64) } }
      if case .integers(let c)? = addend {
        for index in 0..<count {
          results[index] &+= beta == 1 ? c[index] : integer(beta * Double(c[index]), .int64)
        }
      }
      return [InterpreterValue(a.type, shape, .integers(results))]
    default: throw call.wrongType(0, "numbers")
    }
  }
}
