import BinaryInput
import NetworkProgram
import TensorData

/// What a graph computes, in the terms of layers: its operators are followed from node to node, and
/// what several of them say in different ways becomes one step.
///
/// Steps refer to earlier steps only. Those that turn out to be part of another one stay in the list
/// and are referred to by nothing. A node that no layer has is no error before an answer depends on
/// it: a graph may give other things beside.
struct GraphTrace {
  /// One step and the steps whose values it takes.
  struct Step {
    let kind: Kind
    let inputs: [Int]
    /// The node that gave it, for messages.
    let label: String
    /// Whether height and width are gone or 1, so that reshaping changes nothing.
    let isPooled: Bool
    /// The name of the value in the flat graph.
    var valueName = ""
  }

  /// What a step computes.
  enum Kind {
    case input
    case padding(Padding)
    case convolution(TracedConvolution)
    case activation(Activation)
    /// Numbers are kept within bounds that are not those of an activation, so far.
    case bounds(least: Double, most: Double)
    case sigmoid
    case squeezeExcite(reduce: TracedConvolution, Activation, expand: TracedConvolution)
    /// Adds the second input, from which the first was computed.
    case residual
    case globalAveragePool
    case linear(TracedLinear)
  }

  /// What is known of a value of the graph.
  enum Value {
    case constant(ONNXTensor)
    /// What becomes of the graph's input before the first layer.
    case front
    case step(Int)
    /// What becomes of a classifier's outputs.
    case tail(Int, [GraphTail.Operation])
    /// Integers computed from a map's shape, which only say how to reshape.
    case shape
    /// What no layer computes.
    case misfit(ReadError)
  }

  /// The file without functions and branches, whose graph was followed.
  let flat: ONNXFile
  var steps: [Step]
  /// The step that gives the logits.
  var output = 0
  /// What is done with them.
  var tails: [GraphTail] = []
  /// The graph's outputs that are something else.
  var otherOutputs: [String] = []
  /// What is done with the graph's input before the network; nil where it is the network's own.
  var front: GraphFront?

  /// What is known of the graph's values so far.
  var values: [String: Value] = [:]
  /// The constants that nodes have used.
  var usedNames: Set<String> = []
  /// The nodes whose operators no layer has, on what is computed from the graph's input.
  private(set) var foreignNodes: [ONNXNode] = []
  /// The names of all values that something takes.
  let takenNames: Set<String>
  /// The folding of constants that nodes take.
  var folding: ConstantFolding
  /// What may be done to find out about values: nodes that are looked at.
  let budget = WorkBudget()
  /// What may be done by executing nodes: elements of their outputs.
  let executionBudget = WorkBudget(WorkBudget.Limits(stepCount: 1 << 30))

  /// Follows all nodes of a file's graph.
  ///
  /// - Throws: `onnx.unsupportedOp` with all operators that no network needs; `onnx.lifting` where
  ///   there is not one input, no output or more than one is a classifier's, or with the first node
  ///   that no layer has; what making the graph flat throws.
  init(_ file: ONNXFile) throws(ReadError) {
    var flat = try file.flattened(for: .inference)
    flat.graph = flat.graph.restricted(to: flat.graph.outputs)
    self.flat = flat
    let graph = flat.graph
    let free = graph.freeInputs
    guard free.count == 1 else {
      throw ReadError(
        .onnxLifting, "the graph is no classifier of images", expected: "one input",
        found: free.isEmpty
          ? "none"
          : "\(free.count): " + free.prefix(10).map { "'\($0.name)'" }.joined(separator: ", "),
        advice: "export the network with its image as the only input, and constants inside")
    }
    guard flat.opset <= Operators.lastVersion else {
      throw ReadError(
        .onnxUnsupportedOperator, "the graph's operators are of a version that is not known",
        expected: "opset \(Operators.lastVersion) or an earlier one", found: "opset \(flat.opset)",
        advice: "export it with an earlier opset_version")
    }
    takenNames = Set(graph.nodes.lazy.flatMap(\.inputs)).union(graph.outputs.lazy.map(\.name))
    // Constants may be packed, as 4-bit weights are, and are computed with as 64 bits.
    let constantCount = graph.initializers.reduce(0) { $0 &+ $1.elementCount }
    folding = ConstantFolding(
      byteCount: (constantCount.multiplied(exactly: 256) ?? Int.max / 2) + (64 << 20))
    steps = [
      Step(kind: .input, inputs: [], label: "input '\(free[0].name)'", isPooled: false)
    ]
    for tensor in graph.initializers { values[tensor.name] = .constant(tensor) }
    values[free[0].name] = .front
    for node in graph.nodes {
      var results: [Value]
      do {
        results = try trace(node)
      } catch {
        let misfit = Value.misfit(error.path.first == node.label ? error : error.within(node.label))
        results = [Value](repeating: misfit, count: node.outputs.count)
      }
      for (name, value) in zip(node.outputs, results) where !name.isEmpty {
        values[name] = value
        if case .step(let step) = value, steps[step].valueName.isEmpty {
          steps[step].valueName = name
        }
      }
    }
    try chooseOutputs(graph)
  }

  /// Every operator that is understood on maps, under its name in a graph.
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
    case min = "Min"
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

  /// What the outputs of a node are.
  private mutating func trace(_ node: ONNXNode) throws(ReadError) -> [Value] {
    let operands = node.inputs.filter { !$0.isEmpty }.compactMap { values[$0] }
    let known = KnownOperator(rawValue: node.qualifiedOperator)
    if !operands.isEmpty, operands.allSatisfy(\.isPlain) {
      if let results = try plain(node, operands) { return results }
    } else if let misfit = operands.first(where: \.isMisfit) {
      if known == nil, !GraphTail.isKnown(node) { foreignNodes.append(node) }
      return [Value](repeating: misfit, count: node.outputs.count)
    } else {
      if let results = try fronted(node) { return results }
      if let results = try cut(node) { return results }
    }
    guard let known else {
      foreignNodes.append(node)
      throw OperatorRefusal.error(for: [node])
    }
    return [try trace(node, known)]
  }

