import BinaryInput
import TensorData

/// A value while a graph is executed: every floating-point number as 64 bits, every integer too.
struct InterpreterValue: Sendable {
  /// The type that the value has in the graph.
  var type: ONNXDataType
  /// The number of elements along each axis.
  var shape: [Int]
  /// The elements in row-major order.
  var elements: Elements

  enum Elements: Sendable {
    /// Floating-point numbers of any width.
    case numbers([Double])
    /// Integers and truth values; those of ``ONNXDataType/uint64`` by their bit patterns.
    case integers([Int64])
    /// Texts.
    case strings([[UInt8]])
  }

  init(_ type: ONNXDataType, _ shape: [Int], _ elements: Elements) {
    self.type = type
    self.shape = shape
    self.elements = elements
  }

  init(integers: [Int], shape: [Int]? = nil) {
    self.init(.int64, shape ?? [integers.count], .integers(integers.map { Int64($0) }))
  }

  var count: Int {
    switch elements {
    case .numbers(let values): values.count
    case .integers(let values): values.count
    case .strings(let values): values.count
    }
  }

  /// The elements as numbers; none for texts.
  var doubles: [Double] {
    switch elements {
    case .numbers(let numbers): numbers
    case .integers(let integers): integers.map { Double($0) }
    case .strings: []
    }
  }

  /// The bytes that the elements take while the graph is executed.
  var byteCount: Int {
    guard case .strings(let values) = elements else { return count * 8 }
    return values.reduce(0) { $0 + $1.count + 40 }
  }
}

extension ONNXDataType {
  /// Whether elements are integers without a sign.
  var isUnsigned: Bool {
    switch self {
    case .uint2, .uint4, .uint8, .uint16, .uint32, .uint64, .bool: true
    default: false
    }
  }

  /// The range of an integer type of less than 64 bits; the whole of `Int64` for those of 64.
  var integerRange: ClosedRange<Int64> {
    guard let bitCount, isInteger, bitCount < 64 else { return Int64.min...Int64.max }
    if self == .bool { return 0...1 }
    let half = Int64(1) << Int64(bitCount - 1)
    return isUnsigned ? 0...(2 * half - 1) : -half...(half - 1)
  }

  /// Keeps the lowest bits of an integer, which is what the type has of it.
  func wrap(_ value: Int64) -> Int64 {
    switch self {
    case .bool: return value == 0 ? 0 : 1
    case .int64, .uint64: return value
    default:
      let unused = Int64(64 - (bitCount ?? 64))
      let shifted = value << unused
      return isUnsigned
        ? Int64(bitPattern: UInt64(bitPattern: shifted) >> UInt64(unused)) : shifted >> unused
    }
  }

  /// Rounds once to the nearest number of the type; an infinity stays one where the type has it.
  func round(_ value: Double) -> Double {
    switch self {
    case .float: Double(Float(value))
    case .float16: Double(Float16(value))
    case .bfloat16: Double(BFloat16(value))
    default: SmallFloat.of(self)?.round(value, saturates: false) ?? value
    }
  }
}

extension InterpreterValue {
  /// The value with every element brought to its type.
  func rounded(_ precision: ONNXInterpreter.Precision) -> InterpreterValue {
    switch elements {
    case .strings: return self
    case .integers(let values):
      if type == .int64 || type == .uint64 { return self }
      return InterpreterValue(type, shape, .integers(values.map { type.wrap($0) }))
    case .numbers(let values):
      if type == .double { return self }
      if precision == .double, SmallFloat.of(type) == nil { return self }
      if type == .float { return InterpreterValue(type, shape, .numbers(values.roundedToFloat())) }
      return InterpreterValue(type, shape, .numbers(values.map { type.round($0) }))
    }
  }
}

extension [Double] {
  fileprivate func roundedToFloat() -> [Double] {
    map { Double(Float($0)) }
  }
}

// MARK: - From and to tensors

