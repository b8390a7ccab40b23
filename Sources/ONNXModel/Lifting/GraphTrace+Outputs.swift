import BinaryInput
import Glibc

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
    if case .linear(let linear) = self.steps[step].kind {
      try proveTails(classCount: linear.outputCount)
    }
  }

  /// Makes sure that what follows the logits treats each image by itself and its classes along one
  /// axis, by executing it: no attribute has to be understood.
  private func proveTails(classCount: Int) throws(ReadError) {
    let made = tails.filter { $0.output != steps[output].valueName }
    guard !made.isEmpty else { return }
    var failure: ReadError?
    for count in imageCounts {
      do throws(ReadError) {
        // No two of them are the same.
        let given = try trial([count, classCount]) { 3 * sin(Double($0 * $0 % 8_191 + $0)) }
        let logits = given.doubles
        let answers = try values(
          of: made.map(\.output), given: [steps[output].valueName: given], imageCount: count)
        for (tail, answers) in zip(made, answers) {
          try tail.requireAgreement(of: answers.doubles, logits: logits, imageCount: count)
        }
        return
      } catch {
        // Other answers are no question of how many images there are.
        guard error.code != .onnxLifting else { throw error }
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
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
    guard node.domain.isEmpty,
      node.inputs.contains(where: { isClassifier(values[$0]) })
    else { return nil }
    let value = node.input(0).flatMap { values[$0] }
    guard let value, isClassifier(value) else {
      if node.operatorType == "Add" { return nil }
      throw changedLogits(node)
    }
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
      count = try opset(node) < 10 ? node.integer("k") : topCount(node, step)
    }
    if let operations = try GraphTail.Operation.outputs(of: node, topCount: count) {
      return operations.map { .tail(step, before + [$0]) }
    }
    // A bias belongs to the classifier; its shape says how to arrange what follows.
    guard !["Shape", "Size"].contains(node.operatorType),
      node.operatorType != "Add" || !before.isEmpty
    else { return nil }
    throw changedLogits(node)
  }

  /// The error for a node that makes something of the logits that cannot be cut.
  func changedLogits(_ node: ONNXNode) -> ReadError {
    ReadError(
      .onnxLifting, "the graph changes the classifier's output by \(node.operatorType)",
      path: [node.label], expected: "the logits, or what can be cut: \(GraphTail.cutOperators)",
      advice: "export the network without that step, and do it where the answers are used")
  }
}

extension GraphTrace {
  /// How many values are chosen of those that a classifier computes: a constant, or what follows from
  /// their number.
  private mutating func topCount(_ node: ONNXNode, _ step: Int) throws(ReadError) -> Int? {
    if case .constant? = node.input(1).flatMap({ values[$0] }) {
      return try integers(node, 1)?.first
    }
    guard let name = node.input(1), let classCount = channelCount(of: step) else { return nil }
    let count = imageCounts[0]
    let logits = try trial([count, classCount]) { _ in 0 }
    let value = try values(of: [name], given: [steps[step].valueName: logits], imageCount: count)
    return value[0].doubles.first.flatMap { Int(exactly: $0) }
  }
}

extension GraphTrace.Value {
  /// The same logits, or what was computed from them.
  fileprivate func tailed(_ operations: [GraphTail.Operation], _ step: Int) -> GraphTrace.Value {
    operations.isEmpty ? .step(step) : .tail(step, operations)
  }
}
