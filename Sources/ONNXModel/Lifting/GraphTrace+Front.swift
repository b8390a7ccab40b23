import BinaryInput

/// Where the network begins.
extension GraphTrace {
  /// Follows the graph's input up to where the network begins; nil for a node that takes no part in
  /// that.
  mutating func fronted(_ node: ONNXNode) throws(ReadError) -> [Value]? {
    let operands = node.inputs.compactMap { values[$0] }
    guard operands.contains(where: \.isFront) else { return nil }
    if node.domain.isEmpty, ["Shape", "Size"].contains(node.operatorType) { return [.shape] }
    guard operands.allSatisfy({ $0.isFront || $0.isPlain }),
      ConstantFolding.canCompute(node, opset: opset(node))
    else { return nil }
    if let channelCount = firstLayerChannelCount(node) {
      if let error = try beginNetwork(node, channelCount: channelCount) { return [.misfit(error)] }
      return nil
    }
    return [Value](repeating: .front, count: node.outputs.count)
  }

  /// The channels that a convolution takes which is more than a change of colours: with a window of
  /// more than a pixel, or more channels than pictures have; nil for other nodes.
  private func firstLayerChannelCount(_ node: ONNXNode) -> Int? {
    guard node.qualifiedOperator == "Conv", case .front? = node.input(0).flatMap({ values[$0] }),
      case .constant(let weight)? = node.input(1).flatMap({ values[$0] }), weight.shape.count == 4,
      weight.shape[2...].contains(where: { $0 > 1 }) || weight.shape[0] > 4
    else { return nil }
    let groups = (try? node.integer("group")) ?? 1
    return weight.shape[1].multiplied(exactly: groups)
  }

  /// Lets the network begin with what its first convolution takes, before it was padded.
  ///
  /// - Returns: Why the nodes before it are no preprocessing.
  private mutating func beginNetwork(
    _ node: ONNXNode, channelCount: Int
  ) throws(ReadError) -> ReadError? {
    guard steps[0].valueName.isEmpty else {
      throw misfit(node, "one place where the network begins")
    }
    var producers: [String: ONNXNode] = [:]
    for node in flat.graph.nodes { for name in node.outputs { producers[name] = node } }
    var name = node.input(0) ?? ""
    var padding: [ONNXNode] = []
    while let producer = producers[name], let before = producer.input(0),
      ["Pad", "Identity"].contains(producer.qualifiedOperator)
    {
      padding.append(producer)
      name = before
    }
    if !padding.contains(where: { $0.operatorType == "Pad" }) {
      padding = []
      name = node.input(0) ?? ""
    }
    let probe = try probe(of: name)
    do {
      front = try probe.front(channelCount: channelCount)
    } catch {
      let quantizers = probe.nodes.filter { $0.operatorType == "QuantizeLinear" }
      return quantizers.isEmpty ? error : OperatorRefusal.error(for: quantizers)
    }
    steps[0].valueName = name
    values[name] = .step(0)
    for node in padding.reversed() {
      values[node.outputs[0]] = try node.operatorType == "Pad" ? padded(node) : passed(node)
    }
    return nil
  }

  /// The nodes between the graph's input and a value, with the constants that they take.
  mutating func probe(of name: String) throws(ReadError) -> FrontProbe {
    try budget.spend(steps: flat.graph.nodes.count, on: "following the graph's input")
    let nodes = flat.graph.restricted(to: [ONNXValue(name)]).nodes.filter { node in
      node.outputs.contains { name in
        if case .constant? = values[name] { false } else { true }
      }
    }
    var constants: [String: InterpreterValue] = [:]
    for name in nodes.lazy.flatMap(\.inputs) where constants[name] == nil {
      guard case .constant(let tensor)? = values[name] else { continue }
      usedNames.insert(name)
      constants[name] = try InterpreterValue(tensor)
    }
    return FrontProbe(
      nodes: nodes, input: flat.graph.freeInputs[0], output: name, constants: constants,
      opset: flat.opset, budget: executionBudget)
  }
}
