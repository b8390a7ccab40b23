import BinaryInput
import NetworkFamilies
import NetworkProgram
import ONNXModel
import TensorData
import TestSupport
import Testing

/// The same network written in other ways, as exporters and simplifiers do.
struct Rewriting: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var opset = 13
  let change: @Sendable (inout ONNXGraph) throws -> Void

  static let all: [Rewriting] = [
    Rewriting(testDescription: "operands exchanged") { graph in
      graph.rewrite("Mul", "Add") { node, _ in
        var node = node
        node.inputs.reverse()
        return [node]
      }
    },
    Rewriting(testDescription: "relu as the larger one of a value and 0") { graph in
      graph.initializers.append(try ONNXTensor(Tensor([Float(0)], shape: []), name: "zero"))
      graph.rewrite("Relu") { node, _ in
        [ONNXNode("Max", inputs: ["zero", node.inputs[0]], outputs: node.outputs)]
      }
    },
    Rewriting(testDescription: "relu as a clip with inputs") { graph in
      graph.initializers.append(try ONNXTensor(Tensor([Float(0)], shape: []), name: "zero"))
      graph.rewrite("Relu") { node, _ in
        [ONNXNode("Clip", inputs: [node.inputs[0], "zero"], outputs: node.outputs)]
      }
    },
    Rewriting(testDescription: "relu as a clip with attributes", opset: 10) { graph in
      graph.rewrite("Relu") { node, _ in
        [
          ONNXNode(
            "Clip", inputs: node.inputs, outputs: node.outputs,
            attributes: [ONNXAttribute("min", .float(0)), ONNXAttribute("max", .float(.infinity))])
        ]
      }
    },
    Rewriting(testDescription: "relu as a bound below after one above that bounds nothing") {
      graph in
      graph.initializers += [
        try ONNXTensor(Tensor([Float(0)], shape: []), name: "zero"),
        try ONNXTensor(Tensor([Float.infinity], shape: []), name: "infinity"),
      ]
      graph.rewrite("Relu") { node, index in
        [
          ONNXNode("Min", inputs: ["infinity", node.inputs[0]], outputs: ["bounded\(index)"]),
          ONNXNode("Max", inputs: ["bounded\(index)", "zero"], outputs: node.outputs),
        ]
      }
    },
    Rewriting(testDescription: "identities and dropouts between nodes") { graph in
      graph.rewrite("Relu", "Add", "GlobalAveragePool") { node, index in
        var first = node
        first.outputs = ["\(node.outputs[0])/before"]
        return [
          first,
          ONNXNode("Identity", inputs: first.outputs, outputs: ["between\(index)"]),
          ONNXNode("Dropout", inputs: ["between\(index)"], outputs: node.outputs),
        ]
      }
    },
    Rewriting(testDescription: "means as reductions with axes as inputs", opset: 18) { graph in
      graph.initializers.append(
        try ONNXTensor(Tensor([Int64(-1), -2], shape: [2]), name: "axes"))
      graph.rewrite("GlobalAveragePool", "ReduceMean") { node, _ in
        [ONNXNode("ReduceMean", inputs: [node.inputs[0], "axes"], outputs: node.outputs)]
      }
    },
    Rewriting(testDescription: "flatten as a reshape to a computed shape") { graph in
      graph.initializers += [
        try ONNXTensor(Tensor([Int64(0)], shape: []), name: "first"),
        try ONNXTensor(Tensor([Int64(-1)], shape: [1]), name: "rest"),
        try ONNXTensor(Tensor([Int64(0)], shape: [1]), name: "axis"),
      ]
      graph.rewrite("Flatten") { node, _ in
        [
          ONNXNode("Shape", inputs: node.inputs, outputs: ["s"]),
          ONNXNode("Gather", inputs: ["s", "first"], outputs: ["n"]),
          ONNXNode("Unsqueeze", inputs: ["n", "axis"], outputs: ["n1"]),
          ONNXNode(
            "Concat", inputs: ["n1", "rest"], outputs: ["shape"],
            attributes: [ONNXAttribute("axis", .integer(0))]),
          ONNXNode("Reshape", inputs: [node.inputs[0], "shape"], outputs: node.outputs),
        ]
      }
    },
    Rewriting(testDescription: "classifier as a product and a sum") { graph in
      graph.rewrite("Gemm") { node, _ in
        [
          ONNXNode(
            "Transpose", inputs: [node.inputs[1]], outputs: ["transposed"],
            attributes: [ONNXAttribute("perm", .integers([1, 0]))]),
          ONNXNode("MatMul", inputs: [node.inputs[0], "transposed"], outputs: ["product"]),
          ONNXNode("Add", inputs: ["product", node.inputs[2]], outputs: node.outputs),
        ]
      }
    },
    Rewriting(testDescription: "padding in nodes of its own") { graph in
      graph.rewrite("Conv") { node, index in
        var convolution = node
        guard case .integers(let pads)? = node.attribute("pads")?.value,
          pads.contains(where: { $0 > 0 })
        else { return [node] }
        convolution.attributes.removeAll { $0.name == "pads" }
        convolution.inputs[0] = "padded\(index)"
        let all = [0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]].map { Int64($0) }
        return [
          ONNXNode(
            "Constant", inputs: [], outputs: ["pads\(index)"],
            attributes: [ONNXAttribute("value_ints", .integers(all.map { Int($0) }))]),
          ONNXNode("Pad", inputs: [node.inputs[0], "pads\(index)"], outputs: ["padded\(index)"]),
          convolution,
        ]
      }
    },
    Rewriting(testDescription: "constants as nodes") { graph in
      let nodes = graph.initializers.map { tensor in
        ONNXNode(
          "Constant", inputs: [], outputs: [tensor.name],
          attributes: [ONNXAttribute("value", .tensor(tensor))])
      }
      graph.initializers = []
      graph.nodes = nodes + graph.nodes
    },
    Rewriting(testDescription: "other names") { graph in
      func other(_ name: String) -> String {
        name.isEmpty ? "" : "v\(name.utf8.reduce(7) { $0 &* 31 &+ Int($1) })"
      }
      graph.initializers = graph.initializers.map {
        var tensor = $0
        tensor.name = other(tensor.name)
        return tensor
      }
      graph.nodes = graph.nodes.map {
        var node = $0
        node.name = ""
        node.inputs = node.inputs.map(other)
        node.outputs = node.outputs.map(other)
        return node
      }
      graph.inputs = graph.inputs.map { ONNXValue(other($0.name), $0.dataType, shape: $0.shape) }
      graph.outputs = graph.outputs.map { ONNXValue(other($0.name), $0.dataType, shape: $0.shape) }
    },
  ]
}

