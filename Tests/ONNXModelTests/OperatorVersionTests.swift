import BinaryInput
import ONNXModel
import TensorData
import Testing

/// Single nodes whose results are computed by hand, where versions of an operator differ, types
/// are narrow, or a file could ask for what would end the process.
@Suite struct OperatorVersionTests {
  private static func numbers(_ values: [Float], _ shape: [Int]) throws -> ONNXTensor {
    try ONNXTensor(Tensor(values, shape: shape))
  }

  private static func integers(_ values: [Int64]) throws -> ONNXTensor {
    try ONNXTensor(Tensor(values, shape: [values.count]))
  }

  private static func bytes(_ type: ONNXDataType, _ values: [UInt8]) throws -> ONNXTensor {
    try ONNXTensor(dataType: type, shape: [values.count], bytes: Bytes(copying: values))
  }

  /// Executes one node; nil stands for an input that is not given.
  private static func run(
    _ operatorType: String, opset: Int, _ inputs: [ONNXTensor?], outputs: Int = 1,
    _ attributes: [ONNXAttribute] = [], precision: ONNXInterpreter.Precision = .declared,
    liveByteLimit: Int = 1 << 24
  ) throws -> [ONNXTensor] {
    var given: [String: ONNXTensor] = [:]
    var names: [String] = []
    for (index, input) in inputs.enumerated() {
      names.append(input == nil ? "" : "x\(index)")
      if let input { given["x\(index)"] = input }
    }
    let results = (0..<outputs).map { "y\($0)" }
    let node = ONNXNode(operatorType, inputs: names, outputs: results, attributes: attributes)
    let graph = ONNXGraph(
      nodes: [node],
      inputs: names.filter { !$0.isEmpty }.map { ONNXValue($0, given[$0]?.dataType) },
      outputs: results.map { ONNXValue($0) })
    let file = ONNXFile(irVersion: 10, operatorSets: ["": opset], graph: graph)
    return try ONNXInterpreter(file, precision: precision)
      .run(given, liveByteLimit: liveByteLimit).map(\.value)
  }

  private static func doubles(_ tensors: [ONNXTensor]) throws -> [Double] {
    try #require(tensors.first?.tensor).doubles()
  }

  private static func bytes(_ tensors: [ONNXTensor]) throws -> [UInt8] {
    guard case .bytes(let bytes)? = tensors.first?.content else { return [] }
    return (0..<bytes.count).map { bytes[$0] }
  }

  @Test func `Softmax takes all axes from the first on before version 13, and one since`() throws {
    let zeros = try Self.numbers([0, 0, 0, 0, 0, 0, 0, 0], [1, 2, 4])
    #expect(try Self.doubles(Self.run("Softmax", opset: 12, [zeros])).allSatisfy { $0 == 0.125 })
    #expect(try Self.doubles(Self.run("Softmax", opset: 13, [zeros])).allSatisfy { $0 == 0.25 })
  }

  @Test func `Clip has its bounds from attributes before version 11, and from inputs since`()
    throws
  {
    let x = try Self.numbers([-3, 0.5, 9], [3])
    let old = try Self.run("Clip", opset: 10, [x], [ONNXAttribute("max", .float(2))])
    #expect(try Self.doubles(old) == [-3, 0.5, 2])
    let new = try Self.run("Clip", opset: 11, [x, Self.numbers([-1], [])])
    #expect(try Self.doubles(new) == [-1, 0.5, 9])
  }

  @Test func `Add of version 6 has its second input's axes where an attribute says`() throws {
    let a = try Self.numbers([0, 0, 0, 0], [2, 2])
    let b = try Self.numbers([1, 2], [2])
    let axis = [ONNXAttribute("broadcast", .integer(1)), ONNXAttribute("axis", .integer(0))]
    #expect(try Self.doubles(Self.run("Add", opset: 6, [a, b], axis)) == [1, 1, 2, 2])
    #expect(try Self.doubles(Self.run("Add", opset: 7, [a, b])) == [1, 2, 1, 2])
  }

