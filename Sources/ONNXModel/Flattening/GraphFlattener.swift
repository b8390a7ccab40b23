import BinaryInput
import TensorData

/// Puts the nodes of functions and of branches in the place of those that call them, under names of
/// their own.
struct GraphFlattener {
  /// How deeply functions may call each other; honest files have a handful of levels.
  static let maximumDepth = 64
  /// How many nodes, inputs, outputs and attributes functions and branches may become in all: some
  /// twenty times those of the largest network.
  static let maximumPartCount = 200_000

  /// The nodes so far.
  private(set) var nodes: [ONNXNode] = []
  /// The constants of branches.
  private(set) var initializers: [ONNXTensor] = []

  /// The names of the file itself.
  let root: Scope

  private let file: ONNXFile
  private let purpose: ONNXFile.Purpose
  private let functions: [ONNXFunction.Key: ONNXFunction]
  private var known = KnownValues()
  /// The names that are given to values of the flat graph.
  private var names: Set<String>
  private var partCount = 0
  private var trainingDropoutCount = 0
  /// Whether nodes that computed the amounts of a Pad may be needed no more.
  private(set) var settlesPads = false
  private var freshCount = 0
  /// The functions that are being placed.
  private var active: [ONNXFunction.Key] = []

  init(_ file: ONNXFile, _ purpose: ONNXFile.Purpose) {
    self.file = file
    self.purpose = purpose
    root = Scope(opset: file.opset, isRoot: true)
    functions = Dictionary(
      file.functions.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    names = Set(file.graph.nodes.lazy.flatMap(\.outputs))
    names.formUnion(file.graph.inputs.lazy.map(\.name))
    names.formUnion(file.graph.initializers.lazy.map(\.name))
    for input in file.graph.inputs { known.add(input) }
    // Whoever runs the graph may give others for those that are inputs, too; nobody does.
    for tensor in file.graph.initializers { known.add(tensor, named: tensor.name) }
  }

  /// What was left out, for people.
  var warnings: [String] {
    trainingDropoutCount == 0
      ? []
      : [
        "the graph was exported in training mode: Dropout stands in it "
          + (trainingDropoutCount == 1 ? "once" : "\(trainingDropoutCount) times")
          + " as in training and is passed over, as in inference"
      ]
  }

  /// Places a node, or what it stands for.
  mutating func place(_ node: ONNXNode, _ scope: Scope) throws(ReadError) {
    if scope !== root {
      partCount += 1 + node.inputs.count + node.outputs.count + node.attributes.count
      guard partCount <= GraphFlattener.maximumPartCount else {
        throw ReadError(
          .onnxLimit, "the functions of the file become too many nodes", path: [node.label],
          expected:
            "at most \(GraphFlattener.maximumPartCount) nodes, inputs, outputs and attributes"
        )
      }
    }
    var node = node
    node.attributes = scope.substituted(node.attributes)
    let key = ONNXFunction.Key(
      domain: node.domain, name: node.operatorType, overload: node.overload)
    if let function = functions[key] ?? FusedOperators.function(for: node) {
      try call(function, node, scope)
    } else if let branch = branch(of: node, scope) {
      try inline(branch, node, scope)
    } else {
      try append(node, scope)
    }
  }

  private mutating func append(_ original: ONNXNode, _ scope: Scope) throws(ReadError) {
    var node = original
    let opset = node.operatorSet ?? scope.opset
    node.operatorSet = opset == file.opset ? nil : opset
    node.inputs = []
    for name in original.inputs { node.inputs.append(try scope.value(name, original)) }
    node.outputs = original.outputs.map { give($0, scope) }
    // What a graph inside takes has other names out here; it could not be followed.
    if scope !== root { node.attributes.removeAll { !$0.graphs.isEmpty } }
    if purpose == .inference, isTrainingDropout(node, opset) {
      trainingDropoutCount += 1
      node.inputs = Array(node.inputs.prefix(1))
      node.attributes = opset < 7 ? [ONNXAttribute("is_test", .integer(1))] : []
    }
    if purpose == .inference { try settlePads(of: &node) }
    nodes.append(node)
    known.add(node, opset: opset)
  }

  /// Gives a Pad whose amounts nodes compute of what is known before anything runs those amounts: so
  /// exporters write padding that depends on the size of images, where they know that.
  private mutating func settlePads(of node: inout ONNXNode) throws(ReadError) {
    guard node.operatorType == "Pad", node.domain.isEmpty, let name = node.input(1),
      let pads = known.integers(name)
    else { return }
    let settled = freshName("pads")
    let tensor = try ONNXTensor(Tensor(pads, shape: [pads.count]), name: settled)
    initializers.append(tensor)
    known.add(tensor, named: settled)
    node.inputs[1] = settled
    settlesPads = true
  }

  private func isTrainingDropout(_ node: ONNXNode, _ opset: Int) -> Bool {
    guard node.operatorType == "Dropout", node.domain.isEmpty else { return false }
    if opset < 7 {
      if case .integer(let value)? = node.attribute("is_test")?.value { return value == 0 }
      return true
    }
    guard opset >= 12, let name = node.input(2) else { return false }
    return known.flag(name) ?? true
  }

  /// The name of a value that a node gives.
  private mutating func give(_ name: String, _ scope: Scope) -> String {
    if name.isEmpty || scope === root { return name }
    if let given = scope.names[name] { return given }
    let fresh = freshName(name)
    scope.names[name] = fresh
    return fresh
  }

  /// A name that no value has; the beginning of another tells people where it comes from.
  private mutating func freshName(_ name: String) -> String {
    let stem = String(decoding: name.utf8.prefix(40), as: UTF8.self)
    while true {
      freshCount += 1
      let fresh = "\(stem)@\(freshCount)"
      if names.insert(fresh).inserted { return fresh }
    }
  }

  // MARK: Functions

  private mutating func call(
    _ function: ONNXFunction, _ node: ONNXNode, _ scope: Scope
  ) throws(ReadError) {
    guard !active.contains(function.key) else {
      throw ReadError(
        .onnxCycle, "a function calls itself", path: [node.label],
        expected: "functions that call others only", found: "'\(function.qualifiedName)'")
    }
    guard active.count < GraphFlattener.maximumDepth else {
      throw ReadError(
        .onnxDepth, "functions are nested too deeply", path: [node.label],
        expected: "at most \(GraphFlattener.maximumDepth) levels")
    }
    guard node.inputs.count <= function.inputs.count,
      node.outputs.count <= function.outputs.count
    else {
      throw ReadError(
        .onnxIncomplete, "a node does not fit the function that it calls", path: [node.label],
        expected: "at most \(function.inputs.count) inputs and \(function.outputs.count) outputs",
        found: "\(node.inputs.count) and \(node.outputs.count)")
    }
    let standard = function.operatorSets[""] ?? function.operatorSets["ai.onnx"]
    let inner = Scope(opset: standard ?? scope.opset)
    for (index, formal) in function.inputs.enumerated() {
      inner.names[formal] =
        try node.input(index).map { (name) throws(ReadError) in
          try scope.value(name, node)
        } ?? ""
    }
    for attribute in function.defaults + node.attributes {
      inner.bindings[attribute.name] = attribute.value
    }
    active.append(function.key)
    try place(function.nodes, inner, results: function.outputs, of: node, scope)
    active.removeLast()
  }

  /// Places nodes whose results are those of another one.
  private mutating func place(
    _ body: [ONNXNode], _ inner: Scope, results: [String], of node: ONNXNode, _ scope: Scope
  ) throws(ReadError) {
    var computed: Set<String> = []
    for node in body { computed.formUnion(node.outputs) }
    var copies: [(from: String, to: String)] = []
    for (result, output) in zip(results, node.outputs) where !output.isEmpty {
      let name = give(output, scope)
      if computed.contains(result), inner.names[result] == nil {
        inner.names[result] = name
      } else {
        copies.append((result, name))
      }
    }
    for node in body { try place(node, inner) }
    for (from, to) in copies {
      let copy = ONNXNode("Identity", inputs: [try inner.value(from, node)], outputs: [to])
      nodes.append(copy)
      known.add(copy, opset: file.opset)
    }
  }

  // MARK: Branches

  /// The branch that an If takes, where that is known.
  private func branch(of node: ONNXNode, _ scope: Scope) -> ONNXGraph? {
    guard node.operatorType == "If", node.domain.isEmpty, let condition = node.input(0),
      let name = try? scope.value(condition, node), let isTaken = known.flag(name),
      case .graph(let graph)? = node.attribute(isTaken ? "then_branch" : "else_branch")?.value,
      graph.outputs.count >= node.outputs.count
    else { return nil }
    return graph
  }

  private mutating func inline(
    _ branch: ONNXGraph, _ node: ONNXNode, _ scope: Scope
  ) throws(ReadError) {
    let inner = Scope(inside: scope)
    for tensor in branch.initializers {
      partCount += 1
      var tensor = tensor
      let name = freshName(tensor.name)
      inner.names[tensor.name] = name
      tensor.name = name
      initializers.append(tensor)
      known.add(tensor, named: name)
    }
    try place(branch.nodes, inner, results: branch.outputs.map(\.name), of: node, scope)
  }
}

extension GraphFlattener {
  /// What names mean in a function or a branch.
  final class Scope {
    /// The names in the flat graph.
    fileprivate(set) var names: [String: String] = [:]
    /// What the caller of the function gives as attributes.
    fileprivate(set) var bindings: [String: ONNXAttribute.Value] = [:]
    /// The version of the standard's operators that the nodes mean.
    let opset: Int