extension InterpreterValue {
  /// Takes over a tensor of a file.
  ///
  /// - Throws: `run.input` for a type that is not executed.
  init(_ tensor: ONNXTensor) throws(ReadError) {
    let type = tensor.dataType
    let count = tensor.elementCount
    let bytes: Bytes
    switch tensor.content {
    case .strings(let strings):
      self.init(type, tensor.shape, .strings(strings))
      return
    case .bytes(let content): bytes = content
    }
    guard let bitCount = type.bitCount, type.isInteger || type.isFloatingPoint,
      type != .float8e8m0
    else {
      throw ReadError(
        .runInput, "values of this type are not executed",
        path: tensor.name.isEmpty ? [] : [tensor.name],
        found: "\(type)")
    }
    if type.isFloatingPoint, let plain = tensor.tensor {
      self.init(type, tensor.shape, .numbers(try plain.doubles()))
      return
    }
    var codes = [Int64]()
    codes.reserveCapacity(count)
    if bitCount < 8 {
      let perByte = 8 / bitCount
      for index in 0..<count {
        let shift = UInt8(index % perByte * bitCount)
        codes.append(Int64(bytes[index / perByte] >> shift & (1 << UInt8(bitCount) - 1)))
      }
    } else {
      let byteCount = bitCount / 8
      for index in 0..<count {
        var code: UInt64 = 0
        for byte in 0..<byteCount {
          code |= UInt64(bytes[index * byteCount + byte]) << UInt64(8 * byte)
        }
        codes.append(Int64(bitPattern: code))
      }
    }
    if let small = SmallFloat.of(type) {
      let numbers = codes.map { small.decode(UInt8(truncatingIfNeeded: $0)) }
      self.init(type, tensor.shape, .numbers(numbers))
    } else {
      self.init(type, tensor.shape, .integers(codes.map { type.wrap($0) }))
    }
  }

  /// The value as a tensor of its type, or of binary64 where results are not rounded.
  func tensor(
    named name: String, precision: ONNXInterpreter.Precision
  ) throws(ReadError) -> ONNXTensor {
    switch elements {
    case .strings(let strings):
      return try ONNXTensor(name: name, shape: shape, strings: strings)
    case .numbers(let values):
      if let small = SmallFloat.of(type) {
        let codes = values.map { Int64(small.encode($0, saturates: false)) }
        return try ONNXTensor(
          name: name, dataType: type, shape: shape, bytes: InterpreterValue.pack(codes, type))
      }
      let kept = precision == .double ? .double : type
      guard let elementType = kept.elementType else {
        throw ReadError(.runInput, "values of this type are not executed", found: "\(type)")
      }
      return try ONNXTensor(Tensor(rounding: values, to: elementType, shape: shape), name: name)
    case .integers(let values):
      return try ONNXTensor(
        name: name, dataType: type, shape: shape, bytes: InterpreterValue.pack(values, type))
    }
  }

  private static func pack(_ codes: [Int64], _ type: ONNXDataType) -> Bytes {
    let bitCount = type.bitCount ?? 64
    switch bitCount {
    case 64: return Bytes(copyingElements: codes)
    case 32: return Bytes(copyingElements: codes.map { UInt32(truncatingIfNeeded: $0) })
    case 16: return Bytes(copyingElements: codes.map { UInt16(truncatingIfNeeded: $0) })
    case 8: return Bytes(copyingElements: codes.map { UInt8(truncatingIfNeeded: $0) })
    default:
      let perByte = 8 / bitCount
      var packed = [UInt8](repeating: 0, count: (codes.count + perByte - 1) / perByte)
      for (index, code) in codes.enumerated() {
        let bits = UInt8(truncatingIfNeeded: code) & (1 << UInt8(bitCount) - 1)
        packed[index / perByte] |= bits << UInt8(index % perByte * bitCount)
      }
      return Bytes(copying: packed)
    }
  }
}
