import BinaryInput

// MARK: - Constants

extension Operators {
  static func constant(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let node = call.node
    let value: InterpreterValue
    if let tensor = try node.tensor("value") {
      value = try InterpreterValue(tensor)
    } else if let number = try node.float("value_float") {
      value = InterpreterValue(.float, [], .numbers([Double(number)]))
    } else if let numbers = try node.floats("value_floats") {
      value = InterpreterValue(.float, [numbers.count], .numbers(numbers.map { Double($0) }))
    } else if let integer = try node.integer("value_int") {
      value = InterpreterValue(integers: [integer], shape: [])
    } else if let integers = try node.integers("value_ints") {
      value = InterpreterValue(integers: integers)
    } else if case .string(let text)? = node.attribute("value_string")?.value {
      value = InterpreterValue(.string, [], .strings([text]))
    } else if case .strings(let texts)? = node.attribute("value_strings")?.value {
      value = InterpreterValue(.string, [texts.count], .strings(texts))
    } else {
      throw call.error(.runAttribute, "a constant has no value")
    }
    _ = try call.reserve(value.shape)
    return [value]
  }

  static func constantOfShape(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    guard let shape = try call.integers(0) else { throw call.wrongType(0, "integers") }
    let count = try call.reserve(shape)
    guard let tensor = try call.node.tensor("value") else {
      return [
        InterpreterValue(.float, shape, .numbers([Double](repeating: 0, count: count)))
      ]
    }
    let value = try InterpreterValue(tensor)
    let elements: InterpreterValue.Elements
    switch value.elements {
    case .numbers(let values) where values.count == 1:
      elements = .numbers([Double](repeating: values[0], count: count))
    case .integers(let values) where values.count == 1:
      elements = .integers([Int64](repeating: values[0], count: count))
    case .strings(let values) where values.count == 1:
      elements = .strings([[UInt8]](repeating: values[0], count: count))
    default:
      throw call.error(.runAttribute, "'value' is no single element", found: "\(value.shape)")
    }
    return [InterpreterValue(value.type, shape, elements)]
  }
}

// MARK: - Casting

extension Operators {
  /// The type that an attribute names.
  private static func dataType(
    _ call: OperatorCall, _ name: String
  ) throws(ReadError) -> ONNXDataType? {
    guard let number = try call.node.integer(name) else { return nil }
    guard let type = ONNXDataType(rawValue: number),
      type == .string || type.isInteger || type.isFloatingPoint, type != .float8e8m0
    else {
      throw call.error(.runAttribute, "'\(name)' is no type that is executed", found: "\(number)")
    }
    return type
  }

  static func cast(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    guard let type = try dataType(call, "to") else {
      throw call.error(.runAttribute, "'to' is missing")
    }
    return try cast(call, to: type)
  }

  static func castLike(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    try cast(call, to: try call.input(1).type)
  }

  private static func cast(
    _ call: OperatorCall, to type: ONNXDataType
  ) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let saturates = try call.node.integer("saturate") ?? 1 != 0
    _ = try call.reserve(value.shape)
    let elements: InterpreterValue.Elements
    switch value.elements {
    case .numbers(let values):
      if type == .string {
        elements = .strings(values.map { Array(text($0, value.type).utf8) })
      } else if type.isFloatingPoint {
        elements = .numbers(convert(values, to: type, saturates: saturates))
      } else {
        elements = .integers(values.map { integer($0, type) })
      }
    case .integers(let values):
      if type == .string {
        let isWide = value.type == .uint64
        elements = .strings(
          values.map { Array((isWide ? "\(UInt64(bitPattern: $0))" : "\($0)").utf8) })
      } else if type.isFloatingPoint {
        elements = .numbers(convert(value.asNumbers, to: type, saturates: saturates))
      } else {
        elements = .integers(values)
      }
    case .strings(let texts):
      if type == .string {
        elements = .strings(texts)
      } else if type.isFloatingPoint {
        var numbers: [Double] = []
        for text in texts { numbers.append(try number(call, text)) }
        elements = .numbers(convert(numbers, to: type, saturates: saturates))
      } else {
        var integers: [Int64] = []
        for text in texts {
          let spelling = String(decoding: text, as: UTF8.self)
          if let value = Int64(spelling) {
            integers.append(value)
          } else if let value = UInt64(spelling) {
            integers.append(Int64(bitPattern: value))
          } else {
            integers.append(integer(try number(call, text), type))
          }
        }
        elements = .integers(integers)
      }
    }
    return [InterpreterValue(type, value.shape, elements)]
  }

  /// Rounds to an 8-bit type as its attribute says; to all others the caller does.
  private static func convert(
    _ values: [Double], to type: ONNXDataType, saturates: Bool
  ) -> [Double] {
    guard let small = SmallFloat.of(type) else { return values }
    return values.map { small.round($0, saturates: saturates) }
  }

  private static func number(_ call: OperatorCall, _ text: [UInt8]) throws(ReadError) -> Double {
    let spelling = String(decoding: text, as: UTF8.self)
    guard let value = Double(spelling) else {
      throw call.error(
        .runInput, "a text is no number", found: spelling.escapedForDisplay(limit: 40))
    }
    return value
  }

  /// The shortest decimal number that is read back as the same number of the type.
  private static func text(_ value: Double, _ type: ONNXDataType) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-INF" : "INF" }
    switch type {
    case .double: return "\(value)"
    case .float16: return "\(Float16(value))"
    default: return "\(Float(value))"
    }
  }
}