    /// Where a branch finds what it has not itself.
    private let outer: Scope?
    private let isRoot: Bool

    /// Names of a file itself, or of a function, which sees nothing outside of it.
    fileprivate init(opset: Int, isRoot: Bool = false) {
      self.opset = opset
      self.isRoot = isRoot
      outer = nil
    }

    /// Names of a branch.
    fileprivate init(inside outer: Scope) {
      self.outer = outer
      opset = outer.opset
      isRoot = false
      bindings = outer.bindings
    }

    /// The name in the flat graph of a value that a node takes.
    fileprivate func value(_ name: String, _ node: ONNXNode) throws(ReadError) -> String {
      if name.isEmpty { return "" }
      var scope = self
      while true {
        if let value = scope.names[name] { return value }
        if scope.isRoot { return name }
        guard let outer = scope.outer else { break }
        scope = outer
      }
      throw ReadError(
        .onnxIncomplete, "a node takes a value that nothing gives", path: [node.label],
        expected: "an input of the function, or what another node of it gives", found: "'\(name)'")
    }

    /// Attributes with what the caller gives in place of references to it; those that it does not
    /// give are left out.
    fileprivate func substituted(_ attributes: [ONNXAttribute]) -> [ONNXAttribute] {
      attributes.compactMap { attribute in
        guard case .reference(let name) = attribute.value else { return attribute }
        return bindings[name].map { ONNXAttribute(attribute.name, $0) }
      }
    }
  }
}
