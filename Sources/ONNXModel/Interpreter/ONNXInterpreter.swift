public import BinaryInput

/// Executes the graph of an ONNX file by plain loops in 64-bit arithmetic.
///
/// Nothing is shared with the runtime or the exporter, so that it can be asked what they should
/// have computed. What the operators mean follows the ONNX operator specifications of the version
/// that the file states.
public struct ONNXInterpreter: Sendable {
  /// What results are rounded to.
  public enum Precision: Sendable {
    /// Every result to the type that the graph gives it, as an implementation of the standard has.
    case declared
    /// Results of binary32 and of 16-bit types are not rounded at all, and are given as binary64;
    /// what is computed from constants alone has its type, as weights have.
    case double
  }

  /// The most bytes that values may take at a time where nothing else is said: 4 GiB.
  public static let defaultLiveByteLimit = 4 << 30

  /// How results are rounded.
  public let precision: Precision

  private let graph: ONNXGraph
  private let opset: Int
  /// The initializers and the nodes' constants, converted.
  private let constants: [String: InterpreterValue]
  /// For each node the names of the values that no later one needs.
  private let finished: [[String]]
  /// What each node's results are rounded to.
  private let precisions: [Precision]

  /// Makes a graph ready to be executed; its weights are converted once, here. Functions of the file
  /// and operators that ONNX Runtime fused are executed as the nodes that they stand for.
  ///
  /// - Throws: What putting these nodes in their place throws; `onnx.unsupportedOp` that lists all operators that are not executed; `onnx.ssa` for
  ///   a value that is given twice; `run.input` for a constant of a type that is not executed.
  public init(_ file: ONNXFile, precision: Precision = .declared) throws(ReadError) {
    let file = try file.flattened(for: .execution)
    let unsupported = ONNXInterpreter.unsupportedOperators(of: file)
    guard unsupported.isEmpty else {
      let more = unsupported.count > 10 ? " and \(unsupported.count - 10) more" : ""
      throw ReadError(
        .onnxUnsupportedOperator, "the graph has operators that are not executed",
        expected: "operators of the versions 6 to \(Operators.lastVersion)",
        found: unsupported.prefix(10).joined(separator: ", ") + more)
    }
    graph = file.graph
    opset = file.opset
    self.precision = precision
    var constants: [String: InterpreterValue] = [:]
    for tensor in graph.initializers {
      constants[tensor.name] = try InterpreterValue(tensor)
    }
    var given = Set(constants.keys)
    for input in graph.inputs { given.insert(input.name) }
    for node in graph.nodes {
      for name in node.outputs where !name.isEmpty {
        guard given.insert(name).inserted else {
          throw ReadError(.onnxAssignment, "a value is given twice", path: [node.label, name])
        }
      }
      if node.operatorType == "Constant", let name = node.outputs.first, !name.isEmpty {
        let call = OperatorCall(
          node: node, opset: node.operatorSet ?? opset, precision: precision, inputs: [],
          memory: RunAccount(limit: Int.max))
        constants[name] = try Operators.constant(call).first
      }
    }
    self.constants = constants
    var fixed = Set(constants.keys).subtracting(graph.inputs.lazy.map(\.name))
    var precisions: [Precision] = []
    for node in graph.nodes {
      let isFixed =
        !node.inputs.isEmpty && node.inputs.allSatisfy { $0.isEmpty || fixed.contains($0) }
      if isFixed { fixed.formUnion(node.outputs) }
      precisions.append(isFixed ? .declared : precision)
    }
    self.precisions = precisions
    finished = graph.nodes.finishedValues(outputs: graph.outputs.map(\.name))
  }

  /// The operators of a file that are not executed, each once, in the order of the nodes.
  ///
  /// One of another domain has it in front, one of a version that is not executed the version
  /// behind.
  public static func unsupportedOperators(of file: ONNXFile) -> [String] {
    var names: [String] = []
    var seen = Set<String>()
    // What cannot be made flat is told when it is executed.
    let file = (try? file.flattened(for: .execution)) ?? file
    for node in file.graph.nodes {
      if let name = Operators.refusal(of: node, opset: file.opset), seen.insert(name).inserted {
        names.append(name)
      }
    }
    for value in file.graph.inputs + file.graph.outputs where value.isOther {
      let name = "a sequence, a map or an optional"
      if seen.insert(name).inserted { names.append(name) }
    }
    return names
  }

