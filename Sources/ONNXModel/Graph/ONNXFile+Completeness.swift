import BinaryInput

extension ONNXFile {
  /// Checks what an encoding does not show: one that was cut between two fields still parses, as a
  /// smaller model.
  ///
  /// Nodes are put into an order in which each comes after those whose values it takes.
  ///
  /// - Throws: `onnx.incomplete` where there is nothing to compute or a value comes from nowhere,
  ///   `onnx.ssa` where a name is given twice, `onnx.cycle` where nodes wait for each other.
  mutating func requireComplete() throws(ReadError) {
    guard !graph.outputs.isEmpty, !(graph.nodes.isEmpty && graph.initializers.isEmpty) else {
      throw ReadError(
        .onnxIncomplete, "the graph computes nothing", path: graph.name.isEmpty ? [] : [graph.name],
        expected: "at least one output, and a node or a constant",
        advice: "check that the download or copy is complete")
    }
    try graph.order(outer: [])
    var keys: Set<ONNXFunction.Key> = []
    for index in functions.indices {
      let name = functions[index].qualifiedName
      guard keys.insert(functions[index].key).inserted else {
        throw ReadError(
          .onnxAssignment, "a function is defined twice", expected: "a name of its own",
          found: "'\(name)'")
      }
      var body = ONNXGraph(
        nodes: functions[index].nodes, inputs: functions[index].inputs.map { ONNXValue($0) },
        outputs: functions[index].outputs.map { ONNXValue($0) })
      do {
        try body.order(outer: [])
      } catch {
        throw error.within("function '\(name)'")
      }
      functions[index].nodes = body.nodes
    }
  }
}

extension ONNXGraph {
  fileprivate mutating func order(outer: Set<String>) throws(ReadError) {
    var known = outer
    var own: Set<String> = []
    func give(_ name: String, _ what: @autoclosure () -> String) throws(ReadError) {
      guard own.insert(name).inserted else {
        throw ReadError(
          .onnxAssignment, "a value is given twice", path: [what()], expected: "a name of its own",
          found: "'\(name)'")
      }
      known.insert(name)
    }
    for input in inputs { try give(input.name, "input") }
    for tensor in initializers where !own.contains(tensor.name) {
      try give(tensor.name, "initializer")
    }
    let initializerNames = initializers.map(\.name)
    guard Set(initializerNames).count == initializerNames.count else {
      let name = Dictionary(grouping: initializerNames, by: \.self).first { $0.value.count > 1 }!
        .key
      throw ReadError(
        .onnxAssignment, "a value is given twice", path: ["initializer"],
        expected: "a name of its own", found: "'\(name)'")
    }
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard !own.contains(output), producers.updateValue(index, forKey: output) == nil else {
          throw ReadError(
            .onnxAssignment, "a value is given twice", path: [node.label],
            expected: "a name of its own", found: "'\(output)'")
        }
      }
    }
    let allNames = known.union(producers.keys)
    // What a node waits for: its own inputs, and what graphs inside of it take from out here.
    var waits: [[Int]] = []
    for node in nodes {
      let captured = node.attributes.flatMap(\.graphs).flatMap(\.freeNames)
      for name in node.inputs where !name.isEmpty && !allNames.contains(name) {
        throw ReadError(
          .onnxIncomplete, "a node takes a value that nothing gives", path: [node.label],
          expected: "an input, a constant, or what another node gives", found: "'\(name)'",
          advice: "check that the download or copy is complete")
      }
      waits.append((node.inputs + captured).compactMap { producers[$0] })
    }
    var missing = waits.map(\.count)
    var users = [[Int]](repeating: [], count: nodes.count)
    for (index, producers) in waits.enumerated() {
      for producer in producers { users[producer].append(index) }
    }
    var ordered: [Int] = []
    // The file's own order is kept where it is one: the usual case, in one pass.
    let isOrdered = waits.enumerated().allSatisfy { index, producers in
      producers.allSatisfy { $0 < index }
    }
    if isOrdered {
      ordered = Array(nodes.indices)
    } else {
      var ready = Array(nodes.indices.filter { missing[$0] == 0 }.reversed())
      while let index = ready.popLast() {
        ordered.append(index)
        for user in users[index].reversed() {
          missing[user] -= 1
          if missing[user] == 0 { ready.append(user) }
        }
      }
    }
    guard ordered.count == nodes.count else {
      let waiting = nodes.indices.filter { missing[$0] > 0 }
      throw ReadError(
        .onnxCycle, "nodes wait for each other",
        expected: "an order in which each comes after those whose values it takes",
        found: waiting.prefix(10).map { nodes[$0].label }.joined(separator: ", ")
          + (waiting.count > 10 ? " and \(waiting.count - 10) more" : ""))
    }
    if !isOrdered { nodes = ordered.map { nodes[$0] } }
    for output in outputs where !allNames.contains(output.name) {
      throw ReadError(
        .onnxIncomplete, "nothing gives an output of the graph", found: "'\(output.name)'",
        advice: "check that the download or copy is complete")
    }
    known.formUnion(producers.keys)
    for index in nodes.indices {
      for place in nodes[index].attributes.indices {
        switch nodes[index].attributes[place].value {
        case .graph(var graph):
          try graph.order(outer: known)
          nodes[index].attributes[place].value = .graph(graph)
        case .graphs(var graphs):
          for inner in graphs.indices { try graphs[inner].order(outer: known) }
          nodes[index].attributes[place].value = .graphs(graphs)
        default: break
        }
      }
    }
  }

  /// What the nodes take and neither they, nor inputs, nor constants give.
  var freeNames: [String] {
    var own = Set(inputs.map(\.name)).union(initializers.map(\.name))
    for node in nodes { own.formUnion(node.outputs) }
    let taken =
      nodes.flatMap { $0.inputs + $0.attributes.flatMap(\.graphs).flatMap(\.freeNames) }
      + outputs.map(\.name)
    return taken.filter { !own.contains($0) }
  }
}
