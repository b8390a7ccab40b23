import BinaryInput
import NetworkFamilies
import NetworkProgram
import ONNXModel
import TensorData
import TestSupport
import Testing

@Suite struct ProtobufEncoderTests {
  @Test func `fields have the bytes of Protocol Buffers`() throws {
    var encoder = ProtobufEncoder()
    encoder.add(150, field: 1)
    #expect(encoder.bytes == [0x08, 0x96, 0x01])
    encoder = ProtobufEncoder()
    encoder.add(-1, field: 1)
    #expect(encoder.bytes == [0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01])
    encoder = ProtobufEncoder()
    encoder.add(1, field: 16)
    #expect(encoder.bytes == [0x80, 0x01, 0x01])
    encoder = ProtobufEncoder()
    encoder.add(Float(1), field: 2)
    #expect(encoder.bytes == [0x15, 0x00, 0x00, 0x80, 0x3F])
    encoder = ProtobufEncoder()
    encoder.add("testing", field: 2)
    #expect(encoder.bytes == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
    encoder = ProtobufEncoder()
    encoder = ProtobufEncoder()
    encoder.add(Float(-2), field: 5)
    #expect(encoder.bytes == [0x2D, 0x00, 0x00, 0x00, 0xC0])
    #expect(encoder.byteCount == encoder.bytes.count)
  }

  @Test(arguments: [
    (0, 1), (1, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (Int.max, 9), (Int.min, 10),
  ])
  func `an integer takes a byte for every seven bits`(_ value: Int, _ byteCount: Int) {
    var encoder = ProtobufEncoder()
    encoder.add(value, field: 1)
    #expect(encoder.byteCount == 1 + byteCount)
    #expect(WireMessage(encoder.bytes).fields[0].number == value)
  }

  @Test func `the length of a message counts its gaps`() throws {
    var encoder = ProtobufEncoder()
    encoder.add(1, field: 1)
    try encoder.addMessage(field: 3) { (inner: inout ProtobufEncoder) throws(ReadError) in
      inner.add(150, field: 1)
      inner.addGap(byteCount: 300, field: 9, index: 4)
      inner.add(2, field: 10)
    }
    #expect(
      encoder.bytes
        == [0x08, 0x01, 0x1A, 0xB4, 0x02, 0x08, 0x96, 0x01, 0x4A, 0xAC, 0x02, 0x50, 0x02])
    #expect(encoder.byteCount == encoder.bytes.count + 300)
    #expect(encoder.gaps.map(\.position) == [11])
    #expect(encoder.gaps.map(\.byteCount) == [300])
    #expect(encoder.gaps.map(\.index) == [4])
  }
}

