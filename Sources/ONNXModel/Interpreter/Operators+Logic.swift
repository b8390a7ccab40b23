import BinaryInput

extension Operators {
  /// An operator that compares two values of one type, repeated to the same shape.
  static func compare(
    _ numbers: @escaping @Sendable (Double, Double) -> Bool,
    _ integers: @escaping @Sendable (Int64, Int64, Bool) -> Bool
  ) -> Function {
    return { (call) throws(ReadError) in
      let (a, b, shape) = try sides(call)
      let count = try call.reserve(shape)
      let results: [Int64]
      switch (a.elements, b.elements) {
      case (.numbers(let a), .numbers(let b)):
        results = (0..<count).map { numbers(a[$0], b[$0]) ? 1 : 0 }
      case (.integers(let left), .integers(let right)):
        let isWide = a.type == .uint64
        results = (0..<count).map { integers(left[$0], right[$0], isWide) ? 1 : 0 }
      default: throw call.wrongType(0, "numbers")
      }
      return [InterpreterValue(.bool, shape, .integers(results))]
    }
  }

  /// An operator of two truth values.
  static func decide(_ rule: @escaping @Sendable (Bool, Bool) -> Bool) -> Function {
    return { (call) throws(ReadError) in
      let (a, b, shape) = try sides(call)
      let count = try call.reserve(shape)
      guard a.type == .bool, case .integers(let left) = a.elements,
        case .integers(let right) = b.elements
      else { throw call.wrongType(0, "truth values") }
      let results = (0..<count).map { Int64(rule(left[$0] != 0, right[$0] != 0) ? 1 : 0) }
      return [InterpreterValue(.bool, shape, .integers(results))]
    }
  }

  /// Both inputs, repeated to one shape.
  private static func sides(
    _ call: OperatorCall
  ) throws(ReadError) -> (InterpreterValue, InterpreterValue, [Int]) {
    let left = try call.input(0)
    let right = try call.input(1)
    guard left.type == right.type else {
      throw call.error(
        .runInput, "the inputs are of different types", expected: "\(left.type)",
        found: "\(right.type)")
    }
    let shape = try call.broadcastShape(left.shape, right.shape)
    return (try call.expanded(left, to: shape), try call.expanded(right, to: shape), shape)
  }

  static func not(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    _ = try call.reserve(value.shape)
    guard value.type == .bool, case .integers(let flags) = value.elements else {
      throw call.wrongType(0, "truth values")
    }
    return [InterpreterValue(.bool, value.shape, .integers(flags.map { $0 == 0 ? 1 : 0 }))]
  }

  static func choose(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let condition = try call.input(0)
    let first = try call.input(1)
    let second = try call.input(2)
    guard condition.type == .bool, first.type == second.type else {
      throw call.error(
        .runInput, "the inputs are of other types", expected: "a truth value and two of one type",
        found: "\(condition.type), \(first.type), \(second.type)")
    }
    let shape = try call.broadcastShape(
      condition.shape, try call.broadcastShape(first.shape, second.shape))
    let flags = try call.expanded(condition, to: shape)
    let a = try call.expanded(first, to: shape)
    let b = try call.expanded(second, to: shape)
    let count = try call.reserve(shape)
    guard case .integers(let flags) = flags.elements else {
      throw call.wrongType(0, "truth values")
    }
    let elements: InterpreterValue.Elements
    switch (a.elements, b.elements) {
    case (.numbers(let a), .numbers(let b)):
      elements = .numbers((0..<count).map { flags[$0] != 0 ? a[$0] : b[$0] })
    case (.integers(let a), .integers(let b)):
      elements = .integers((0..<count).map { flags[$0] != 0 ? a[$0] : b[$0] })
    case (.strings(let a), .strings(let b)):
      elements = .strings((0..<count).map { flags[$0] != 0 ? a[$0] : b[$0] })
    default: throw call.wrongType(1, "values of one type")
    }
    return [InterpreterValue(first.type, shape, elements)]
  }

  static func elementCount(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    [InterpreterValue(integers: [try call.input(0).count], shape: [])]
  }
}