  /// Executes the graph.
  ///
  /// Shapes may be others than the graph states, as far as its operators take them: a classifier
  /// without fixed sizes inside is executed at any resolution.
  ///
  /// - Parameters:
  ///   - inputs: The values of the graph's inputs by their names. One that is also an initializer
  ///     may be left out. Where nothing is rounded, binary64 may stand for any of the types that
  ///     are not.
  ///   - liveByteLimit: How many bytes values may take at a time, 8 for each element, the weights
  ///     included.
  /// - Returns: The graph's outputs in its order.
  /// - Throws: `run.input` for inputs that are missing, unknown or of another type;
  ///   `run.shape` and `run.attribute` for a node whose values or attributes do not fit;
  ///   `onnx.limit` before more memory would be taken than is allowed.
  public func run(
    _ inputs: [String: ONNXTensor], liveByteLimit: Int = ONNXInterpreter.defaultLiveByteLimit
  ) throws(ReadError) -> [(name: String, value: ONNXTensor)] {
    var values = constants
    let memory = RunAccount(limit: liveByteLimit)
    for (name, value) in try self.values(of: inputs) { values[name] = value }
    for value in values.values where !memory.take((value.byteCount + 7) / 8) {
      throw ReadError(
        .onnxLimit, "the values need more memory than is allowed",
        expected: "at most \(liveByteLimit) bytes", found: "constants and inputs of more")
    }
    for (index, node) in graph.nodes.enumerated() {
      let finished = finished[index]
      let precision = precisions[index]
      let before = memory.used
      if node.operatorType == "Constant" {
        release(finished, &values, memory)
        continue
      }
      let results = try self.results(of: node, precision, values, memory)
      // What the operator took for itself is free again; its results stay.
      memory.used = before
      for (name, result) in zip(node.outputs, results) where !name.isEmpty {
        _ = memory.take((result.byteCount + 7) / 8)
        values[name] = result.rounded(precision)
      }
      release(finished, &values, memory)
    }
    var outputs: [(name: String, value: ONNXTensor)] = []
    for output in graph.outputs {
      guard let value = values[output.name] else {
        throw ReadError(.runInput, "nothing gives an output of the graph", path: [output.name])
      }
      outputs.append((output.name, try value.tensor(named: output.name, precision: precision)))
    }
    return outputs
  }

  private func results(
    of node: ONNXNode, _ precision: Precision, _ values: [String: InterpreterValue],
    _ memory: RunAccount
  ) throws(ReadError) -> [InterpreterValue] {
    var arguments: [InterpreterValue?] = []
    for name in node.inputs {
      if name.isEmpty {
        arguments.append(nil)
      } else if let value = values[name] {
        arguments.append(value)
      } else {
        throw ReadError(
          .runInput, "nothing before the node gives an input", path: [node.label], found: name)
      }
    }
    guard let entry = Operators.table[node.operatorType] else {
      throw ReadError(.onnxUnsupportedOperator, "the operator is not executed", path: [node.label])
    }
    let results = try entry.function(
      OperatorCall(
        node: node, opset: node.operatorSet ?? opset, precision: precision, inputs: arguments,
        memory: memory))
    guard node.outputs.dropFirst(results.count).allSatisfy(\.isEmpty) else {
      throw ReadError(
        .runAttribute, "the node has more outputs than its operator gives", path: [node.label],
        expected: "at most \(results.count)", found: "\(node.outputs.count)")
    }
    return results
  }

  private func release(
    _ names: [String], _ values: inout [String: InterpreterValue], _ memory: RunAccount
  ) {
    // The constants stay, as the interpreter holds them.
    for name in names where constants[name] == nil {
      if let value = values.removeValue(forKey: name) {
        memory.used -= (value.byteCount + 7) / 8 * 8
      }
    }
  }

  /// Checks what is given to the graph against what it states, and converts it.
  private func values(
    of inputs: [String: ONNXTensor]
  ) throws(ReadError) -> [String: InterpreterValue] {
    var values: [String: InterpreterValue] = [:]
    for input in graph.inputs {
      guard let tensor = inputs[input.name] else {
        if constants[input.name] != nil { continue }
        throw ReadError(.runInput, "an input of the graph is missing", path: [input.name])
      }
      var value = try InterpreterValue(tensor)
      if let type = input.dataType, type != value.type {
        guard precision == .double, value.type == .double, type.isFloatingPoint,
          SmallFloat.of(type) == nil
        else {
          throw ReadError(
            .runInput, "an input of the graph is of another type", path: [input.name],
            expected: "\(type)", found: "\(value.type)")
        }
        value.type = type
      }
      values[input.name] = value
    }
    for name in inputs.keys.sorted() where values[name] == nil {
      throw ReadError(.runInput, "the graph has no such input", found: name)
    }
    return values
  }
}

extension [ONNXNode] {
  /// For each node the names of the values that no later one needs.
  func finishedValues(outputs: [String]) -> [[String]] {
    var later = Set(outputs)
    var finished: [[String]] = []
    for node in reversed() {
      finished.append((node.inputs + node.outputs).filter { later.insert($0).inserted })
    }
    return finished.reversed()
  }
}
