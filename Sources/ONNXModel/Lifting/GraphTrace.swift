import BinaryInput
import GPUNetIR
import TensorData

/// What a graph computes, in the terms of layers: its operators are followed from node to node, and
/// what several of them say in different ways becomes one step.
///
/// Steps refer to earlier steps only. Those that turn out to be part of another one stay in the list
/// and are referred to by nothing.
struct GraphTrace {
  /// One step and the steps whose values it takes.
  struct Step {
    let kind: Kind
    let inputs: [Int]
    /// The node that gave it, for messages.
    let label: String
    /// Whether height and width are gone or 1, so that reshaping changes nothing.
    let isPooled: Bool
  }

  /// What a step computes.
  enum Kind {
    case input
    case padding(Padding)
    case convolution(TracedConvolution)
    case activation(Activation)
    case sigmoid
    case squeezeExcite(reduce: TracedConvolution, Activation, expand: TracedConvolution)
    /// Adds the second input, from which the first was computed.
    case residual
    case globalAveragePool
    case linear(TracedLinear)
  }

  /// What is known of a value of the graph.
  private enum Value {
    case constant(ONNXTensor)
    case step(Int)
    /// Integers computed from a map's shape, which only say how to reshape.
    case shape
  }

  private(set) var steps: [Step]
  /// The step that gives the graph's output.
  private(set) var output = 0

  private let opset: Int
  private var values: [String: Value] = [:]
  /// The constants that nodes have used.
  private(set) var usedNames: Set<String> = []

  /// Follows all nodes of a file's graph.
  ///
  /// - Throws: `onnx.unsupportedOp` with all operators that no GPUNet needs; `onnx.lifting` where
  ///   there is not one input and one output, or with the first node that no GPUNet has.
  init(_ file: ONNXFile) throws(ReadError) {
    opset = file.opset
    let graph = file.graph
    let known = graph.nodes.map { KnownOperator(rawValue: $0.qualifiedOperator) }
    let unknown = Set(
      zip(graph.nodes, known).filter { $1 == nil }.map { $0.0.qualifiedOperator }
    ).sorted()
    guard unknown.isEmpty else {
      throw ReadError(
        .onnxUnsupportedOperator, "the graph has operators that no GPUNet needs",
        expected: "a GPUNet in inference form", found: unknown.joined(separator: ", "),
        advice: "export the network alone, in evaluation mode")
    }
    let free = graph.freeInputs
    guard free.count == 1, graph.outputs.count == 1 else {
      throw ReadError(
        .onnxLifting, "the graph is no classifier of images", expected: "one input and one output",
        found: "\(free.count) inputs and \(graph.outputs.count) outputs")
    }
    let inputName = free[0].name
    steps = [Step(kind: .input, inputs: [], label: "input '\(inputName)'", isPooled: false)]
    for tensor in graph.initializers { values[tensor.name] = .constant(tensor) }
    values[inputName] = .step(0)
    for (node, known) in zip(graph.nodes, known.compactMap(\.self)) {
      do {
        let value = try trace(node, known)
        if let name = node.outputs.first { values[name] = value }
      } catch {
        throw error.path.first == node.label ? error : error.within(node.label)
      }
    }
    guard case .step(let last) = values[graph.outputs[0].name] else {
      throw ReadError(
        .onnxLifting, "the graph's output does not depend on its input",
        expected: "the classifier's output")
    }
    output = last
  }

  /// Every operator that is understood, under its name in a graph.
  private enum KnownOperator: String {
    case add = "Add"
    case batchNormalization = "BatchNormalization"
    case cast = "Cast"
    case castLike = "CastLike"
    case clip = "Clip"
    case concat = "Concat"
    case constant = "Constant"
    case conv = "Conv"
    case dropout = "Dropout"
    case expand = "Expand"
    case flatten = "Flatten"
    case gather = "Gather"
    case gemm = "Gemm"
    case globalAveragePool = "GlobalAveragePool"
    case identity = "Identity"
    case matMul = "MatMul"
    case max = "Max"
    case mul = "Mul"
    case pad = "Pad"
    case reduceMean = "ReduceMean"
    case relu = "Relu"
    case reshape = "Reshape"
    case shape = "Shape"
    case sigmoid = "Sigmoid"
    case slice = "Slice"
    case squeeze = "Squeeze"
    case swish = "Swish"
    case transpose = "Transpose"
    case unsqueeze = "Unsqueeze"
  }