// MARK: - Quantization

extension Operators {
  /// A scale or a zero point for every element of the input.
  private static func parameter(
    _ call: OperatorCall, _ index: Int, _ shape: [Int]
  ) throws(ReadError) -> InterpreterValue {
    let value = try call.input(index)
    if value.count == 1, value.shape.count <= 1 {
      return try call.expanded(call.reshaped(value, []), to: shape)
    }
    let axis = try call.axis(try call.node.integer("axis") ?? 1, rank: shape.count)
    let block = try call.node.integer("block_size") ?? 0
    if block == 0 {
      guard value.shape == [shape[axis]] else {
        throw call.error(
          .runShape, "input \(index) does not fit axis \(axis)", expected: "\(shape[axis])",
          found: "\(value.shape)")
      }
      var one = [Int](repeating: 1, count: shape.count)
      one[axis] = shape[axis]
      return try call.expanded(call.reshaped(value, one), to: shape)
    }
    guard block > 0, value.shape.count == shape.count,
      shape.indices.allSatisfy({ other in
        let length = shape[other]
        return value.shape[other]
          == (other == axis ? length / block + (length % block == 0 ? 0 : 1) : length)
      })
    else {
      throw call.error(
        .runShape, "input \(index) does not fit blocks of \(block)", expected: "\(shape)",
        found: "\(value.shape)")
    }
    var places = try call.allPlaces(value)
    try call.reservePlaces(shape)
    let blocks = places[axis]
    places[axis] = (0..<shape[axis]).map { blocks[$0 / block] }
    return try call.picked(value, places)
  }

  static func quantize(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let scaleType = try call.input(1).type
    guard case .numbers(let scales) = try parameter(call, 1, value.shape).elements else {
      throw call.wrongType(1, "floating-point numbers")
    }
    let zero = call.optional(2) == nil ? nil : try parameter(call, 2, value.shape)
    let stated = try dataType(call, "output_dtype")
    let type = zero?.type ?? stated ?? .uint8
    let saturates = try call.node.integer("saturate") ?? 1 != 0
    let count = try call.reserve(value.shape)
    let values = value.asNumbers
    guard values.count == count else { throw call.wrongType(0, "numbers") }
    // The quotient is a number of the scale's type before it is rounded to an integer.
    var quotients: [Double] = []
    for (value, scale) in zip(values, scales) {
      let quotient = value / scale
      quotients.append(
        call.precision == .declared ? scaleType.round(quotient) : quotient)
    }
    if let small = SmallFloat.of(type) {
      let results = quotients.map { small.round($0, saturates: saturates) }
      return [InterpreterValue(type, value.shape, .numbers(results))]
    }
    guard type.isInteger, type.bitCount ?? 64 <= 32 else {
      throw call.error(.runInput, "no type to quantize to", found: "\(type)")
    }
    var zeros = [Double](repeating: 0, count: count)
    if let zero { zeros = zero.asNumbers }
    let range = type.integerRange
    var results: [Int64] = []
    for (quotient, zero) in zip(quotients, zeros) {
      let shifted = quotient.rounded(.toNearestOrEven) + zero
      let bounded = clamp(shifted, Double(range.lowerBound), Double(range.upperBound))
      results.append(integer(bounded, type))
    }
    return [InterpreterValue(type, value.shape, .integers(results))]
  }

  static func dequantize(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let scaleType = try call.input(1).type
    let type = try dataType(call, "output_dtype") ?? scaleType
    guard type.isFloatingPoint,
      case .numbers(let scales) = try parameter(call, 1, value.shape).elements
    else { throw call.wrongType(1, "floating-point numbers") }
    let count = try call.reserve(value.shape)
    var zeros = [Double](repeating: 0, count: count)
    if call.optional(2) != nil { zeros = try parameter(call, 2, value.shape).asNumbers }
    let values = value.asNumbers
    guard values.count == count, zeros.count == count else { throw call.wrongType(0, "numbers") }
    let results = (0..<count).map { (values[$0] - zeros[$0]) * scales[$0] }
    return [InterpreterValue(type, value.shape, .numbers(results))]
  }
}
