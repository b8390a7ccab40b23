import BinaryInput
import NetworkProgram
import TensorData

extension GraphTrace {
  mutating func swish(_ node: ONNXNode) throws(ReadError) -> Value {
    guard try node.float("alpha") ?? 1 == 1 else { throw misfit(node, "Swish with alpha 1") }
    return append(.activation(.swish), node, [try map(node, 0)])
  }

  mutating func clipped(_ node: ONNXNode) throws(ReadError) -> Value {
    let isAttribute = opset(node) < 11
    let least = try isAttribute ? node.float("min").map(Double.init) : scalar(node, 1)
    let most = try isAttribute ? node.float("max").map(Double.init) : scalar(node, 2)
    return bounded(try map(node, 0), to: (least ?? -.infinity, most ?? .infinity), by: node)
  }

  /// The larger or the smaller one of a map and a number.
  mutating func compared(
    _ node: ONNXNode, _ bounds: (Double) -> (Double, Double)
  ) throws(ReadError) -> Value {
    for (index, other) in [(0, 1), (1, 0)] where node.inputs.count == 2 {
      guard case .step(let step) = try value(node, index),
        case .constant(let tensor) = try value(node, other), tensor.elementCount == 1,
        let bound = try tensor.tensor?.doubles().first
      else { continue }
      return bounded(step, to: bounds(bound), by: node)
    }
    throw misfit(node, "a map and a number, as parts of relu and relu6")
  }

  /// A map whose numbers are kept within bounds, by one node or by several in turn.
  mutating func bounded(
    _ step: Int, to bounds: (least: Double, most: Double), by node: ONNXNode
  ) -> Value {
    func bounded(_ number: Double) -> Double { min(max(number, bounds.least), bounds.most) }
    var (least, most) = bounds
    var input = step
    if let inner = steps[step].kind.bounds {
      (least, most) = (bounded(inner.least), bounded(inner.most))
      input = steps[step].inputs[0]
    }
    let kind: Kind =
      switch (least, most) {
      case (0, 6): .activation(.relu6)
      // What bounds nothing that a half-precision number can be is no bound.
      case (0, Double(Float16.greatestFiniteMagnitude)...): .activation(.relu)
      default: .bounds(least: least, most: most)
      }
    return append(kind, node, [input])
  }

  mutating func multiplied(_ node: ONNXNode) throws(ReadError) -> Value {
    for (index, other) in [(0, 1), (1, 0)] {
      guard case .step(let step) = try value(node, index),
        case .step(let gate) = try value(node, other), case .sigmoid = steps[gate].kind
      else { continue }
      let argument = steps[gate].inputs[0]
      if argument == step { return append(.activation(.swish), node, [step]) }
      // Backwards from the gate: expand, activation, reduce, mean of the map that is multiplied.
      guard case .convolution(let expand) = steps[argument].kind else { continue }
      let middle = steps[argument].inputs[0]
      guard case .activation(let activation) = steps[middle].kind else { continue }
      let reduced = steps[middle].inputs[0]
      guard case .convolution(let reduce) = steps[reduced].kind else { continue }
      let mean = steps[reduced].inputs[0]
      guard case .globalAveragePool = steps[mean].kind, steps[mean].inputs[0] == step else {
        continue
      }
      return append(.squeezeExcite(reduce: reduce, activation, expand: expand), node, [step])
    }
    throw misfit(node, "x · sigmoid(x), or a map and its squeeze-excite's gate")
  }

  mutating func added(_ node: ONNXNode) throws(ReadError) -> Value {
    let operands = [try value(node, 0), try value(node, 1)]
    if case .step(let left) = operands[0], case .step(let right) = operands[1] {
      // The later one was computed from the earlier one; the match of layers makes sure.
      return append(.residual, node, [max(left, right), min(left, right)])
    }
    for (index, other) in [(0, 1), (1, 0)] {
      guard case .step(let step) = operands[index], let bias = try weights(node, other) else {
        continue
      }
      switch steps[step].kind {
      case .linear(var linear) where linear.bias == nil && bias.elementCount == linear.outputCount:
        linear.bias = try bias.reshaped(to: [bias.elementCount])
        return append(.linear(linear), node, steps[step].inputs)
      case .convolution(var convolution)
      where convolution.bias == nil && convolution.norm == nil
        && bias.elementCount == convolution.facts.outputChannels
        && bias.shape.suffix(3) == [bias.elementCount, 1, 1]:
        convolution.bias = try bias.reshaped(to: [bias.elementCount])
        return append(.convolution(convolution), node, steps[step].inputs)
      case .linear: throw changedLogits(node)
      default: continue
      }
    }
    throw misfit(node, "two maps, or the bias of a matrix product or convolution")
  }
}

extension GraphTrace.Kind {
  /// The bounds within which a step keeps numbers; nil for one that does something else.
  fileprivate var bounds: (least: Double, most: Double)? {
    switch self {
    case .activation(.relu): (0, .infinity)
    case .activation(.relu6): (0, 6)
    case .bounds(let least, let most): (least, most)
    default: nil
    }
  }
}