  private mutating func trace(
    _ node: ONNXNode, _ known: KnownOperator
  ) throws(ReadError) -> Value {
    switch known {
    case .add: try added(node)
    case .batchNormalization: try normalized(node)
    case .cast, .castLike, .dropout, .identity: try passed(node)
    case .clip: try clipped(node)
    case .concat, .gather, .slice, .transpose, .unsqueeze: try arranged(node)
    case .constant: try constant(node)
    case .conv: try convolved(node)
    case .expand: try expanded(node)
    case .flatten, .reshape, .squeeze: try reshaped(node)
    case .gemm, .matMul: try linear(node)
    case .globalAveragePool, .reduceMean: try averaged(node)
    case .max: try maximum(node)
    case .mul: try multiplied(node)
    case .pad: try padded(node)
    case .relu: append(.activation(.relu), node, [try map(node, 0)])
    case .shape: try shape(node)
    case .sigmoid: append(.sigmoid, node, [try map(node, 0)])
    case .swish: try swish(node)
    }
  }

  // MARK: Values

  private mutating func value(_ node: ONNXNode, _ index: Int) throws(ReadError) -> Value {
    guard let name = node.input(index), let value = values[name] else {
      throw ReadError(
        .onnxLifting, "the input \(index) of the node is missing", expected: "a value")
    }
    if case .constant = value { usedNames.insert(name) }
    return value
  }

  private mutating func map(_ node: ONNXNode, _ index: Int) throws(ReadError) -> Int {
    guard case .step(let step) = try value(node, index) else {
      throw misfit(node, "a value computed from the graph's input as input \(index)")
    }
    return step
  }

  /// A constant input; nil where it is not given.
  private mutating func constant(
    _ node: ONNXNode, _ index: Int
  ) throws(ReadError) -> ONNXTensor? {
    guard node.input(index) != nil else { return nil }
    guard case .constant(let tensor) = try value(node, index) else {
      throw misfit(node, "a constant as input \(index)")
    }
    return tensor
  }

  private mutating func weights(_ node: ONNXNode, _ index: Int) throws(ReadError) -> Tensor? {
    guard let constant = try constant(node, index) else { return nil }
    guard let tensor = constant.tensor, tensor.elementType.isFloatingPoint else {
      throw misfit(node, "floating-point numbers as input \(index)")
    }
    return tensor
  }

  private mutating func integers(_ node: ONNXNode, _ index: Int) throws(ReadError) -> [Int]? {
    guard let tensor = try constant(node, index) else { return nil }
    guard let tensor = tensor.tensor, !tensor.elementType.isFloatingPoint else {
      throw misfit(node, "integers as input \(index)")
    }
    return try tensor.doubles().map { Int(exactly: $0) ?? .max }
  }

  /// A constant of one element; nil where the input is not given.
  private mutating func scalar(_ node: ONNXNode, _ index: Int) throws(ReadError) -> Double? {
    guard let tensor = try weights(node, index) else { return nil }
    guard tensor.elementCount == 1 else { throw misfit(node, "one number as input \(index)") }
    return try tensor.doubles()[0]
  }

  private mutating func append(_ kind: Kind, _ node: ONNXNode, _ inputs: [Int]) -> Value {
    var isPooled = steps[inputs[0]].isPooled
    if case .globalAveragePool = kind { isPooled = true }
    steps.append(Step(kind: kind, inputs: inputs, label: node.label, isPooled: isPooled))
    return .step(steps.count - 1)
  }

  private func misfit(_ node: ONNXNode, _ expected: String) -> ReadError {
    let found = node.inputs.prefix(4).map { name in
      switch values[name] {
      case .constant(let tensor): "'\(name)' \(tensor.shape) of \(tensor.dataType)"
      case .step(let step): "'\(name)' from \(steps[step].label)"
      case .shape: "'\(name)', computed from a shape"
      case nil: "nothing"
      }
    }
    return ReadError(
      .onnxLifting, "no GPUNet has this node here", path: [node.label], expected: expected,
      found: found.joined(separator: "; "))
  }

