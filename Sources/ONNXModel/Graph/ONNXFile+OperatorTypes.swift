extension ONNXFile {
  /// The operators of all nodes, those of functions and branches included.
  public var operatorTypes: Set<String> {
    var types: Set<String> = []
    var waiting = graph.nodes + functions.flatMap(\.nodes)
    while let node = waiting.popLast() {
      types.insert(node.operatorType)
      waiting += node.attributes.flatMap(\.graphs).flatMap(\.nodes)
    }
    return types
  }
}
