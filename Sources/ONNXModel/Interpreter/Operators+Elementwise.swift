import BinaryInput
import Glibc

/// The operators, each a function from a call to the values that the node gives.
enum Operators {
  typealias Function = @Sendable (OperatorCall) throws(ReadError) -> [InterpreterValue]
}

// MARK: - Of one value

extension Operators {
  /// An operator on floating-point numbers, one by one.
  static func map(
    _ function: @escaping @Sendable (Double) -> Double,
    integers: (@Sendable (Int64) -> Int64)? = nil, unsigned: (@Sendable (Int64) -> Int64)? = nil
  ) -> Function {
    return { (call) throws(ReadError) in
      let value = try call.input(0)
      _ = try call.reserve(value.shape)
      switch value.elements {
      case .numbers(let values):
        return [InterpreterValue(value.type, value.shape, .numbers(values.map(function)))]
      case .integers(let values):
        guard let integers = value.type.isUnsigned ? unsigned ?? integers : integers else {
          throw call.wrongType(0, "floating-point numbers")
        }
        return [InterpreterValue(value.type, value.shape, .integers(values.map(integers)))]
      case .strings: throw call.wrongType(0, "numbers")
      }
    }
  }

  /// An operator on floating-point numbers, one by one, with attributes.
  static func map(
    _ names: [(String, Float)],
    _ function: @escaping @Sendable (Double, [Double]) -> Double
  ) -> Function {
    return { (call) throws(ReadError) in
      var parameters: [Double] = []
      for (name, standard) in names {
        parameters.append(Double(try call.node.float(name) ?? standard))
      }
      let value = try call.input(0)
      let numbers = try call.numbers(0)
      _ = try call.reserve(value.shape)
      let constants = parameters
      let results = numbers.map { function($0, constants) }
      return [InterpreterValue(value.type, value.shape, .numbers(results))]
    }
  }

  static func sigmoid(_ x: Double) -> Double {
    // Neither exponential can overflow.
    x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
  }

  static func softplus(_ x: Double) -> Double {
    x.isNaN ? x : max(x, 0) + log1p(exp(-abs(x)))
  }

  static func clamp(_ x: Double, _ low: Double, _ high: Double) -> Double {
    let above = x < low ? low : x
    return above > high ? high : above
  }

  static func clip(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    _ = try call.reserve(value.shape)
    switch value.elements {
    case .numbers(let values):
      var low = -Double.infinity
      var high = Double.infinity
      if call.opset < 11 {
        if let given = try call.node.float("min") { low = Double(given) }
        if let given = try call.node.float("max") { high = Double(given) }
      } else {
        if call.optional(1) != nil { low = try one(call, 1, call.numbers(1)) }
        if call.optional(2) != nil { high = try one(call, 2, call.numbers(2)) }
      }
      let results = values.map { clamp($0, low, high) }
      return [InterpreterValue(value.type, value.shape, .numbers(results))]
    case .integers(let values):
      let low: Int64? = try call.integers(1).map { (given) throws(ReadError) in
        Int64(try one(call, 1, given))
      }
      let high: Int64? = try call.integers(2).map { (given) throws(ReadError) in
        Int64(try one(call, 2, given))
      }
      let isWide = value.type == .uint64
      let results = values.map { element in
        var element = element
        if let low, isLess(element, low, isWide) { element = low }
        if let high, isLess(high, element, isWide) { element = high }
        return element
      }
      return [InterpreterValue(value.type, value.shape, .integers(results))]
    case .strings: throw call.wrongType(0, "numbers")
    }
  }

  private static func one<Element>(
    _ call: OperatorCall, _ index: Int, _ values: [Element]
  ) throws(ReadError) -> Element {
    guard values.count == 1 else {
      throw call.error(
        .runShape, "input \(index) is no single element", found: "\(values.count) elements")
    }
    return values[0]
  }

  static func isLess(_ a: Int64, _ b: Int64, _ isWide: Bool) -> Bool {
    isWide ? UInt64(bitPattern: a) < UInt64(bitPattern: b) : a < b
  }

  static func identity(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    [try call.input(0)]
  }

  static func dropout(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    if call.opset >= 12, let training = try call.integers(2), training.first ?? 0 != 0 {
      let ratio = call.optional(1) == nil ? 0.5 : try one(call, 1, call.numbers(1))
      guard ratio == 0 else {
        throw call.error(
          .onnxUnsupportedOperator, "Dropout is executed as in inference only",
          found: "training with the ratio \(ratio)")
      }
    }
    let count = try call.reserve(value.shape)
    let type = call.opset >= 10 ? .bool : value.type
    let mask: InterpreterValue.Elements =
      type.isFloatingPoint
      ? .numbers([Double](repeating: 1, count: count))
      : .integers([Int64](repeating: 1, count: count))
    return [value, InterpreterValue(type, value.shape, mask)]
  }
}

// MARK: - Of two and more values

extension Operators {
  /// An operator of two values of one type, repeated to the same shape.
  static func combine(
    _ numbers: @escaping @Sendable (Double, Double) -> Double,
    _ integers: @escaping @Sendable (Int64, Int64, Bool) -> Int64
  ) -> Function {
    return { (call) throws(ReadError) in
      let (left, right) = try operands(call)
      return [try combined(call, left, right, numbers, integers)]
    }
  }

  /// The same of any number of values.
  static func combineAll(
    _ numbers: @escaping @Sendable (Double, Double) -> Double,
    _ integers: @escaping @Sendable (Int64, Int64, Bool) -> Int64
  ) -> Function {
    return { (call) throws(ReadError) in
      var result = try call.input(0)
      for index in call.inputs.indices.dropFirst() {
        result = try combined(call, result, try call.input(index), numbers, integers)
      }
      return [result]
    }
  }