  // MARK: Operators

  private func constant(_ node: ONNXNode) throws(ReadError) -> Value {
    guard let attribute = node.attributes.first else { throw misfit(node, "a value") }
    let tensor: ONNXTensor
    switch attribute.value {
    case .tensor(let value): tensor = value
    case .integer(let value): tensor = try ONNXTensor(Tensor([Int64(value)], shape: []))
    case .integers(let values):
      tensor = try ONNXTensor(Tensor(values.map { Int64($0) }, shape: [values.count]))
    case .float(let value): tensor = try ONNXTensor(Tensor([value], shape: []))
    case .floats(let values): tensor = try ONNXTensor(Tensor(values, shape: [values.count]))
    default: throw misfit(node, "numbers")
    }
    return .constant(tensor)
  }

  /// What changes nothing in inference; a constant takes the type that a cast gives it.
  private mutating func passed(_ node: ONNXNode) throws(ReadError) -> Value {
    let value = try value(node, 0)
    guard case .constant(let tensor) = value else { return value }
    var target: ONNXDataType?
    switch node.operatorType {
    case "Cast": target = ONNXDataType(rawValue: try node.integer("to") ?? 0)
    case "CastLike":
      guard case .constant(let model) = try self.value(node, 1) else {
        // The types of maps are not followed; small integers are the same in all of them.
        guard let numbers = try weights(node, 0),
          try numbers.doubles().allSatisfy({ $0.magnitude <= 256 && $0 == $0.rounded() })
        else { throw misfit(node, "numbers that every type has") }
        return value
      }
      target = model.dataType
    default: return value
    }
    guard let elementType = target?.elementType, let source = tensor.tensor else {
      throw misfit(node, "a cast between numbers")
    }
    if source.elementType == elementType { return value }
    // Widening keeps every number; the weights stay as the file has them.
    if source.elementType.isFloatingPoint, elementType.isFloatingPoint,
      elementType.byteCount > source.elementType.byteCount
    {
      return value
    }
    guard source.elementType.isFloatingPoint, elementType.isFloatingPoint else { return .shape }
    return .constant(try ONNXTensor(try source.converted(to: elementType)))
  }

  /// The shape of a constant, whole or in part; that of a map only says how to reshape.
  private mutating func shape(_ node: ONNXNode) throws(ReadError) -> Value {
    guard case .constant(let tensor) = try value(node, 0) else { return .shape }
    let rank = tensor.shape.count
    func position(_ index: Int) -> Int { min(max(index < 0 ? index + rank : index, 0), rank) }
    let start = position(try node.integer("start") ?? 0)
    let end = position(try node.integer("end") ?? rank)
    let extents = tensor.shape[start..<max(start, end)].map { Int64($0) }
    return .constant(try ONNXTensor(Tensor(extents, shape: [extents.count])))
  }

  /// One number for every channel, as the exporter spells out a bias that is none; or a shape.
  private mutating func expanded(_ node: ONNXNode) throws(ReadError) -> Value {
    guard case .constant(let tensor) = try value(node, 0), let source = tensor.tensor,
      case .constant = try value(node, 1), let shape = try integers(node, 1)
    else { throw misfit(node, "a constant and its new shape") }
    if shape.exactProduct() == source.elementCount, shape.allSatisfy({ $0 > 0 }) {
      return .constant(try ONNXTensor(try source.reshaped(to: shape)))
    }
    guard source.elementCount == 1, shape.count == 1,
      (1...Layer.maximumMiddleChannels).contains(shape[0])
    else { throw misfit(node, "one number and the number of channels") }
    return .constant(
      try ONNXTensor(
        try Tensor(
          elementType: source.elementType, shape: shape, strides: [0],
          storage: try source.contiguousBytes())))
  }

