import BinaryInput

/// What is known of a graph's values before it is executed: small constants, what nodes make of
/// them, and shapes as far as they follow from the input's.
struct KnownValues {
  /// The most elements of a value that is kept; conditions, axes and shapes have fewer.
  static let maximumElementCount = 256

  private var values: [String: InterpreterValue] = [:]
  private var shapes: [String: [Int?]] = [:]
  private var folding = ConstantFolding(byteCount: 16 << 20)

  /// Takes over a constant of the graph.
  mutating func add(_ tensor: ONNXTensor, named name: String) {
    shapes[name] = tensor.shape
    guard tensor.elementCount <= KnownValues.maximumElementCount else { return }
    values[name] = try? InterpreterValue(tensor)
  }

  /// Takes over what is stated of the graph's input.
  mutating func add(_ input: ONNXValue) {
    shapes[input.name] = input.shape?.map { if case .count(let count) = $0 { count } else { nil } }
  }

  /// Takes over what follows from a node, whose inputs' names are those of the graph.
  mutating func add(_ node: ONNXNode, opset: Int) {
    let name = node.outputs.first ?? ""
    if node.operatorType == "Shape", node.domain.isEmpty,
      let shape = node.input(0).flatMap({ shapes[$0] })
    {
      let rank = shape.count
      func place(_ name: String, _ standard: Int) -> Int {
        guard case .integer(let place)? = node.attribute(name)?.value else { return standard }
        return min(max(place < 0 ? place + rank : place, 0), rank)
      }
      let start = place("start", 0)
      let part = shape[start..<max(start, place("end", rank))]
      let known = part.compactMap(\.self)
      // Extents that are not known are -1, and nothing that is computed from one is a constant.
      partial[name] = Array(part)
      if known.count == part.count { values[name] = InterpreterValue(integers: known) }
      shapes[name] = [part.count]
      return
    }
    if node.operatorType == "Constant", node.domain.isEmpty,
      case .tensor(let tensor)? = node.attribute("value")?.value
    {
      // Weights may be kept so.
      add(tensor, named: name)
      return
    }
    var inputs: [InterpreterValue?] = []
    var isKnown = true
    for input in node.inputs {
      inputs.append(values[input])
      if !input.isEmpty, values[input] == nil { isKnown = false }
    }
    if isKnown, ConstantFolding.canCompute(node, opset: opset),
      let results = try? folding.outputs(of: node, opset: opset, inputs: inputs)
    {
      for (name, result) in zip(node.outputs, results) where !name.isEmpty {
        shapes[name] = result.shape
        if result.count <= KnownValues.maximumElementCount { values[name] = result }
      }
      return
    }
    if node.operatorType == "Size", node.domain.isEmpty,
      let shape = node.input(0).flatMap({ shapes[$0] }), !shape.contains(nil),
      let count = shape.compactMap(\.self).exactProduct()
    {
      values[name] = InterpreterValue(integers: [count], shape: [])
      shapes[name] = []
      return
    }
    if let element = element(of: node, opset: opset) {
      values[name] = element
      shapes[name] = element.shape
      return
    }
    if node.domain.isEmpty, let shape = ShapeInference(node, opset, shapes, values).shape {
      shapes[name] = shape
    }
  }

  /// Shapes as values, where some of their extents are not known.
  private var partial: [String: [Int?]] = [:]

  /// One known extent of a shape of which others are not.
  private func element(of node: ONNXNode, opset: Int) -> InterpreterValue? {
    guard node.operatorType == "Gather", node.domain.isEmpty,
      let extents = node.input(0).flatMap({ partial[$0] }),
      let place = node.input(1).flatMap({ values[$0] }),
      case .integers(let indices) = place.elements
    else { return nil }
    var chosen: [Int] = []
    for index in indices {
      let index = Int(index) < 0 ? Int(index) &+ extents.count : Int(index)
      guard extents.indices.contains(index), let extent = extents[index] else { return nil }
      chosen.append(extent)
    }
    return InterpreterValue(integers: chosen, shape: place.shape)
  }

  /// The integers of a name, where they are known.
  func integers(_ name: String) -> [Int64]? {
    guard case .integers(let values)? = values[name]?.elements else { return nil }
    return values
  }

  /// The one truth value or number of a name, where it is known.
  func flag(_ name: String) -> Bool? {
    guard let value = values[name], value.count == 1, case .integers(let values) = value.elements
    else { return nil }
    return values[0] != 0
  }
}