/// A node that keeps numbers within bounds.
struct Clamp: Sendable {
  let operatorType: String
  let bounds: [Float]

  init(_ operatorType: String, _ bounds: Float...) {
    self.operatorType = operatorType
    self.bounds = bounds
  }
}

extension ONNXGraph {
  /// Puts other nodes in the place of those with these operators.
  fileprivate mutating func rewrite(
    _ operators: String..., by change: (ONNXNode, Int) throws -> [ONNXNode]
  ) rethrows {
    nodes = try nodes.enumerated().flatMap { index, node in
      operators.contains(node.operatorType) ? try change(node, index) : [node]
    }
  }
}

@Suite struct LiftingTests {
  private static func file(_ name: String) throws -> ONNXFile {
    try ONNXFile(opening: Fixture.path("onnx/\(name).onnx"))
  }

  @Test(arguments: Rewriting.all) func `another way of writing a graph is the same network`(
    _ rewriting: Rewriting
  ) throws {
    // What this file has means the same in all these versions, means apart, which 18 changed.
    var file = try Self.file("plain-opset10")
    let expected = try LiftedNetwork(file)
    file.operatorSets[""] = rewriting.opset
    try rewriting.change(&file.graph)
    let found = try LiftedNetwork(file)
    #expect(found.architecture == expected.architecture)
    #expect(found.form == expected.form)
    #expect(found.parameters.names == expected.parameters.names)
    for (name, tensor) in found.parameters {
      #expect(try tensor.doubles() == expected.parameters[name]?.doubles(), "\(name)")
    }
  }

  @Test(arguments: [
    [Clamp("Min", 6), Clamp("Max", 0)], [Clamp("Max", 0), Clamp("Min", 6)],
    [Clamp("Relu"), Clamp("Min", 6)], [Clamp("Min", 6), Clamp("Relu")],
    [Clamp("Clip", -1, 6), Clamp("Relu")], [Clamp("Relu"), Clamp("Min", 9), Clamp("Min", 6)],
  ])
  func `relu6 in several nodes is relu6`(_ nodes: [Clamp]) throws {
    let found = try Self.lifted(relu6: nodes)
    #expect(found.architecture.layers.map(\.description) == Self.relu6Layers)
  }

  @Test(arguments: [
    [Clamp("Max", 0), Clamp("Min", 5)], [Clamp("Max", 1), Clamp("Min", 6)], [Clamp("Min", 6)],
    [Clamp("Min", .nan), Clamp("Max", 0)],
  ])
  func `other bounds are none of a layer's`(_ nodes: [Clamp]) {
    let error = #expect(throws: ReadError.self) { try Self.lifted(relu6: nodes) }
    #expect(error?.code == .onnxLifting)
  }

  private static let relu6Layers = [
    "prologue_i3_o8_s2_relu6", "ds_k3_i8_o8_s1_relu6", "irb_k3_e2_i8_o12_s2_relu6_se_False",
    "epilogue_i12_o16_s1_relu6",
  ]