@Suite struct FileEncodingTests {
  @Test func `every kind of attribute, value and tensor is written`() throws {
    let tensor = try ONNXTensor(
      name: "t", dataType: .uint8, shape: [2, 1], bytes: Bytes(copying: [7, 8]))
    let texts = try ONNXTensor(name: "s", shape: [1], strings: [[0xFF, 0x41]])
    let inner = ONNXGraph(name: "inner")
    let values: [(ONNXAttribute.Value, field: Int)] = [
      (.float(0.5), 2), (.integer(-3), 3), (.string([0x61]), 4), (.tensor(tensor), 5),
      (.graph(inner), 6), (.floats([1, 2]), 7), (.integers([4, 5, 6]), 8),
      (.strings([[0x62], []]), 9), (.tensors([tensor, texts]), 10), (.graphs([inner, inner]), 11),
    ]
    var graph = ONNXGraph(name: "g")
    graph.nodes = [
      ONNXNode(
        "Op", domain: "d", name: "n", inputs: ["a", ""], outputs: ["b"],
        attributes: values.enumerated().map { ONNXAttribute("a\($0.offset)", $0.element.0) })
    ]
    graph.initializers = [tensor, texts]
    graph.inputs = [ONNXValue("a", .float, shape: [.count(3), .symbol("x"), .unknown])]
    graph.outputs = [ONNXValue("b")]
    graph.intermediates = [ONNXValue("c", .int64, shape: [])]
    var file = ONNXFile(irVersion: 8, operatorSets: ["z": 2, "": 17, "d": 1], graph: graph)
    file.modelVersion = 5
    let bytes = try file.encoded()
    #expect(try file.encoded() == bytes)

    let model = WireMessage(bytes)
    #expect(model.number(1) == 8)
    #expect(model.number(5) == 5)
    #expect(model.all(2).isEmpty)
    #expect(model.messages(8).map { $0.text(1) } == ["", "d", "z"])
    #expect(model.messages(8).map { $0.number(2) } == [17, 1, 2])
    let written = model.message(7)
    let node = written.message(1)
    #expect(node.texts(1) == ["a", ""])
    #expect(node.texts(2) == ["b"])
    #expect([node.text(3), node.text(4), node.text(7)] == ["n", "Op", "d"])
    for (index, (attribute, value)) in zip(node.messages(5), values).enumerated() {
      #expect(attribute.text(1) == "a\(index)")
      #expect(attribute.number(20) == index + 1)
      #expect(
        attribute.fields.map(\.field).filter { $0 != 1 && $0 != 20 }.allSatisfy {
          $0 == value.field
        })
    }
    #expect(node.messages(5)[0].number(2) == Int(Float(0.5).bitPattern))
    #expect(node.messages(5)[1].number(3) == -3)
    #expect(node.messages(5)[6].all(8).map(\.number) == [4, 5, 6])
    #expect(node.messages(5)[7].texts(9) == ["b", ""])
    #expect(written.messages(5)[0].all(1).map(\.number) == [2, 1])
    #expect(written.messages(5)[0].number(2) == 2)
    #expect(written.messages(5)[0].bytes(9) == [7, 8])
    #expect(written.messages(5)[1].bytes(6) == [0xFF, 0x41])
    let dimensions = written.message(11).message(2).message(1).message(2).messages(1)
    #expect(dimensions.map { $0.fields.map(\.field) } == [[1], [2], []])
    #expect(dimensions[0].number(1) == 3)
    #expect(written.message(12).fields.map(\.field) == [1])
    #expect(written.message(13).message(2).message(1).number(1) == 7)
    #expect(written.message(13).message(2).message(1).messages(2).count == 1)
  }

  @Test func `what is not kept when it is read is not written`() {
    var functions = ONNXFile(irVersion: 8, operatorSets: ["": 17], graph: ONNXGraph())
    functions.functions = [ONNXFunction("f", domain: "d")]
    var attribute = ONNXFile(irVersion: 8, operatorSets: ["": 17], graph: ONNXGraph())
    attribute.graph.nodes = [
      ONNXNode("Op", inputs: [], outputs: [], attributes: [ONNXAttribute("a", .unread("type"))])
    ]
    var value = ONNXFile(irVersion: 8, operatorSets: ["": 17], graph: ONNXGraph())
    value.graph.inputs = [ONNXValue("a")]
    value.graph.inputs[0].isOther = true
    for file in [functions, attribute, value] {
      #expect(throws: ReadError.self) { try file.encoded() }
    }
  }
}

@Suite struct ONNXExportTests {
  private func export(
    _ network: Network, _ options: ONNXExport.Options
  ) throws(ReadError) -> ONNXExport {
    try ONNXExport(
      network, name: "sample", producerVersion: "1.2",
      provenance: [ONNXFile.Property("source", "a.pth"), ONNXFile.Property("again", "ä")],
      documentation: "A text.", options: options)
  }

  private func written(_ export: ONNXExport) throws -> [UInt8] {
    let folder = TemporaryFolder()
    var file = try AtomicOutputFile(path: folder.file("m.onnx"), replacing: false)
    try export.write(to: &file)
    #expect(file.byteCount == export.fileByteCount)
    try file.commit()
    return try array(MappedFile(path: folder.file("m.onnx")).bytes)
  }

  private func writtenWeights(_ export: ONNXExport) throws -> [UInt8] {
    let folder = TemporaryFolder()
    var file = try AtomicOutputFile(path: folder.file("m.bin"), replacing: false)
    try export.writeExternalData(to: &file)
    #expect(file.byteCount == export.externalData?.byteCount)
    try file.commit()
    return try array(MappedFile(path: folder.file("m.bin")).bytes)
  }

