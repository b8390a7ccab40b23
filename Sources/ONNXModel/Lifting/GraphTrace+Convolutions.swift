import BinaryInput
import NetworkFamilies
import NetworkProgram
import TensorData

extension GraphTrace {
  mutating func padded(_ node: ONNXNode) throws(ReadError) -> Value {
    let step = try map(node, 0)
    var amounts = try opset(node) < 11 ? node.integers("pads") : integers(node, 1)
    if let axes = try opset(node) < 11 ? nil : integers(node, 3), let stated = amounts {
      var all = [Int](repeating: 0, count: 8)
      for (place, axis) in axes.enumerated() {
        let axis = axis < 0 ? axis + 4 : axis
        guard (0..<4).contains(axis), stated.count == 2 * axes.count else {
          throw misfit(node, "two numbers for each axis")
        }
        all[axis] = stated[place]
        all[axis + 4] = stated[place + axes.count]
      }
      amounts = all
    }
    let value = try opset(node) < 11 ? Double(node.float("value") ?? 0) : scalar(node, 2) ?? 0
    guard try node.string("mode") ?? "constant" == "constant", value == 0, let amounts,
      amounts.count == 8, amounts.allSatisfy({ (0...64).contains($0) }),
      [0, 1, 4, 5].allSatisfy({ amounts[$0] == 0 })
    else { throw misfit(node, "zeros around height and width") }
    let padding = Padding(
      top: amounts[2], left: amounts[3], bottom: amounts[6], right: amounts[7])
    return append(.padding(padding), node, [step])
  }

  mutating func convolved(_ node: ONNXNode) throws(ReadError) -> Value {
    var input = try map(node, 0)
    guard let weight = try weights(node, 1), weight.shape.count == 4,
      weight.shape[2] == weight.shape[3], !weight.shape.contains(0)
    else { throw misfit(node, "a constant kernel, as high as wide") }
    let groups = try node.integer("group") ?? 1
    let strides = try node.integers("strides") ?? [1, 1]
    let dilations = try node.integers("dilations") ?? [1, 1]
    let pads = try node.integers("pads") ?? [0, 0, 0, 0]
    let automatic = try node.string("auto_pad") ?? "NOTSET"
    let isUnpadded = automatic == "VALID"
    guard strides.count == 2, strides[0] == strides[1],
      (1...Layer.maximumStride).contains(strides[0]), dilations.allSatisfy({ $0 == 1 }),
      pads.count == 4, pads.allSatisfy({ (0...64).contains($0) }),
      groups >= 1, let channels = weight.shape[1].multiplied(exactly: groups),
      ["NOTSET", ""].contains(automatic) || isUnpadded
        || automatic == "SAME_UPPER" || automatic == "SAME_LOWER" && strides[0] == 1
    else {
      throw misfit(
        node, "one stride up to \(Layer.maximumStride), no dilation, and explicit padding")
    }
    var padding =
      isUnpadded
      ? Padding(0) : Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
    // What "same" is at another stride depends on the map.
    let isSame = automatic == "SAME_UPPER" && strides[0] > 1
    if automatic.hasPrefix("SAME_"), !isSame {
      let total = weight.shape[2] - 1
      let less = total / 2
      let more = total - less
      padding =
        automatic == "SAME_UPPER"
        ? Padding(top: less, left: less, bottom: more, right: more)
        : Padding(top: more, left: more, bottom: less, right: less)
    }
    if case .padding(let outer) = steps[input].kind {
      guard !isSame else { throw misfit(node, "padding of one kind") }
      padding = Padding(
        top: padding.top + outer.top, left: padding.left + outer.left,
        bottom: padding.bottom + outer.bottom, right: padding.right + outer.right)
      input = steps[input].inputs[0]
    }
    let bias = try weights(node, 2)
    guard bias.map({ $0.shape == [weight.shape[0]] }) ?? true else {
      throw misfit(node, "a bias for each of \(weight.shape[0]) channels")
    }
    let facts = Convolution(
      inputChannels: channels, outputChannels: weight.shape[0],
      kernelSize: weight.shape[2], stride: strides[0], padding: isSame ? .same : .fixed(padding),
      groups: groups,
      hasBias: false, batchNorm: nil)
    return append(
      .convolution(TracedConvolution(facts: facts, weight: weight, bias: bias, norm: nil)), node,
      [input])
  }

  mutating func normalized(_ node: ONNXNode) throws(ReadError) -> Value {
    try requireInference(node)
    let step = try map(node, 0)
    guard case .convolution(var convolution) = steps[step].kind, convolution.norm == nil,
      try node.integer("spatial") ?? 1 == 1
    else { throw misfit(node, "a batch norm in inference form after a convolution") }
    if try convolution.hasZeroBias { convolution.bias = nil }
    var tensors: [Tensor] = []
    for index in 1...4 {
      guard let tensor = try weights(node, index),
        tensor.shape == [convolution.facts.outputChannels]
      else { throw misfit(node, "\(convolution.facts.outputChannels) numbers as input \(index)") }
      tensors.append(tensor)
    }
    convolution.norm = TracedNorm(
      scale: tensors[0], shift: tensors[1], mean: tensors[2], variance: tensors[3],
      epsilon: try node.float("epsilon") ?? 1e-5)
    return append(.convolution(convolution), node, steps[step].inputs)
  }

  /// Makes sure that a batch norm uses the statistics that it has.
  ///
  /// - Throws: `onnx.lifting` where it measures those of a batch, as in training.
  func requireInference(_ node: ONNXNode) throws(ReadError) {
    let opset = opset(node)
    let isTraining =
      opset < 7
      ? try node.integer("is_test") ?? 0 == 0
      : opset < 14
        ? node.outputs.dropFirst().contains { takenNames.contains($0) }
        : try node.integer("training_mode") ?? 0 != 0
    guard !isTraining else {
      throw ReadError(
        .onnxLifting, "the graph was exported in training mode: its batch norms measure each batch",
        path: [node.label], expected: "batch norms that use their running statistics",
        advice: "call model.eval() before the export, and export again")
    }
  }
}