  /// What a small network with relu6 is, whose bounds are written as other nodes.
  private static func lifted(relu6 nodes: [Clamp]) throws -> LiftedNetwork {
    let text =
      "convention timm\nresolution 24x24\nclasses 10\n"
      + zip(["-", "0", "1", "-"], relu6Layers).map { "\($0) \($1)\n" }.joined()
    let network = try Architecture(description: text).sampleNetwork()
    let folder = TemporaryFolder()
    let path = folder.file("relu6.onnx")
    var output = try AtomicOutputFile(path: path, replacing: false)
    try ONNXExport(
      network, name: "sample", producerVersion: "1", provenance: [], documentation: "",
      options: ONNXExport.Options(form: .separate)
    ).write(to: &output)
    try output.commit()
    var file = try ONNXFile(opening: path)
    var constants: [ONNXTensor] = []
    file.graph.rewrite("Clip") { node, index in
      nodes.enumerated().map { place, clamp in
        let bounds = clamp.bounds.enumerated().map { "bound\(index)/\(place)/\($0.offset)" }
        for (name, bound) in zip(bounds, clamp.bounds) {
          if let tensor = try? ONNXTensor(Tensor([bound], shape: []), name: name) {
            constants.append(tensor)
          }
        }
        return ONNXNode(
          clamp.operatorType,
          inputs: [place == 0 ? node.inputs[0] : "clamped\(index)/\(place - 1)"] + bounds,
          outputs: place == nodes.count - 1 ? node.outputs : ["clamped\(index)/\(place)"])
      }
    }
    file.graph.initializers += constants
    return try LiftedNetwork(file)
  }

  @Test func `batch norms of another epsilon are folded with it`() throws {
    var file = try Self.file("plain-opset17-unfolded")
    #expect(try LiftedNetwork(file).form == .separate)
    let place = try #require(
      file.graph.nodes.firstIndex { $0.operatorType == "BatchNormalization" })
    let name = file.graph.nodes[place].inputs
    file.graph.nodes[place].attributes = [ONNXAttribute("epsilon", .float(0.5))]
    let lifted = try LiftedNetwork(file)
    #expect(lifted.form == .folded)
    // By the definition, from the file's own constants.
    func constant(_ index: Int) throws -> [Double] {
      let tensor = try #require(file.graph.initializers.first { $0.name == name[index] }?.tensor)
      return try tensor.doubles()
    }
    let (scale, shift, mean, variance) = (
      try constant(1), try constant(2), try constant(3), try constant(4)
    )
    let bias = try #require(lifted.parameters["network.head: 2.net.0.bias"]).doubles()
    for channel in bias.indices {
      let factor = scale[channel] / (variance[channel] + 0.5).squareRoot()
      let expected = Float(shift[channel] - mean[channel] * factor)
      #expect(abs(Float(bias[channel]) - expected) <= expected.ulp)
    }
  }

  /// A change that makes the graph no GPUNet, and what the message has to name.
  @Test(arguments: [
    ("Conv", "strides", "onnx.lifting"), ("Conv", "dilations", "onnx.lifting"),
    ("Gemm", "transA", "onnx.lifting"), ("Relu", "", "onnx.unsupportedOp"),
  ]) func `a graph that is no GPUNet is refused at the node that does not fit`(
    _ operatorType: String, _ attribute: String, _ code: String
  ) throws {
    var file = try Self.file("plain-opset10")
    let place = try #require(file.graph.nodes.lastIndex { $0.operatorType == operatorType })
    if attribute.isEmpty {
      file.graph.nodes[place].operatorType = "LeakyRelu"
      file.graph.nodes[place - 1].operatorType = "Frobnicate"
    } else {
      file.graph.nodes[place].attributes.removeAll { $0.name == attribute }
      file.graph.nodes[place].attributes.append(
        ONNXAttribute(attribute, attribute == "transA" ? .integer(1) : .integers([3, 3])))
    }
    let label = file.graph.nodes[place].label
    do {
      _ = try LiftedNetwork(file)
      Issue.record("the graph was taken for a network")
    } catch {
      #expect(error.code.rawValue == code)
      if attribute.isEmpty {
        #expect(error.found == "Frobnicate, LeakyRelu")
      } else {
        #expect(error.path.contains(label), "\(error)")
      }
    }
  }

  @Test func `a residual from another layer is refused`() throws {
    var file = try Self.file("plain-opset10")
    let sums = file.graph.nodes.indices.filter { file.graph.nodes[$0].operatorType == "Add" }
    let place = try #require(sums.last)
    let early = try #require(file.graph.nodes.first { $0.operatorType == "Mul" }).outputs[0]
    file.graph.nodes[place].inputs[0] = early
    #expect {
      try LiftedNetwork(file)
    } throws: { ($0 as? ReadError)?.code.rawValue == "onnx.lifting" }
  }
}
