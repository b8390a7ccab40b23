import BinaryInput

extension GraphTrace {
  /// Finds the logits among the graph's outputs, and what is done with them.
  ///
  /// - Throws: `onnx.lifting` where no output, or more than one, is that of the classifier at the
  ///   network's end; what was wrong with the node on which the deepest output depends.
  mutating func chooseOutputs(_ graph: ONNXGraph) throws(ReadError) {
    let depths = convolutionCounts(graph)
    func depth(_ output: ONNXValue) -> Int { depths[output.name] ?? 0 }
    let classifiers = graph.outputs.filter { isClassifier(values[$0.name]) }
    let others = graph.outputs.filter { !isClassifier(values[$0.name]) }
    let deepest = classifiers.map(depth).max()
    // An output further down that is not understood may be the classifier that is meant.
    let misfits = others.filter { output in
      guard case .misfit? = values[output.name] else { return false }
      return deepest.map { depth(output) > $0 } ?? true
    }
    if let misfit = misfits.max(by: { depth($0) < depth($1) }),
      case .misfit(let error)? = values[misfit.name]
    {
      let ancestors = graph.restricted(to: [misfit])
      let names = Set(ancestors.nodes.lazy.flatMap(\.outputs))
      let foreign = foreignNodes.filter { $0.outputs.contains { names.contains($0) } }
      throw foreign.isEmpty ? error : OperatorRefusal.error(for: foreign)
    }
    guard let deepest else {
      let steps = graph.outputs.compactMap { output -> (step: Int, depth: Int)? in
        guard case .step(let step)? = values[output.name] else { return nil }
        return (step, depth(output))
      }
      guard let last = steps.max(by: { $0.depth < $1.depth }) else {
        throw ReadError(
          .onnxLifting, "the graph's output does not depend on its input",
          expected: "the classifier's output")
      }
      output = last.step
      return
    }
    let chosen = classifiers.filter { depth($0) == deepest }
    let steps = Set(chosen.compactMap { source(of: $0) })
    guard steps.count == 1, let step = steps.first else {
      throw ReadError(
        .onnxLifting, "the graph has more than one classifier at its end",
        expected: "one whose outputs are the logits",
        found: chosen.map { "'\($0.name)'" }.joined(separator: ", "),
        advice: "export the network with one of them")
    }
    output = step
    for value in graph.outputs {
      guard source(of: value) == step else {
        otherOutputs.append(value.name)
        continue
      }
      var operations: [GraphTail.Operation] = []
      if case .tail(_, let list)? = values[value.name] { operations = list }
      tails.append(GraphTail(output: value.name, operations: operations))
    }
  }

  /// The classifier from which an output is computed.
  private func source(of output: ONNXValue) -> Int? {
    switch values[output.name] {
    case .step(let step)?: step
    case .tail(let step, _)?: step
    default: nil
    }
  }

  /// How many convolutions follow each other at most on the way to each value.
  private func convolutionCounts(_ graph: ONNXGraph) -> [String: Int] {
    var counts: [String: Int] = [:]
    for node in graph.nodes {
      let before = node.inputs.compactMap { counts[$0] }.max() ?? 0
      let count = before + (node.operatorType.contains("Conv") ? 1 : 0)
      for name in node.outputs { counts[name] = count }
    }
    return counts
  }

  /// The outputs of a node that takes what a classifier computes; nil where it does not.
  ///
  /// - Throws: `onnx.lifting` for a node that nothing is known of.
  mutating func cut(_ node: ONNXNode) throws(ReadError) -> [Value]? {
    guard let name = node.input(0), let value = values[name], isClassifier(value),
      node.domain.isEmpty
    else { return nil }
    let step: Int
    var before: [GraphTail.Operation] = []
    switch value {
    case .step(let classifier): step = classifier
    case .tail(let classifier, let operations): (step, before) = (classifier, operations)
    default: return nil
    }
    if GraphTail.arrangements.contains(node.operatorType) {
      for index in node.inputs.indices.dropFirst() where node.input(index) != nil {
        _ = try self.value(node, index)
      }
      return [value.tailed(before, step)]
    }
    var count: Int?
    if node.operatorType == "TopK" {
      count = try opset(node) < 10 ? node.integer("k") : integers(node, 1)?.first
    }
    guard let operations = try GraphTail.Operation.outputs(of: node, topCount: count) else {
      return nil
    }
    return operations.map { .tail(step, before + [$0]) }
  }
}

extension GraphTrace.Value {
  /// The same logits, or what was computed from them.
  fileprivate func tailed(_ operations: [GraphTail.Operation], _ step: Int) -> GraphTrace.Value {
    operations.isEmpty ? .step(step) : .tail(step, operations)
  }
}
