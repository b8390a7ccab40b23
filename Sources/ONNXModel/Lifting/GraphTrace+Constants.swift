import BinaryInput
import NetworkFamilies
import TensorData

extension GraphTrace {
  /// The outputs of a node that takes only constants, and integers computed from shapes; nil for one
  /// that gives nothing of the kind.
  ///
  /// - Throws: `onnx.limit` where a small file would become large constants; what computing the
  ///   node throws.
  mutating func plain(_ node: ONNXNode, _ operands: [Value]) throws(ReadError) -> [Value]? {
    guard ConstantFolding.canCompute(node, opset: flat.opset) else { return nil }
    var tensors: [ONNXTensor?] = []
    var isShape = false
    for index in node.inputs.indices {
      guard node.input(index) != nil else {
        tensors.append(nil)
        continue
      }
      if case .constant(let tensor) = try value(node, index) {
        tensors.append(tensor)
      } else {
        isShape = true
      }
    }
    if isShape { return [Value](repeating: .shape, count: node.outputs.count) }
    if let tensor = try shared(node, tensors) { return [.constant(tensor)] }
    var inputs: [InterpreterValue?] = []
    for tensor in tensors {
      try folding.take(elementCount: tensor?.elementCount ?? 0)
      inputs.append(try tensor.map { (tensor) throws(ReadError) in try InterpreterValue(tensor) })
    }
    var results: [Value] = []
    for value in try folding.outputs(of: node, opset: opset(node), inputs: inputs) {
      results.append(.constant(try value.tensor(named: "", precision: .declared)))
    }
    return results
  }

  /// What keeps the bytes of a constant, which may be the weights of a file; nil for what has to be
  /// computed.
  private func shared(
    _ node: ONNXNode, _ tensors: [ONNXTensor?]
  ) throws(ReadError) -> ONNXTensor? {
    guard let first = tensors.first, let constant = first, let tensor = constant.tensor else {
      return nil
    }
    func integers(_ index: Int) throws(ReadError) -> [Int]? {
      guard index < tensors.count, let tensor = tensors[index]?.tensor,
        !tensor.elementType.isFloatingPoint, tensor.elementCount <= Tensor.maximumRank
      else { return nil }
      return try tensor.doubles().map { Int(exactly: $0) ?? .max }
    }
    switch node.operatorType {
    case "Identity", "Dropout": return constant
    case "Cast", "CastLike":
      let target =
        node.operatorType == "Cast"
        ? ONNXDataType(rawValue: try node.integer("to") ?? 0)
        : tensors.count > 1 ? tensors[1]?.dataType : nil
      guard let target = target?.elementType else { return nil }
      // Widening keeps every number; the weights stay as the file has them.
      let isWider =
        tensor.elementType.isFloatingPoint && target.isFloatingPoint
        && target.byteCount > tensor.elementType.byteCount
      return isWider || target == tensor.elementType ? constant : nil
    case "Expand":
      // One number for every channel, as the exporter spells out a bias that is none.
      guard let shape = try integers(1), tensor.elementCount == 1, shape.count == 1,
        (1...Layer.maximumMiddleChannels).contains(shape[0])
      else { return nil }
      return try ONNXTensor(
        try Tensor(
          elementType: tensor.elementType, shape: shape, strides: [0],
          storage: try tensor.contiguousBytes()))
    case "Reshape":
      guard let shape = try integers(1), shape.allSatisfy({ $0 > 0 }),
        shape.exactProduct() == tensor.elementCount
      else { return nil }
      return try ONNXTensor(try tensor.reshaped(to: shape))
    case "Transpose":
      guard tensor.shape.count == 2, try node.integers("perm") ?? [1, 0] == [1, 0] else {
        return nil
      }
      return try ONNXTensor(
        try Tensor(
          elementType: tensor.elementType, shape: [tensor.shape[1], tensor.shape[0]],
          strides: [1, tensor.shape[1]], storage: try tensor.contiguousBytes()))
    default: return nil
    }
  }

  /// A constant that a node is.
  func constant(_ node: ONNXNode) throws(ReadError) -> Value {
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
}