  /// What arranges integers of a shape, or a constant.
  private mutating func arranged(_ node: ONNXNode) throws(ReadError) -> Value {
    var sources: [Value] = []
    for index in node.inputs.indices where node.input(index) != nil {
      sources.append(try value(node, index))
    }
    let hasMap = sources.contains { if case .step = $0 { true } else { false } }
    guard hasMap else {
      guard node.operatorType == "Transpose", case .constant(let source) = sources[0],
        let tensor = source.tensor, tensor.shape.count == 2
      else { return .shape }
      return .constant(
        try ONNXTensor(
          try Tensor(
            elementType: tensor.elementType, shape: [tensor.shape[1], tensor.shape[0]],
            strides: [1, tensor.shape[1]], storage: try tensor.contiguousBytes())))
    }
    // Axes of one element may come and go once a map is pooled.
    guard node.operatorType == "Unsqueeze", case .step(let step) = sources[0], steps[step].isPooled
    else { throw misfit(node, "an arrangement of constants or shapes") }
    return sources[0]
  }

  private mutating func reshaped(_ node: ONNXNode) throws(ReadError) -> Value {
    switch try value(node, 0) {
    case .step(let step):
      if node.operatorType == "Reshape" || node.operatorType == "Squeeze", node.input(1) != nil {
        _ = try value(node, 1)
      }
      guard steps[step].isPooled else { throw misfit(node, "a map of one pixel") }
      return .step(step)
    case .constant(let tensor):
      guard node.operatorType == "Reshape", let source = tensor.tensor,
        var target = try integers(node, 1)
      else { return .shape }
      if target == [-1] { target = [source.elementCount] }
      guard target.allSatisfy({ $0 > 0 }), target.exactProduct() == source.elementCount else {
        return .shape
      }
      return .constant(try ONNXTensor(try source.reshaped(to: target)))
    case .shape: return .shape
    }
  }

