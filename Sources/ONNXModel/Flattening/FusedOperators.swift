/// The operators that ONNX Runtime makes of several standard ones, as functions of those, after the
/// operators' documents (`docs/ContribOperators.md` of ONNX Runtime).
enum FusedOperators {
  /// What an operator stands for; nil for every other one, and for forms of it that have no such
  /// reading.
  static func function(for node: ONNXNode) -> ONNXFunction? {
    guard node.domain == domain, let expansion = table[node.operatorType],
      let nodes = expansion(node)
    else { return nil }
    var function = ONNXFunction(
      node.operatorType, domain: node.domain, inputs: inputs, outputs: ["result"])
    function.nodes = nodes
    return function
  }

  private static let domain = "com.microsoft"
  private static let inputs = ["a", "b", "c", "d"]

  private typealias Expansion = @Sendable (ONNXNode) -> [ONNXNode]?

  private static let table: [String: Expansion] = [
    "BiasAdd": { _ in
      [
        ONNXNode("Add", inputs: ["a", "b"], outputs: ["sum"]),
        ONNXNode("Add", inputs: ["sum", "c"], outputs: ["result"]),
      ]
    },
    "DequantizeLinear": { node in
      [standard("DequantizeLinear", version: 21, node, inputs: ["a", "b", "c"])]
    },
    "FusedConv": { node in
      var steps = [standard("Conv", node, inputs: ["a", "b", "c"])]
      if node.input(3) != nil { steps.append(ONNXNode("Add", inputs: ["", "d"], outputs: [""])) }
      let parameters = floats(node, "activation_params")
      return activation(node, parameters).map { chained(steps + $0) }
    },
    "FusedGemm": { node in
      let parameters = ["alpha", "beta", "gamma"].compactMap {
        floats(node, "activation_\($0)").first
      }
      return activation(node, parameters).map {
        chained([standard("Gemm", node, inputs: ["a", "b", "c"])] + $0)
      }
    },
    "FusedMatMul": { node in
      // More than two axes would be batches, which a Gemm has not and refuses.
      guard integer(node, "transBatchA") == 0, integer(node, "transBatchB") == 0 else { return nil }
      return [standard("Gemm", node, inputs: ["a", "b"])]
    },
    "QuantizeLinear": { node in
      [standard("QuantizeLinear", version: 21, node, inputs: ["a", "b", "c"])]
    },
    "QuickGelu": { node in
      let alpha = floats(node, "alpha").first ?? 1.702
      return [
        swish(inputs: ["a"], outputs: ["result"], alpha: alpha)
      ]
    },
  ]

  /// The attributes that say what is done with the result, and are not the operator's own.
  private static func isOfFusion(_ attribute: ONNXAttribute) -> Bool {
    attribute.name.hasPrefix("activation") || attribute.name.hasPrefix("transBatch")
  }

  private static func standard(
    _ name: String, version: Int? = nil, _ node: ONNXNode, inputs: [String]
  ) -> ONNXNode {
    var result = ONNXNode(
      name, name: node.name,
      inputs: Array(inputs.prefix(node.inputs.count)), outputs: ["result"],
      attributes: node.attributes.filter { !isOfFusion($0) })
    result.operatorSet = version
    return result
  }

  /// Swish is an operator of its own since version 24.
  private static func swish(inputs: [String], outputs: [String], alpha: Float) -> ONNXNode {
    var node = ONNXNode(
      "Swish", inputs: inputs, outputs: outputs,
      attributes: [ONNXAttribute("alpha", .float(alpha))])
    node.operatorSet = 24
    return node
  }

  /// The activations with the attributes that the parameters are; a Clip of version 6 has them.
  private static let activations: [String: (attributes: [String], version: Int?)] = [
    "Relu": ([], nil), "Sigmoid": ([], nil), "Tanh": ([], nil), "LeakyRelu": (["alpha"], nil),
    "HardSigmoid": (["alpha", "beta"], nil), "Clip": (["min", "max"], 6),
  ]

  /// The node of an activation, or none where there is none; nil for an unknown one.
  private static func activation(_ node: ONNXNode, _ parameters: [Float]) -> [ONNXNode]? {
    guard case .string(let text)? = node.attribute("activation")?.value, !text.isEmpty else {
      return []
    }
    let name = String(decoding: text, as: UTF8.self)
    guard let (attributes, version) = activations[name] else { return nil }
    var result = ONNXNode(
      name, inputs: [""], outputs: [""],
      attributes: zip(attributes, parameters).map { ONNXAttribute($0, .float($1)) })
    result.operatorSet = version
    return [result]
  }

  /// The nodes with each taking the result of the one before as its first input.
  private static func chained(_ nodes: [ONNXNode]) -> [ONNXNode] {
    var nodes = nodes
    for index in nodes.indices {
      nodes[index].outputs = [index == nodes.count - 1 ? "result" : "step\(index)"]
      if index > 0 { nodes[index].inputs[0] = "step\(index - 1)" }
    }
    return nodes
  }

  private static func floats(_ node: ONNXNode, _ name: String) -> [Float] {
    switch node.attribute(name)?.value {
    case .float(let value)?: [value]
    case .floats(let values)?: values
    default: []
    }
  }

  private static func integer(_ node: ONNXNode, _ name: String) -> Int {
    if case .integer(let value)? = node.attribute(name)?.value { value } else { 0 }
  }
}