  private func array(_ bytes: Bytes) -> [UInt8] { (0..<bytes.count).map { bytes[$0] } }

  @Test func `the file says what the network is`() throws {
    let architecture = try Architecture.sample()
    let model = try WireMessage(
      written(export(architecture.sampleNetwork(), ONNXExport.Options(form: .separate))))
    #expect(model.number(1) == 8)
    #expect([2, 3, 6].map { model.text($0) } == ["gpunet-tools", "1.2", "A text."])
    #expect(model.messages(8).map { [$0.text(1), "\($0.number(2))"] } == [["", "17"]])
    let properties = model.messages(14).map { [$0.text(1), $0.text(2)] }
    #expect(
      properties == [
        ["gpunet.architecture", "sample"],
        ["gpunet.layers", samplePlainTexts.map(\.text).joined(separator: "\n")],
        ["gpunet.resolution", "40"], ["gpunet.normalization", "separate"],
        ["source", "a.pth"], ["again", "ä"],
      ])
    let graph = model.message(7)
    #expect(graph.text(2) == "sample")
    #expect(graph.messages(11).map { $0.text(1) } == ["input"])
    #expect(graph.messages(12).map { $0.text(1) } == ["output"])
    func dimensions(_ value: WireMessage) -> [String] {
      value.message(2).message(1).message(2).messages(1).map { dimension in
        dimension.fields.map {
          $0.field == 1 ? "\($0.number)" : String(decoding: $0.bytes, as: UTF8.self)
        }
        .joined()
      }
    }
    #expect(dimensions(graph.message(11)) == ["batch", "3", "40", "40"])
    #expect(dimensions(graph.message(12)) == ["batch", "5"])
  }

  @Test func `the nodes are the steps of the layers`() throws {
    let architecture = try Architecture.sample()
    let graph = try WireMessage(
      written(export(architecture.sampleNetwork(), ONNXExport.Options(form: .separate)))
    ).message(7)
    let nodes = graph.messages(1)
    #expect(
      nodes.map { $0.text(4) } == [
        "Conv", "BatchNormalization", "Sigmoid", "Mul",  // prologue
        "Conv", "BatchNormalization", "Relu",  // conv
        "Conv", "BatchNormalization", "Sigmoid", "Mul", "Conv", "BatchNormalization",  // er
        "Conv", "BatchNormalization", "Relu", "Conv", "BatchNormalization", "Relu",  // irb
        "GlobalAveragePool", "Conv", "Relu", "Conv", "Sigmoid", "Mul",  // its squeeze-excite
        "Conv", "BatchNormalization", "Add",
        "Conv", "BatchNormalization", "Relu", "GlobalAveragePool", "Flatten", "Gemm",  // epilogue
      ])
    #expect(nodes[0].text(3) == "/head: 2/net.0")
    #expect(Set(nodes.map { $0.text(3) }).count == nodes.count)
    #expect(Set(nodes.flatMap { $0.texts(2) }).count == nodes.count)
    var known: Set = ["input"]
    known.formUnion(graph.messages(5).map { $0.text(8) })
    for node in nodes {
      #expect(Set(node.texts(1)).isSubset(of: known))
      known.formUnion(node.texts(2))
    }
    #expect(known.contains("output"))

    func integers(_ node: WireMessage) -> [String: [Int]] {
      var result: [String: [Int]] = [:]
      for attribute in node.messages(5) {
        result[attribute.text(1)] =
          attribute.number(20) == 2
          ? [attribute.number(3)] : attribute.all(8).map(\.number)
      }
      return result
    }
    #expect(
      integers(nodes[0]) == [
        "dilations": [1, 1], "group": [1], "kernel_shape": [3, 3], "pads": [1, 1, 1, 1],
        "strides": [2, 2],
      ])
    // The first layer's norm, the depthwise convolution and the classifier.
    #expect(nodes[1].messages(5).map { $0.text(1) } == ["epsilon"])
    #expect(nodes[1].messages(5)[0].number(2) == Int(Float(1e-3).bitPattern))
    #expect(
      nodes[1].texts(1)
        == ["/head: 2/net.0"]
        + ["weight", "bias", "running_mean", "running_var"].map { "network.head: 2.net.1.\($0)" })
    #expect(integers(nodes[16])["group"] == [16])
    #expect(integers(nodes[33]) == ["transB": [1]])
    // The residual takes the layer's input, the gate's product what the gate was made from.
    #expect(nodes[27].texts(1) == [nodes[26].text(3), nodes[12].text(3)])
    #expect(nodes[24].texts(1) == [nodes[18].text(3), nodes[23].text(3)])
  }

  @Test(arguments: [(10, ElementType.f32), (11, .f32), (17, .f64), (21, .f16)])
  func `relu6 is a bound on both sides`(_ opset: Int, _ type: ElementType) throws {
    let network = try Architecture.sample().sampleNetwork(type: type).altered(
      by: [1, 3].map { layer in
        .steps(layer: layer) { $0 == .activation(.relu) ? .activation(.relu6) : $0 }
      })
    var options = ONNXExport.Options(form: .separate)
    options.opset = opset
    let graph = try WireMessage(written(export(network, options))).message(7)
    let clips = graph.messages(1).filter { $0.text(4) == "Clip" }
    #expect(clips.count == 3)
    let bounds = graph.messages(5).filter { $0.text(8).hasPrefix("clip/") }
    for clip in clips {
      // Before version 11 the bounds are attributes.
      #expect(clip.messages(5).map { $0.text(1) } == (opset < 11 ? ["min", "max"] : []))
      #expect(
        clip.messages(5).map { $0.number(2) }
          == (opset < 11 ? [0, Int(Float(6).bitPattern)] : []))
      #expect(Array(clip.texts(1).dropFirst()) == bounds.map { $0.text(8) })
    }
    #expect(bounds.map { $0.text(8) } == (opset < 11 ? [] : ["clip/min", "clip/max"]))
    for (bound, value) in zip(bounds, [0.0, 6.0]) {
      #expect(bound.all(1).isEmpty)
      #expect(bound.number(2) == ONNXDataType(type).rawValue)
      #expect(
        try bound.bytes(9)
          == array(Tensor([value], shape: []).converted(to: type).contiguousBytes()))
    }
  }

  @Test(arguments: [NormalizationForm.separate, .folded], [ElementType.f32, .f64, .f16, .bf16])
  func `the initializers are the parameters that inference reads`(
    _ form: NormalizationForm, _ type: ElementType
  ) throws {
    let network = try Architecture.sample(sampleDistilledTexts).sampleNetwork(type: type)
    let expected = try (form == .folded ? network.folded() : network).parameters
      .filter { $0.tensor.elementType.isFloatingPoint }
    let export = try export(network, ONNXExport.Options(form: form))
    let initializers = try WireMessage(written(export)).message(7).messages(5)
    #expect(initializers.map { $0.text(8) } == expected.map(\.name))
    for (initializer, (_, tensor)) in zip(initializers, expected) {
      #expect(initializer.all(1).map(\.number) == tensor.shape)
      // A folded parameter of 16 bits that are no ONNX type is rounded once, and not to them first.
      guard type != .bf16 || form == .separate else {
        #expect(initializer.number(2) == 1)
        continue
      }
      let kept = try tensor.converted(to: type == .bf16 ? .f32 : type)
      #expect(initializer.number(2) == ONNXDataType(kept.elementType).rawValue)
      #expect(try initializer.bytes(9) == array(kept.contiguousBytes()))
    }
  }

  @Test func `weights of 16 bits come with casts at both ends`() throws {
    var options = ONNXExport.Options(form: .separate)
    options.elementType = .f16
    let network = try Architecture.sample().sampleNetwork()
    let graph = try WireMessage(written(export(network, options))).message(7)
    let nodes = graph.messages(1)
    #expect([nodes[0].text(4), nodes[nodes.count - 1].text(4)] == ["Cast", "Cast"])
    #expect(nodes[0].message(5).number(3) == 10)
    #expect(nodes[nodes.count - 1].message(5).number(3) == 1)
    for end in [graph.message(11), graph.message(12)] {
      #expect(end.message(2).message(1).number(1) == 1)
    }
    for initializer in graph.messages(5) {
      let tensor = try #require(network.parameters[initializer.text(8)]).converted(to: .f16)
      #expect(initializer.number(2) == 10)
      #expect(try initializer.bytes(9) == array(tensor.contiguousBytes()))
    }
  }

  @Test(arguments: zip(10...21, [5, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 10]))
  func `each version of the operators comes with that of the format`(
    _ opset: Int, _ irVersion: Int
  ) throws {
    var options = ONNXExport.Options(form: .folded)
    options.opset = opset
    let model = try WireMessage(written(export(Architecture.sample().sampleNetwork(), options)))
    #expect(model.number(1) == irVersion)
    #expect(model.message(8).number(2) == opset)
  }

  @Test func `the same network gives the same bytes`() throws {
    let network = try Architecture.sample().sampleNetwork()
    for form in NormalizationForm.allCases {
      let options = ONNXExport.Options(form: form)
      #expect(try written(export(network, options)) == written(export(network, options)))
    }
  }

  @Test(arguments: [NormalizationForm.separate, .folded], [10, 17, 21])
  func `what is read back is the network that was written`(
    _ form: NormalizationForm, _ opset: Int
  ) throws {
    for texts in [samplePlainTexts, sampleDistilledTexts] {
      let architecture = try Architecture.sample(texts)
      let network = try architecture.sampleNetwork()
      var options = ONNXExport.Options(form: form)
      options.opset = opset
      let bytes = Bytes(copying: try written(export(network, options)))
      let lifted = try LiftedNetwork(ONNXFile(reading: bytes, path: "m.onnx"))
      #expect(lifted.form == form)
      #expect(lifted.unusedNames.isEmpty)
      #expect(lifted.architecture.resolution == architecture.resolution)
      let read = try lifted.network(namedAs: architecture).parameters
      let expected = try (form == .folded ? network.folded() : network).parameters
      #expect(read.names == expected.names)
      for (name, tensor) in expected where tensor.elementType.isFloatingPoint {
        let found = try #require(read[name])
        #expect(try found.contiguousBytes() == tensor.contiguousBytes(), "\(name)")
      }
    }
  }

  @Test func `external data are the bytes that would be inside`() throws {
    let network = try Architecture.sample(sampleDistilledTexts).sampleNetwork()
    var options = ONNXExport.Options(form: .folded)
    let inside = try WireMessage(written(export(network, options))).message(7).messages(5)
    #expect(try export(network, options).externalData == nil)
    options.weights = .beside(fileName: "m.bin")
    let export = try export(network, options)
    let outside = try WireMessage(written(export)).message(7).messages(5)
    let data = try writtenWeights(export)
    #expect(inside.count == outside.count)
    var end = 0
    for (first, second) in zip(inside, outside) {
      #expect(second.number(14) == 1)
      #expect(second.all(9).isEmpty)
      let entries = second.messages(13).map { [$0.text(1), $0.text(2)] }
      #expect(entries.map { $0[0] } == ["location", "offset", "length"])
      #expect(entries[0][1] == "m.bin")
      let offset = try #require(Int(entries[1][1]))
      let length = try #require(Int(entries[2][1]))
      #expect(offset >= end && offset.isMultiple(of: length < 4_096 ? 64 : 4_096))
      #expect(first.bytes(9) == Array(data[offset..<(offset + length)]))
      end = offset + length
    }
    #expect(end == data.count)
  }

  @Test func `a height and width that are dynamic have names`() throws {
    var options = ONNXExport.Options(form: .folded)
    options.hasDynamicSize = true
    let graph = try WireMessage(written(export(Architecture.sample().sampleNetwork(), options)))
      .message(7)
    let shape = graph.message(11).message(2).message(1).message(2).messages(1)
    #expect(
      shape.map { $0.all(2).map { String(decoding: $0.bytes, as: UTF8.self) } }
        == [["batch"], [], ["height"], ["width"]])
  }

  @Test func `options that cannot be had are refused`() throws {
    let network = try Architecture.sample().sampleNetwork()
    func refuses(_ network: Network, _ change: (inout ONNXExport.Options) -> Void) {
      var options = ONNXExport.Options(form: .folded)
      change(&options)
      let chosen = options
      let error = #expect(throws: ReadError.self) { try export(network, chosen) }
      #expect(error?.code == .onnxExport)
    }
    refuses(network) { $0.opset = 9 }
    refuses(network) { $0.opset = 22 }
    refuses(network) { $0.elementType = .bf16 }
    refuses(network) { $0.elementType = .i8 }
    for name in ["", ".", "..", "a/b", "/a", "a\\b", "a\0b"] {
      refuses(network) { $0.weights = .beside(fileName: name) }
    }
    refuses(try network.folded()) { $0.form = .separate }
  }

  @Test func `a file that would be too large asks for external data`() throws {
    let small = try Architecture.sample()
    let architecture = try Architecture(
      entries: small.entries.dropLast() + [
        Architecture.Entry(try Layer(parsing: "epilogue_i6_o1152_s1_relu"), stage: nil)
      ], resolution: small.resolution, classCount: 1_000_000)
    let network = try architecture.networkOfZeros()
    var options = ONNXExport.Options(form: .folded)
    let inside = options
    let error = #expect(throws: ReadError.self) { try export(network, inside) }
    #expect(error?.code == .onnxExport)
    #expect(error?.advice == "write the weights as external data")
    options.weights = .insideUnlessTooLarge(fileName: "weights.bin")
    #expect(try export(network, options).externalData?.fileName == "weights.bin")
    #expect(try export(small.sampleNetwork(), options).externalData == nil)
    options.weights = .beside(fileName: "weights.bin")
    #expect(try export(network, options).externalData?.byteCount ?? 0 > 4_000_000_000)
  }

  @Test func `a weight beyond the range of 16 bits is refused`() throws {
    let network = try Architecture.sample().sampleNetwork()
    let name = "network.head: 2.net.1.running_var"
    let tensor = Tensor([Float](repeating: 65_520, count: 4), shape: [4])
    let altered = try network.altered(by: [.parameter(network.slot(named: name), tensor)])
    var options = ONNXExport.Options(form: .separate)
    options.elementType = .f16
    let export = try export(altered, options)
    let error = #expect(throws: ReadError.self) { try written(export) }
    #expect(error?.code == .networkParameter)
    #expect(error?.path == [name])
  }
}