  @Test func `Squeeze, ReduceSum and ReduceMean have their axes from inputs since 13, 13 and 18`()
    throws
  {
    let x = try Self.numbers([1, 2, 3, 5], [1, 2, 2])
    let axes = ONNXAttribute("axes", .integers([1]))
    #expect(
      try Self.run("Squeeze", opset: 12, [x], [ONNXAttribute("axes", .integers([0]))])[0].shape
        == [2, 2])
    #expect(try Self.run("Squeeze", opset: 13, [x, Self.integers([0])])[0].shape == [2, 2])
    #expect(try Self.doubles(Self.run("ReduceSum", opset: 12, [x], [axes])) == [4, 7])
    #expect(
      try Self.doubles(Self.run("ReduceSum", opset: 13, [x, Self.integers([1])])) == [4, 7])
    #expect(try Self.doubles(Self.run("ReduceMean", opset: 17, [x], [axes])) == [2, 3.5])
    let new = try Self.run("ReduceMean", opset: 18, [x, Self.integers([-1])])
    #expect(try Self.doubles(new) == [1.5, 4])
    let noop = [ONNXAttribute("noop_with_empty_axes", .integer(1))]
    #expect(
      try Self.doubles(Self.run("ReduceMean", opset: 18, [x, Self.integers([])], noop))
        == [1, 2, 3, 5])
  }

  @Test func `Slice and Pad have their places from attributes before versions 10 and 11`() throws {
    let x = try Self.numbers([1, 2, 3, 4, 5], [5])
    let places = [
      ONNXAttribute("starts", .integers([1])), ONNXAttribute("ends", .integers([-1])),
    ]
    #expect(try Self.doubles(Self.run("Slice", opset: 9, [x], places)) == [2, 3, 4])
    let backwards = try Self.run(
      "Slice", opset: 13,
      [x, Self.integers([-1]), Self.integers([.min]), Self.integers([0]), Self.integers([-2])])
    #expect(try Self.doubles(backwards) == [5, 3, 1])
    let pads = [ONNXAttribute("pads", .integers([1, -3])), ONNXAttribute("value", .float(7))]
    #expect(try Self.doubles(Self.run("Pad", opset: 10, [x], pads)) == [7, 1, 2])
  }

  @Test(arguments: [
    ("reflect", [3.0, 2, 1, 2, 3, 2]), ("edge", [1, 1, 1, 2, 3, 3]), ("wrap", [2, 3, 1, 2, 3, 1]),
    ("constant", [0, 0, 1, 2, 3, 0]),
  ]) func `Pad fills in what its mode says`(_ mode: String, _ expected: [Double]) throws {
    let x = try Self.numbers([1, 2, 3], [3])
    let attribute = ONNXAttribute("mode", .string(Array(mode.utf8)))
    let padded = try Self.run("Pad", opset: 19, [x, Self.integers([2, 1])], [attribute])
    #expect(try Self.doubles(padded) == expected)
  }

  @Test func `Pad of version 18 has axes, and Split of it a smaller last part`() throws {
    let x = try Self.numbers([1, 2], [1, 2])
    let padded = try Self.run(
      "Pad", opset: 18, [x, Self.integers([1, 0]), nil, Self.integers([-1])])
    #expect(padded[0].shape == [1, 3])
    #expect(try Self.doubles(padded) == [0, 1, 2])
    let y = try Self.numbers([1, 2, 3, 4, 5], [5])
    let parts = try Self.run(
      "Split", opset: 18, [y], outputs: 2, [ONNXAttribute("num_outputs", .integer(2))])
    #expect(parts.map(\.shape) == [[3], [2]])
    let error = #expect(throws: ReadError.self) {
      try Self.run("Split", opset: 13, [y], outputs: 2)
    }
    #expect(error?.code == .runShape)
  }

  @Test func `Reshape takes a 0 for the input's count, or as it stands`() throws {
    let empty = try Self.numbers([], [0, 3])
    let plain = try Self.run("Reshape", opset: 14, [empty, Self.integers([0, 3, 1])])
    #expect(plain[0].shape == [0, 3, 1])
    let swapped = try Self.run(
      "Reshape", opset: 14, [empty, Self.integers([3, 0])],
      [ONNXAttribute("allowzero", .integer(1))])
    #expect(swapped[0].shape == [3, 0])
  }

  @Test func `pooling that rounds up leaves out windows that start after the input`() throws {
    let x = try Self.numbers([1, 2, 3, 4], [1, 1, 4])
    let attributes = [
      ONNXAttribute("kernel_shape", .integers([2])), ONNXAttribute("strides", .integers([3])),
      ONNXAttribute("pads", .integers([0, 1])), ONNXAttribute("ceil_mode", .integer(1)),
    ]
    // Windows start at 0 and 3; the second one has one element of padding.
    #expect(try Self.doubles(Self.run("AveragePool", opset: 19, [x], attributes)) == [1.5, 4])
    let counted = attributes + [ONNXAttribute("count_include_pad", .integer(1))]
    #expect(try Self.doubles(Self.run("AveragePool", opset: 19, [x], counted)) == [1.5, 2])
    let dilated = [
      ONNXAttribute("kernel_shape", .integers([2])), ONNXAttribute("dilations", .integers([2])),
    ]
    #expect(try Self.doubles(Self.run("AveragePool", opset: 19, [x], dilated)) == [2, 3])
  }

  @Test func `MaxPool counts places by rows or by columns`() throws {
    let x = try Self.numbers([1, 2, 9, 4, 5, 6], [1, 1, 2, 3])
    let window = ONNXAttribute("kernel_shape", .integers([2, 3]))
    let rows = try Self.run("MaxPool", opset: 12, [x], outputs: 2, [window])
    let columns = try Self.run(
      "MaxPool", opset: 12, [x], outputs: 2, [window, ONNXAttribute("storage_order", .integer(1))])
    #expect(try Self.doubles([rows[1]]) == [2])
    #expect(try Self.doubles([columns[1]]) == [4])
  }

  @Test func `Swish is there from version 24 on`() throws {
    let x = try Self.numbers([0, 2], [2])
    let attribute = ONNXAttribute("alpha", .float(0.5))
    let values = try Self.doubles(
      Self.run("Swish", opset: 24, [x], [attribute], precision: .double))
    #expect(values[0] == 0)
    // 2 · σ(1)
    #expect(abs(values[1] - 1.462_117_157_260_009_8) < 1e-15)
    let error = #expect(throws: ReadError.self) { try Self.run("Swish", opset: 23, [x]) }
    #expect(error?.code == .onnxUnsupportedOperator)
    #expect(error?.found == "Swish of version 23")
  }

  @Test func `results are rounded to their type, or not at all`() throws {
    let a = try Self.numbers([1], [1])
    let b = try Self.numbers([3], [1])
    let rounded = try Self.run("Div", opset: 14, [a, b])
    #expect(rounded[0].dataType == .float)
    #expect(try Self.doubles(rounded) == [Double(Float(1) / Float(3))])
    let exact = try Self.run("Div", opset: 14, [a, b], precision: .double)
    #expect(exact[0].dataType == .double)
    #expect(try Self.doubles(exact) == [1.0 / 3])
  }

  @Test func `integers wrap around, and no division ends the process`() throws {
    let a = try Self.integers([.min, 7, -7])
    let b = try Self.integers([-1, 0, 2])
    #expect(try Self.doubles(Self.run("Div", opset: 14, [a, b])) == [Double(Int64.min), 0, -3])
    let sum = try Self.run(
      "Add", opset: 14, [Self.bytes(.uint8, [250]), Self.bytes(.uint8, [10])])
    #expect(try Self.bytes(sum) == [4])
    let negative = try Self.run("Neg", opset: 13, [Self.bytes(.int8, [0x80])])
    #expect(try Self.bytes(negative) == [0x80])
    let wide = try ONNXTensor(
      dataType: .uint64, shape: [1], bytes: Bytes(copyingElements: [UInt64.max]))
    let magnitude = try Self.run("Abs", opset: 13, [wide])
    #expect(try Self.bytes(magnitude) == [UInt8](repeating: 0xFF, count: 8))
  }

  @Test(arguments: [
    // The greatest finite number, what is beyond half a step after it, an infinity, NaN, a tie.
    (ONNXDataType.float8e4m3fn, 1, [0x7E, 0x7E, 0xFE, 0x7F, 0x38]),
    (.float8e4m3fn, 0, [0x7E, 0x7F, 0x7F, 0x7F, 0x38]),
    (.float8e5m2, 1, [0x5F, 0x60, 0xFB, 0x7F, 0x3C]),
    (.float8e5m2, 0, [0x5F, 0x60, 0xFC, 0x7F, 0x3C]),
    (.float8e4m3fnuz, 1, [0x7F, 0x7F, 0xFF, 0x80, 0x40]),
    (.float8e4m3fnuz, 0, [0x80, 0x80, 0x80, 0x80, 0x40]),
  ]) func `numbers of 8 bits saturate or not`(
    _ type: ONNXDataType, _ saturates: Int, _ expected: [UInt8]
  ) throws {
    let x = try Self.numbers([448, 500, -.infinity, .nan, 1.0625], [5])
    let attributes = [
      ONNXAttribute("to", .integer(type.rawValue)),
      ONNXAttribute("saturate", .integer(saturates)),
    ]
    #expect(try Self.bytes(Self.run("Cast", opset: 19, [x], attributes)) == expected)
  }

  @Test func `numbers are cast beyond the range of integers, and to and from texts`() throws {
    let x = try Self.numbers([.nan, .infinity, -2.9, 300], [4])
    let toBytes = [ONNXAttribute("to", .integer(ONNXDataType.uint8.rawValue))]
    #expect(try Self.bytes(Self.run("Cast", opset: 13, [x], toBytes)) == [0, 255, 254, 44])
    let texts = try ONNXTensor(shape: [3], strings: ["1e3", "-INF", "nan"].map { Array($0.utf8) })
    let toNumbers = [ONNXAttribute("to", .integer(ONNXDataType.float.rawValue))]
    let values = try Self.doubles(Self.run("Cast", opset: 13, [texts], toNumbers))
    #expect(values[0] == 1_000 && values[1] == -.infinity && values[2].isNaN)
    let word = try ONNXTensor(shape: [1], strings: [Array("one".utf8)])
    let error = #expect(throws: ReadError.self) {
      try Self.run("Cast", opset: 13, [word], toNumbers)
    }
    #expect(error?.code == .runInput)
  }

  @Test func `quantization is by tensor, by axis and by block, ties to even`() throws {
    let x = try Self.numbers([1, 3, 5, -300], [1, 4])
    let one = try ONNXTensor(dataType: .int8, shape: [], bytes: Bytes(copying: [1]))
    let whole = try Self.run("QuantizeLinear", opset: 13, [x, Self.numbers([2], []), one])
    // 0.5, 1.5, 2.5 and -150, to even, and 1 more, in -128 to 127.
    #expect(try Self.bytes(whole) == [1, 3, 3, 0x80])
    let packed = try ONNXTensor(
      dataType: .int4, shape: [1, 4], bytes: Bytes(copying: [0xF1, 0x82]))
    let blocks = try Self.run(
      "DequantizeLinear", opset: 21, [packed, Self.numbers([1, 10], [1, 2])],
      [ONNXAttribute("block_size", .integer(2))])
    #expect(try Self.doubles(blocks) == [1, -1, 20, -80])
    let axes = try Self.run(
      "DequantizeLinear", opset: 13,
      [
        ONNXTensor(dataType: .uint8, shape: [2, 2], bytes: Bytes(copying: [1, 2, 3, 4])),
        Self.numbers([1, 10], [2]), Self.bytes(.uint8, [1, 2]),
      ], [ONNXAttribute("axis", .integer(0))])
    #expect(try Self.doubles(axes) == [0, 1, 10, 20])
  }

  @Test func `all unsupported operators are listed at once`() {
    let nodes = [
      ONNXNode("Relu", inputs: ["x"], outputs: ["a"]),
      ONNXNode("Erf", inputs: ["a"], outputs: ["b"]),
      ONNXNode("Gelu", domain: "com.microsoft", inputs: ["b"], outputs: ["c"]),
      ONNXNode("Erf", inputs: ["c"], outputs: ["d"]),
    ]
    let file = ONNXFile(irVersion: 8, operatorSets: ["": 17], graph: ONNXGraph(nodes: nodes))
    #expect(
      ONNXInterpreter.unsupportedOperators(of: file) == ["Erf", "com.microsoft.Gelu"])
    var late = file
    late.operatorSets = ["": 29]
    #expect(ONNXInterpreter.unsupportedOperators(of: late)[0] == "Relu of version 29")
  }

  /// A node that a file could have, and the code of the error that it must give.
  struct BadNode: Sendable, CustomTestStringConvertible {
    var operatorType: String
    var integers: [[Int64]] = []
    var attributes: [ONNXAttribute] = []
    var code: ErrorCode
    var testDescription: String { "\(operatorType) \(integers) \(attributes.map(\.name))" }
  }

  static let badNodes = [
    BadNode(operatorType: "Pad", integers: [[.min, .max, 0, 0]], code: .runShape),
    BadNode(operatorType: "Pad", integers: [[0, 0, 1 << 40, 0]], code: .onnxLimit),
    BadNode(operatorType: "Expand", integers: [[1 << 40, 1, 1]], code: .onnxLimit),
    BadNode(operatorType: "Expand", integers: [[0, 1 << 40, 1, 1]], code: .onnxLimit),
    BadNode(operatorType: "Expand", integers: [[.max, .max, 1, 1]], code: .onnxLimit),
    BadNode(operatorType: "Reshape", integers: [[.min]], code: .runShape),
    BadNode(operatorType: "Reshape", integers: [[.max, .max]], code: .runShape),
    BadNode(operatorType: "Slice", integers: [[0], [9], [0], [0]], code: .runAttribute),
    BadNode(operatorType: "Slice", integers: [[0], [9], [7]], code: .runAttribute),
    BadNode(operatorType: "Gather", integers: [[.min]], code: .runInput),
    BadNode(operatorType: "Unsqueeze", integers: [[.min]], code: .runAttribute),
    BadNode(operatorType: "Squeeze", integers: [[0]], code: .runShape),
    BadNode(
      operatorType: "Transpose", attributes: [ONNXAttribute("perm", .integers([0, 0]))],
      code: .runAttribute),
    BadNode(
      operatorType: "Flatten", attributes: [ONNXAttribute("axis", .integer(.min))],
      code: .runAttribute),
    BadNode(
      operatorType: "MaxPool", attributes: [ONNXAttribute("kernel_shape", .integers([1]))],
      code: .runShape),
    BadNode(
      operatorType: "Cast", attributes: [ONNXAttribute("to", .integer(99))], code: .runAttribute),
    BadNode(operatorType: "Add", integers: [[1]], code: .runInput),
    BadNode(operatorType: "MatMul", code: .runInput),
  ]

  @Test(arguments: badNodes) func `what does not fit is an error`(_ bad: BadNode) throws {
    var inputs: [ONNXTensor?] = [try Self.numbers([1, 2, 3, 4], [2, 2])]
    for integers in bad.integers { inputs.append(try Self.integers(integers)) }
    let error = #expect(throws: ReadError.self) {
      try Self.run(bad.operatorType, opset: 17, inputs, bad.attributes)
    }
    #expect(error?.code == bad.code)
  }

  @Test func `what would take too long is not begun`() throws {
    func what(
      _ operatorType: String, _ inputs: [ONNXTensor?], _ facts: [(String, [Int])]
    ) throws -> String? {
      #expect(throws: ReadError.self) {
        try Self.run(
          operatorType, opset: 17, inputs,
          facts.map { ONNXAttribute($0.0, .integers($0.1)) })
      }?.what
    }
    let tooLong = "the graph would be executed for too long"
    let row = try Self.numbers([1, 2, 3, 4], [1, 1, 4])
    let most = 1 << 27
    for name in ["AveragePool", "MaxPool"] {
      let found = try what(name, [row], [("kernel_shape", [most]), ("pads", [most, most])])
      #expect(found == tooLong)
    }
    let count = 1 << 20
    let long = try Self.numbers([Float](repeating: 1, count: count), [1, 1, count])
    #expect(try what("Conv", [long, long], [("pads", [count, count])]) == tooLong)
  }
}
