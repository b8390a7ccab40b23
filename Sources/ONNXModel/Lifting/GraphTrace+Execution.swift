import BinaryInput
import NetworkProgram

extension GraphTrace {
  /// What some values of the graph are where others are given: the nodes between them are executed,
  /// and what they take of shapes besides follows from the number of images.
  ///
  /// - Throws: What executing the nodes throws; `onnx.lifting` where they take numbers of other maps;
  ///   `onnx.limit` where the values become too large, `work.budget` where too many are asked for.
  func values(
    of targets: [String], given: [String: InterpreterValue], imageCount: Int
  ) throws(ReadError) -> [InterpreterValue] {
    try budget.spend(steps: 2 * flat.graph.nodes.count, on: "looking for what nodes arrange")
    var reached = Set(given.keys)
    for node in flat.graph.nodes where node.inputs.contains(where: reached.contains) {
      reached.formUnion(node.outputs.lazy.filter { !$0.isEmpty })
    }
    var known = given
    var needed = Set(targets).subtracting(known.keys)
    var nodes: [ONNXNode] = []
    for node in flat.graph.nodes.reversed() where node.outputs.contains(where: needed.contains) {
      if case .constant(let tensor)? = values[node.outputs[0]] {
        known[node.outputs[0]] = try InterpreterValue(tensor)
        continue
      }
      if ["Shape", "Size"].contains(node.operatorType), let name = node.input(0),
        !reached.contains(name), known[name] == nil
      {
        known[name] = placeholder(for: name, imageCount)
      } else {
        needed.formUnion(node.inputs.lazy.filter { !$0.isEmpty && known[$0] == nil })
      }
      nodes.append(node)
    }
    for name in needed where known[name] == nil {
      if case .constant(let tensor)? = values[name] { known[name] = try InterpreterValue(tensor) }
    }
    var folding = ConstantFolding(byteCount: 1 << 30, precision: .double)
    for node in nodes.reversed() {
      for name in node.inputs where !name.isEmpty && known[name] == nil {
        throw misfit(node, "what follows from the values before it, from constants and shapes")
      }
      let inputs = node.inputs.map { known[$0] }
      let results = try folding.outputs(of: node, opset: opset(node), inputs: inputs)
      try executionBudget.spend(
        steps: results.reduce(0) { $0 + $1.count }, on: "executing what nodes arrange")
      for (name, result) in zip(node.outputs, results) where !name.isEmpty { known[name] = result }
    }
    return targets.map { known[$0] ?? InterpreterValue(integers: []) }
  }

  /// A value of which only the shape is asked for, as far as that is known.
  private func placeholder(for name: String, _ imageCount: Int) -> InterpreterValue {
    var shape = [imageCount, 1, 1, 1]
    switch values[name] {
    case .front?:
      let stated = name == flat.graph.freeInputs[0].name ? flat.graph.freeInputs[0].shape : nil
      shape =
        stated?.enumerated().map { axis, extent in
          if axis == 0 { return imageCount }
          if case .count(let count) = extent { return count }
          return 1
        } ?? shape
    case .step(let step)?: shape[1] = channelCount(of: step) ?? 1
    default: break
    }
    // No element of it is ever looked at.
    return InterpreterValue(.float, shape, .numbers([]))
  }

  /// The channels that a step gives; nil for the graph's own input.
  func channelCount(of step: Int) -> Int? {
    var step = step
    while true {
      switch steps[step].kind {
      case .input: return nil
      case .convolution(let convolution): return convolution.facts.outputChannels
      case .linear(let linear): return linear.outputCount
      default: step = steps[step].inputs[0]
      }
    }
  }

  /// How many images the graph may be tried with: as many as it states, or two and one.
  var imageCounts: [Int] {
    guard let axis = (front?.axes ?? GraphFront.Axis.network).firstIndex(of: .batch) else {
      return [1]
    }
    guard let shape = flat.graph.freeInputs.first?.shape, axis < shape.count,
      case .count(let count) = shape[axis], (1...1_024).contains(count)
    else { return [2, 1] }
    return count == 1 ? [1] : [count, 1]
  }

  /// A value to try nodes with.
  ///
  /// - Throws: `onnx.limit` where a small file asks for a large one.
  func trial(
    _ shape: [Int], _ element: (Int) -> Double
  ) throws(ReadError) -> InterpreterValue {
    guard let count = shape.exactProduct(), count <= 1 << 26 else {
      throw ReadError(
        .onnxLimit, "the graph's answers are too many to be tried",
        expected: "at most \(1 << 26) numbers", found: "\(shape)",
        advice: "export it for a batch of one")
    }
    return InterpreterValue(.float, shape, .numbers((0..<count).map(element)))
  }

  /// Whether nodes leave the elements of a pooled map in their order.
  func keepsOrder(from step: Int, to name: String) throws(ReadError) -> Bool {
    guard let channels = channelCount(of: step) else { return false }
    var failure: ReadError?
    for count in imageCounts {
      do throws(ReadError) {
        let map = try trial([count, channels, 1, 1]) { Double($0) }
        let result = try values(
          of: [name], given: [steps[step].valueName: map], imageCount: count)
        return result[0].doubles == map.doubles
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return false
  }
}