/// Reads the fields of a message one by one; what is no such message ends the test.
private struct WireMessage {
  struct Field {
    var field: Int
    /// The value of a field that is a number, or the pattern of one of 32 bits.
    var number = 0
    var bytes: [UInt8] = []
  }

  var fields: [Field] = []

  init(_ bytes: [UInt8]) {
    var rest = bytes[...]
    func varint() -> UInt64 {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while true {
        let byte = rest.removeFirst()
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }
    while !rest.isEmpty {
      let key = varint()
      var field = Field(field: Int(key >> 3))
      switch key & 7 {
      case 0: field.number = Int(Int64(bitPattern: varint()))
      case 2:
        let count = Int(varint())
        precondition(count <= rest.count, "the content is there")
        field.bytes = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
      case 5:
        for place in 0..<4 { field.number |= Int(rest.removeFirst()) << (8 * place) }
      default: preconditionFailure("another kind of field")
      }
      fields.append(field)
    }
  }

  func all(_ field: Int) -> [Field] { fields.filter { $0.field == field } }

  func number(_ field: Int) -> Int { all(field)[0].number }
  func bytes(_ field: Int) -> [UInt8] { all(field)[0].bytes }
  func text(_ field: Int) -> String { String(decoding: bytes(field), as: UTF8.self) }
  func texts(_ field: Int) -> [String] {
    all(field).map { String(decoding: $0.bytes, as: UTF8.self) }
  }
  func message(_ field: Int) -> WireMessage { WireMessage(bytes(field)) }
  func messages(_ field: Int) -> [WireMessage] { all(field).map { WireMessage($0.bytes) } }
}
