import BinaryInput

extension ONNXFile {
  /// What a graph is made flat for.
  enum Purpose {
    /// To do as it says.
    case execution
    /// To be a network that is not in training: what only training asks for is left out, with a
    /// warning.
    case inference
  }

  /// The same model in one graph of standard operators: functions, branches whose condition is known
  /// before anything runs, and operators that ONNX Runtime fused are replaced by what they stand
  /// for.
  ///
  /// - Throws: `onnx.limit` where the functions would become too many nodes, `onnx.depth` where they
  ///   are nested too deeply, `onnx.cycle` where one calls itself; `onnx.incomplete` for a call that
  ///   does not fit its function.
  func flattened(for purpose: Purpose) throws(ReadError) -> ONNXFile {
    var flattener = GraphFlattener(self, purpose)
    for node in graph.nodes { try flattener.place(node, flattener.root) }
    var file = self
    file.functions = []
    file.graph.nodes = flattener.nodes
    file.graph.initializers += flattener.initializers
    file.warnings += flattener.warnings
    return file
  }
}

extension ONNXGraph {
  /// The graph without the nodes that none of some values needs, which become its outputs.
  func restricted(to outputs: [ONNXValue]) -> ONNXGraph {
    var needed = Set(outputs.map(\.name))
    var kept: [ONNXNode] = []
    for node in nodes.reversed() where node.outputs.contains(where: needed.contains) {
      needed.formUnion(node.inputs)
      needed.formUnion(node.attributes.flatMap(\.graphs).flatMap(\.freeNames))
      kept.append(node)
    }
    var graph = self
    graph.nodes = kept.reversed()
    graph.outputs = outputs
    return graph
  }
}
