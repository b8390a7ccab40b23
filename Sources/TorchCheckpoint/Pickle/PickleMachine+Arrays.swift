internal import BinaryInput
internal import TensorData

/// Arrays of NumPy's, which a pickle holds whole.
extension PickleMachine {
  /// What `numpy.ndarray.__setstate__` is given: a version where there is one, then shape, type,
  /// whether the order is Fortran's, and the elements.
  func array(_ function: String, state: Int) throws(ReadError) -> TensorReference.Content {
    guard let parts = tree.tuple(state), (4...5).contains(parts.count),
      case .bool(let isFortranOrder) = tree.nodes[parts[parts.count - 2]]
    else {
      throw error(
        .pickleArguments, "the state of an array is malformed",
        expected: "a shape, a type, an order and the elements", found: tree.nodes[state].kind)
    }
    return try array(
      function, shape: parts[parts.count - 4], type: parts[parts.count - 3],
      isFortranOrder: isFortranOrder, data: parts[parts.count - 1])
  }

  /// `_frombuffer(bytes, type, shape, order)`, as protocol 5 has it.
  func arrayOverBytes(
    _ global: PickleGlobal, _ list: [Int]
  ) throws(ReadError) -> TensorReference.Content {
    guard list.count >= 4, list.count <= 5, let order = tree.text(list[3]) else {
      throw malformed(global.name, "bytes, a type, a shape and an order", list.first)
    }
    return try array(
      global.name, shape: list[2], type: list[1], isFortranOrder: order == "F", data: list[0])
  }

  private func array(
    _ function: String, shape: Int, type: Int, isFortranOrder: Bool, data: Int
  ) throws(ReadError) -> TensorReference.Content {
    if let count = tree.tuple(shape)?.count, count > Tensor.maximumRank {
      return .unsupported(.rank(count))
    }
    let shape = try integers(shape, "an array's shape", function)
    let (name, order) = elementDescription(type)
    guard let elementType = PickleMachine.arrayTypes[name] else {
      let isNumber = name.first.map { "biufc".contains($0) } ?? false
      return .unsupported(isNumber ? .element(name) : .objects(name))
    }
    guard case .bytes(let bytes) = tree.nodes[data], bytes != .unknown else {
      return .unsupported(.spelling)
    }
    return .array(
      ArrayReference(
        type: elementType, isBigEndian: order == ">", isFortranOrder: isFortranOrder,
        shape: shape, data: bytes))
  }

  /// The types by NumPy's names for them: kind and number of bytes, or a class.
  private static let arrayTypes: [String: ElementType] = [
    "f8": .f64, "f4": .f32, "f2": .f16, "i8": .i64, "i4": .i32, "i2": .i16, "i1": .i8, "u1": .u8,
    "b1": .bool, "ml_dtypes.bfloat16": .bf16,
  ]

  /// What `numpy.dtype` was made of, and the byte order that its state says.
  private func elementDescription(_ node: Int) -> (name: String, order: String?) {
    guard case .object(let index) = tree.nodes[node] else { return (tree.nodes[node].kind, nil) }
    let object = tree.objects[index]
    guard tree.className(of: object) == "numpy.dtype",
      let first = tree.contents[object.elements].first
    else { return ("an object", nil) }
    let order = object.states.last.flatMap { tree.tuple($0) }
      .flatMap { $0.count > 1 ? tree.text($0[1]) : nil }
    switch tree.nodes[first] {
    case .text(let name): return (name, order)
    case .global(let type): return (type.name, order)
    default: return (tree.nodes[first].kind, order)
    }
  }

  /// Pushes the tensor or array among the arguments `data, type, device, requires_grad`, which is
  /// what the other device had.
  mutating func moveTensor(_ global: PickleGlobal, _ list: [Int]) throws(ReadError) {
    guard list.count >= 3, case .tensor(let index) = tree.nodes[list[0]] else {
      throw malformed(global.name, "a tensor or an array, a type and a device", list.first)
    }
    if let type = tree.tensors[index].elementType, case .global(let target) = tree.nodes[list[1]],
      case .elementType(let element) = target.meaning, element.type != type
    {
      return try pushTensor(
        .unsupported(.converted(from: type.rawValue, to: element.name)))
    }
    try push(existing: list[0])
  }
}
