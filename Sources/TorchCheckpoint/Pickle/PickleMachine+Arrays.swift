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
      order: isFortranOrder ? .fortran : .rowMajor, data: parts[parts.count - 1])
  }

  /// `_frombuffer(bytes, type, shape, order)`, as protocol 5 has it; the order `K` means that the axes
  /// are then put into the order that follows.
  func arrayOverBytes(
    _ global: PickleGlobal, _ list: [Int]
  ) throws(ReadError) -> TensorReference.Content {
    guard list.count >= 4, list.count <= 5, let order = tree.text(list[3]) else {
      throw malformed(global.name, "bytes, a type, a shape and an order", list.first)
    }
    let known: ArrayReference.Order
    switch order {
    case "C": known = .rowMajor
    case "F": known = .fortran
    case "K":
      guard let axes = list.count == 5 ? tree.tuple(list[4]) : nil, axes.count <= Tensor.maximumRank
      else { return .unsupported(.spelling) }
      known = .permuted(try integers(list[4], "the order of an array's axes", global.name))
    default: return .unsupported(.spelling)
    }
    return try array(
      global.name, shape: list[2], type: list[1], order: known, data: list[0])
  }

  private func array(
    _ function: String, shape: Int, type: Int, order: ArrayReference.Order, data: Int
  ) throws(ReadError) -> TensorReference.Content {
    if let count = tree.tuple(shape)?.count, count > Tensor.maximumRank {
      return .unsupported(.rank(count))
    }
    let shape = try integers(shape, "an array's shape", function)
    if case .permuted(let axes) = order, axes.sorted() != Array(shape.indices) {
      throw error(
        .pickleArguments, "the order of an array's axes is none of its axes",
        expected: "each of \(shape.count) axes once", found: "\(axes)")
    }
    let (name, byteOrder) = elementDescription(type)
    guard let elementType = PickleMachine.arrayTypes[name] else {
      let isNumber = name.first.map { "biufc".contains($0) } ?? false
      return .unsupported(isNumber ? .element(name) : .objects(name))
    }
    guard case .bytes(let bytes) = tree.nodes[data], bytes != .unknown else {
      return .unsupported(.spelling)
    }
    return .array(
      ArrayReference(
        type: elementType, isBigEndian: byteOrder == ">", order: order, keptShape: shape,
        data: bytes))
  }

  /// The types by NumPy's names for them: kind and number of bytes, or a class.
  private static let arrayTypes: [String: ElementType] = [
    "f8": .f64, "f4": .f32, "f2": .f16, "i8": .i64, "i4": .i32, "i2": .i16, "i1": .i8, "u8": .u64,
    "u4": .u32, "u2": .u16, "u1": .u8, "b1": .bool, "c16": .c128, "c8": .c64,
    "ml_dtypes.bfloat16": .bf16, "ml_dtypes.float8_e4m3fn": .f8e4m3fn,
    "ml_dtypes.float8_e5m2": .f8e5m2, "ml_dtypes.float8_e4m3fnuz": .f8e4m3fnuz,
    "ml_dtypes.float8_e5m2fnuz": .f8e5m2fnuz, "ml_dtypes.float8_e8m0fnu": .f8e8m0fnu,
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
