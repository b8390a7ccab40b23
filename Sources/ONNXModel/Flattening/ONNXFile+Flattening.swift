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
    if flattener.settlesPads { file.graph = file.graph.restricted(to: file.graph.outputs) }
    if purpose == .inference { file.graph.dropUntakenStatistics() }
    return file
  }
}

extension ONNXGraph {
  /// Leaves out the statistics of batch norms that nothing takes: before version 14 their presence
  /// alone says training, and exporters name them for no reason.
  fileprivate mutating func dropUntakenStatistics() {
    let taken = Set(nodes.lazy.flatMap(\.inputs)).union(outputs.lazy.map(\.name))
    for index in nodes.indices where nodes[index].operatorType == "BatchNormalization" {
      guard !nodes[index].outputs.dropFirst().contains(where: taken.contains) else { continue }
      nodes[index].outputs = Array(nodes[index].outputs.prefix(1))
    }
  }

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