  /// The two inputs; up to version 6 an attribute says where the second one's axes lie.
  private static func operands(
    _ call: OperatorCall
  ) throws(ReadError) -> (InterpreterValue, InterpreterValue) {
    let left = try call.input(0)
    let right = try call.input(1)
    guard call.opset < 7, let axis = try call.node.integer("axis") else { return (left, right) }
    let first = try call.axis(axis, rank: max(left.shape.count, 1))
    let trailing = left.shape.count - first - right.shape.count
    guard trailing >= 0 else {
      throw call.error(
        .runShape, "the second input has too many axes", found: "\(right.shape)")
    }
    let shape = right.shape + [Int](repeating: 1, count: trailing)
    return (left, call.reshaped(right, shape))
  }

  private static func combined(
    _ call: OperatorCall, _ left: InterpreterValue, _ right: InterpreterValue,
    _ numbers: (Double, Double) -> Double, _ integers: (Int64, Int64, Bool) -> Int64
  ) throws(ReadError) -> InterpreterValue {
    guard left.type == right.type else {
      throw call.error(
        .runInput, "the inputs are of different types", expected: "\(left.type)",
        found: "\(right.type)")
    }
    let shape = try call.broadcastShape(left.shape, right.shape)
    let a = try call.expanded(left, to: shape)
    let b = try call.expanded(right, to: shape)
    let count = try call.reserve(shape)
    switch (a.elements, b.elements) {
    case (.numbers(let a), .numbers(let b)):
      var results: [Double] = []
      results.reserveCapacity(count)
      for index in 0..<count { results.append(numbers(a[index], b[index])) }
      return InterpreterValue(left.type, shape, .numbers(results))
    case (.integers(let a), .integers(let b)):
      let isWide = left.type == .uint64
      var results: [Int64] = []
      results.reserveCapacity(count)
      for index in 0..<count { results.append(integers(a[index], b[index], isWide)) }
      return InterpreterValue(left.type, shape, .integers(results))
    default: throw call.wrongType(0, "numbers")
    }
  }

  /// The quotient without its fraction; 0 for a division by 0, and what fits of `Int64.min / -1`.
  static func quotient(_ a: Int64, _ b: Int64, _ isWide: Bool) -> Int64 {
    if b == 0 { return 0 }
    if isWide { return Int64(bitPattern: UInt64(bitPattern: a) / UInt64(bitPattern: b)) }
    return a.dividedReportingOverflow(by: b).partialValue
  }

  static func least(_ a: Double, _ b: Double) -> Double {
    a.isNaN ? a : b.isNaN ? b : b < a ? b : a
  }

  static func greatest(_ a: Double, _ b: Double) -> Double {
    a.isNaN ? a : b.isNaN ? b : b > a ? b : a
  }

  static func power(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let (left, right) = try operands(call)
    let shape = try call.broadcastShape(left.shape, right.shape)
    let a = try call.expanded(left, to: shape)
    let b = try call.expanded(right, to: shape)
    let count = try call.reserve(shape)
    switch (a.elements, b.elements) {
    case (.integers(let base), .integers(let exponent)):
      let isWide = right.type == .uint64
      let results = (0..<count).map { index in
        integerPower(base[index], exponent[index], isWide)
      }
      return [InterpreterValue(left.type, shape, .integers(results))]
    case (.numbers, .numbers), (.numbers, .integers), (.integers, .numbers):
      let base = a.asNumbers
      let exponent = b.asNumbers
      let results = (0..<count).map { pow(base[$0], exponent[$0]) }
      let elements: InterpreterValue.Elements =
        left.type.isFloatingPoint
        ? .numbers(results) : .integers(results.map { integer($0, left.type) })
      return [InterpreterValue(left.type, shape, elements)]
    default: throw call.wrongType(0, "numbers")
    }
  }

  /// The lowest 64 bits of the power; a fraction is cut off.
  private static func integerPower(_ base: Int64, _ exponent: Int64, _ isWide: Bool) -> Int64 {
    if exponent < 0, !isWide {
      return base == 1 ? 1 : base == -1 ? (exponent & 1 == 0 ? 1 : -1) : 0
    }
    var result: Int64 = 1
    var square = base
    var rest = UInt64(bitPattern: exponent)
    while rest > 0 {
      if rest & 1 == 1 { result &*= square }
      square &*= square
      rest >>= 1
    }
    return result
  }
}

extension InterpreterValue {
  /// The elements as floating-point numbers; none for texts.
  var asNumbers: [Double] {
    switch elements {
    case .numbers(let values): values
    case .integers(let values):
      type == .uint64
        ? values.map { Double(UInt64(bitPattern: $0)) } : values.map { Double($0) }
    case .strings: []
    }
  }
}

extension Operators {
  /// The integer of a number without its fraction: 0 for NaN, the nearest of 64 bits beyond them.
  static func integer(_ value: Double, _ type: ONNXDataType) -> Int64 {
    if value.isNaN { return type == .bool ? 1 : 0 }
    if type == .bool { return value == 0 ? 0 : 1 }
    if type == .uint64, value >= 0 {
      return Int64(bitPattern: value >= 0x1p64 ? UInt64.max : UInt64(value))
    }
    if value >= 0x1p63 { return Int64.max }
    if value <= -0x1p63 { return Int64.min }
    return Int64(value)
  }
}
