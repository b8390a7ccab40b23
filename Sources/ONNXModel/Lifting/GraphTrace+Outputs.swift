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
    let ancestors = flat.graph.restricted(to: made.map { ONNXValue($0.output) }).nodes
    var known: Set = [steps[output].valueName]
    var constants: [String: InterpreterValue] = [:]
    var nodes: [ONNXNode] = []
    for node in ancestors where node.inputs.contains(where: known.contains) {
      nodes.append(node)
      known.formUnion(node.outputs)
      for name in node.inputs where !name.isEmpty && !known.contains(name) {
        // What is computed from the shape of the graph's input is known when that is.
        guard case .constant(let tensor)? = values[name] else { return }
        constants[name] = try InterpreterValue(tensor)
      }
    }
    var failure: ReadError?
    // A graph may state how many images it takes at a time.
    var counts = [2, 1]
    if case .count(let count)? = flat.graph.freeInputs.first?.shape?.first { counts = [count, 1] }
    for count in counts where (1...1_024).contains(count) {
      do throws(ReadError) {
        // No two of them are the same.
        let logits = (0..<(count * classCount)).map { 3 * sin(Double($0 * $0 % 8_191 + $0)) }
        var values = constants
        values[steps[output].valueName] = InterpreterValue(
          .float, [count, classCount], .numbers(logits))
        var folding = ConstantFolding(byteCount: 1 << 30, precision: .double)
        for node in nodes {
          let inputs = node.inputs.map { values[$0] }
          let results = try folding.outputs(of: node, opset: opset(node), inputs: inputs)
          for (name, result) in zip(node.outputs, results) { values[name] = result }
        }
        for tail in made {
          try tail.requireAgreement(
            of: values[tail.output]?.doubles ?? [], logits: logits, imageCount: count)
        }
        return
      } catch {
        if failure == nil || error.code == .onnxLifting { failure = error }
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
    if let operations = try GraphTail.Operation.outputs(of: node, topCount: count) {
      return operations.map { .tail(step, before + [$0]) }
    }
    // A bias belongs to the classifier; its shape says how to arrange what follows.
    guard !["Add", "Shape", "Size"].contains(node.operatorType) || !before.isEmpty else {
      return nil
    }
    throw ReadError(
      .onnxLifting, "the graph changes the classifier's output by \(node.operatorType)",
      path: [node.label], expected: "the logits, or what can be cut: \(GraphTail.cutOperators)",
      advice: "export the network without that step, and do it where the answers are used")
  }
}

extension GraphTrace.Value {
  /// The same logits, or what was computed from them.
  fileprivate func tailed(_ operations: [GraphTail.Operation], _ step: Int) -> GraphTrace.Value {
    operations.isEmpty ? .step(step) : .tail(step, operations)
  }
}