  private mutating func padded(_ node: ONNXNode) throws(ReadError) -> Value {
    let step = try map(node, 0)
    var amounts = try opset < 11 ? node.integers("pads") : integers(node, 1)
    if let axes = try opset < 11 ? nil : integers(node, 3), let stated = amounts {
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
    let value = try opset < 11 ? Double(node.float("value") ?? 0) : scalar(node, 2) ?? 0
    guard try node.string("mode") ?? "constant" == "constant", value == 0, let amounts,
      amounts.count == 8, amounts.allSatisfy({ (0...64).contains($0) }),
      [0, 1, 4, 5].allSatisfy({ amounts[$0] == 0 })
    else { throw misfit(node, "zeros around height and width") }
    let padding = Padding(
      top: amounts[2], left: amounts[3], bottom: amounts[6], right: amounts[7])
    return append(.padding(padding), node, [step])
  }

  private mutating func convolved(_ node: ONNXNode) throws(ReadError) -> Value {
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
        || (automatic.hasPrefix("SAME_") && strides[0] == 1)
    else {
      throw misfit(
        node, "one stride up to \(Layer.maximumStride), no dilation, and explicit padding")
    }
    var padding =
      isUnpadded
      ? Padding(0) : Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
    if automatic.hasPrefix("SAME_") {
      let total = weight.shape[2] - 1
      let less = total / 2
      let more = total - less
      padding =
        automatic == "SAME_UPPER"
        ? Padding(top: less, left: less, bottom: more, right: more)
        : Padding(top: more, left: more, bottom: less, right: less)
    }
    if case .padding(let outer) = steps[input].kind {
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
      name: "", inputChannels: channels, outputChannels: weight.shape[0],
      kernelSize: weight.shape[2], stride: strides[0], padding: padding, groups: groups,
      hasBias: false, batchNorm: nil)
    return append(
      .convolution(TracedConvolution(facts: facts, weight: weight, bias: bias, norm: nil)), node,
      [input])
  }

  private mutating func normalized(_ node: ONNXNode) throws(ReadError) -> Value {
    let step = try map(node, 0)
    guard case .convolution(var convolution) = steps[step].kind, convolution.norm == nil,
      try node.integer("training_mode") ?? 0 == 0, try node.integer("spatial") ?? 1 == 1
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

  private mutating func swish(_ node: ONNXNode) throws(ReadError) -> Value {
    guard try node.float("alpha") ?? 1 == 1 else { throw misfit(node, "Swish with alpha 1") }
    return append(.activation(.swish), node, [try map(node, 0)])
  }

  private mutating func clipped(_ node: ONNXNode) throws(ReadError) -> Value {
    let step = try map(node, 0)
    let least = try opset < 11 ? node.float("min").map(Double.init) : scalar(node, 1)
    let most = try opset < 11 ? node.float("max").map(Double.init) : scalar(node, 2)
    guard least == 0, most.map({ $0 >= Double(Float16.greatestFiniteMagnitude) }) ?? true else {
      throw misfit(node, "a bound of 0 below and none above, which is relu")
    }
    return append(.activation(.relu), node, [step])
  }

  private mutating func maximum(_ node: ONNXNode) throws(ReadError) -> Value {
    for (index, other) in [(0, 1), (1, 0)] where node.inputs.count == 2 {
      guard case .step(let step) = try value(node, index),
        case .constant(let tensor) = try value(node, other), tensor.elementCount == 1,
        try tensor.tensor?.doubles() == [0]
      else { continue }
      return append(.activation(.relu), node, [step])
    }
    throw misfit(node, "the larger one of a map and 0, which is relu")
  }

  private mutating func averaged(_ node: ONNXNode) throws(ReadError) -> Value {
    let step = try map(node, 0)
    if node.operatorType == "ReduceMean" {
      let axes = try opset < 18 ? node.integers("axes") : integers(node, 1)
      guard let axes, Set(axes.map { $0 < 0 ? $0 + 4 : $0 }) == [2, 3], axes.count == 2 else {
        throw misfit(node, "the mean over height and width")
      }
    }
    return append(.globalAveragePool, node, [step])
  }

  private mutating func multiplied(_ node: ONNXNode) throws(ReadError) -> Value {
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

  private mutating func added(_ node: ONNXNode) throws(ReadError) -> Value {
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
      default: continue
      }
    }
    throw misfit(node, "two maps, or the bias of a matrix product or convolution")
  }

  private mutating func linear(_ node: ONNXNode) throws(ReadError) -> Value {
    let step = try map(node, 0)
    let alpha = try node.float("alpha") ?? 1
    let beta = try node.float("beta") ?? 1
    guard let matrix = try weights(node, 1), matrix.shape.count == 2, steps[step].isPooled,
      alpha == 1, beta == 1, try node.integer("transA") ?? 0 == 0
    else { throw misfit(node, "a matrix product of a flattened map with a constant") }
    let isTransposed = try node.integer("transB") ?? 0 == 1
    let weight =
      isTransposed
      ? matrix
      : try Tensor(
        elementType: matrix.elementType, shape: [matrix.shape[1], matrix.shape[0]],
        strides: [1, matrix.shape[1]], storage: try matrix.contiguousBytes())
    var bias = try weights(node, 2)
    if let stated = bias {
      guard stated.elementCount == weight.shape[0] else {
        throw misfit(node, "a bias for each of \(weight.shape[0]) outputs")
      }
      bias = try stated.reshaped(to: [weight.shape[0]])
    }
    return append(.linear(TracedLinear(weight: weight, bias: bias)), node, [step])
  }
}

/// A convolution with the constants that it was found with.
struct TracedConvolution {
  /// What it computes, without a name, bias and batch norm.
  let facts: Convolution
  /// `O×I/groups×K×K`.
  let weight: Tensor
  /// `O`.
  var bias: Tensor?
  /// The batch norm after it.
  var norm: TracedNorm?
}

extension TracedConvolution {
  /// Whether there is a bias, and only of zeros: how an exporter spells out that there is none.
  var hasZeroBias: Bool {
    get throws(ReadError) { try bias?.doubles().allSatisfy { $0 == 0 } ?? false }
  }
}

/// The constants of a batch norm, `C` each.
struct TracedNorm {
  let scale: Tensor
  let shift: Tensor
  let mean: Tensor
  let variance: Tensor
  let epsilon: Float
}

/// A matrix product with the constants that it was found with.
struct TracedLinear {
  /// `K×C`.
  let weight: Tensor
  /// `K`.
  var bias: Tensor?

  var outputCount: Int { weight.shape[0] }
}