  private mutating func trace(
    _ node: ONNXNode, _ known: KnownOperator
  ) throws(ReadError) -> Value {
    switch known {
    case .add: try added(node)
    case .batchNormalization: try normalized(node)
    case .cast, .castLike, .dropout, .identity: try passed(node)
    case .clip: try clipped(node)
    case .concat, .expand, .gather, .slice, .transpose, .unsqueeze: try arranged(node)
    case .constant: try constant(node)
    case .conv: try convolved(node)
    case .flatten, .reshape, .squeeze: try reshaped(node)
    case .gemm, .matMul: try linear(node)
    case .globalAveragePool, .reduceMean: try averaged(node)
    case .max: try compared(node) { ($0, .infinity) }
    case .min: try compared(node) { (-.infinity, $0) }
    case .mul: try multiplied(node)
    case .pad: try padded(node)
    case .relu: bounded(try map(node, 0), to: (0, .infinity), by: node)
    case .shape: .shape
    case .sigmoid: append(.sigmoid, node, [try map(node, 0)])
    case .swish: try swish(node)
    }
  }

  // MARK: Values

  /// The version of the operator set that a node means.
  func opset(_ node: ONNXNode) -> Int { node.operatorSet ?? flat.opset }

  mutating func value(_ node: ONNXNode, _ index: Int) throws(ReadError) -> Value {
    guard let name = node.input(index), let value = values[name] else {
      throw ReadError(
        .onnxLifting, "the input \(index) of the node is missing", expected: "a value")
    }
    if case .constant = value { usedNames.insert(name) }
    guard value.isFront else { return value }
    // Of the type of the graph's input, perhaps, and of nothing else of it.
    guard let tensor = try probe(of: name).constant() else {
      throw misfit(node, "one place where the network begins")
    }
    values[name] = .constant(tensor)
    return .constant(tensor)
  }

  mutating func map(_ node: ONNXNode, _ index: Int) throws(ReadError) -> Int {
    guard case .step(let step) = try value(node, index) else {
      throw misfit(node, "a value computed from the graph's input as input \(index)")
    }
    return step
  }

  /// A constant input; nil where it is not given.
  mutating func constant(_ node: ONNXNode, _ index: Int) throws(ReadError) -> ONNXTensor? {
    guard node.input(index) != nil else { return nil }
    guard case .constant(let tensor) = try value(node, index) else {
      throw misfit(node, "a constant as input \(index)")
    }
    return tensor
  }

  mutating func weights(_ node: ONNXNode, _ index: Int) throws(ReadError) -> Tensor? {
    guard let constant = try constant(node, index) else { return nil }
    guard let tensor = constant.tensor, tensor.elementType.isFloatingPoint else {
      throw misfit(node, "floating-point numbers as input \(index)")
    }
    return tensor
  }

  mutating func integers(_ node: ONNXNode, _ index: Int) throws(ReadError) -> [Int]? {
    guard let tensor = try constant(node, index) else { return nil }
    guard let tensor = tensor.tensor, !tensor.elementType.isFloatingPoint else {
      throw misfit(node, "integers as input \(index)")
    }
    return try tensor.doubles().map { Int(exactly: $0) ?? .max }
  }

  /// A constant of one element; nil where the input is not given.
  mutating func scalar(_ node: ONNXNode, _ index: Int) throws(ReadError) -> Double? {
    guard let tensor = try weights(node, index) else { return nil }
    guard tensor.elementCount == 1 else { throw misfit(node, "one number as input \(index)") }
    return try tensor.doubles()[0]
  }

  mutating func append(_ kind: Kind, _ node: ONNXNode, _ inputs: [Int]) -> Value {
    var isPooled = steps[inputs[0]].isPooled
    if case .globalAveragePool = kind { isPooled = true }
    steps.append(Step(kind: kind, inputs: inputs, label: node.label, isPooled: isPooled))
    return .step(steps.count - 1)
  }

  /// Whether a value is what a classifier computes, or what becomes of that.
  func isClassifier(_ value: Value?) -> Bool {
    switch value {
    case .tail?: return true
    case .step(let step)?: if case .linear = steps[step].kind { return true }
    default: break
    }
    return false
  }

  func misfit(_ node: ONNXNode, _ expected: String) -> ReadError {
    let found = node.inputs.prefix(4).map { name in
      switch values[name] {
      case .constant(let tensor): "'\(name)' \(tensor.shape) of \(tensor.dataType)"
      case .front: "'\(name)', the graph's input before the first layer"
      case .step(let step): "'\(name)' from \(steps[step].label)"
      case .tail: "'\(name)', computed from the classifier's output"
      case .shape: "'\(name)', computed from a shape"
      case .misfit: "'\(name)', which no layer computes"
      case nil: "nothing"
      }
    }
    return ReadError(
      .onnxLifting, "no network of these layers has this node here", path: [node.label],
      expected: expected,
      found: found.joined(separator: "; "))
  }
}

extension GraphTrace.Value {
  /// Whether it does not depend on the numbers of the graph's input.
  var isPlain: Bool {
    switch self {
    case .constant, .shape: true
    case .front, .step, .tail, .misfit: false
    }
  }

  fileprivate var isMisfit: Bool {
    if case .misfit = self { true } else { false }
  }

  var isFront: Bool {
    if case .front = self { true } else { false }
  }
}
