import BinaryInput

/// The shape of a node's first output as far as it follows from the shapes that it takes.
struct ShapeInference {
  /// The extents, nil for one that is not known; nil where not even their number is.
  private(set) var shape: [Int?]?

  private let node: ONNXNode
  private let opset: Int
  private let shapes: [String: [Int?]]
  private let values: [String: InterpreterValue]

  private typealias Rule = @Sendable (ShapeInference) -> [Int?]?

  /// What is known of every operator that stands in a classifier of images.
  private static let rules: [String: Rule] = {
    var rules: [String: Rule] = [
      "Conv": { $0.convolved() },
      "Flatten": { $0.flattened() },
      "Gemm": { $0.product(isTransposed: $0.integer("transB") ?? 0 != 0) },
      "GlobalAveragePool": { rule in rule[0].map { $0.prefix(2) + $0.dropFirst(2).map { _ in 1 } }
      },
      "MatMul": { $0.product(isTransposed: false) },
      "Pad": { $0.padded() },
      "ReduceMean": { $0.reduced() },
      "Reshape": { $0.reshaped() },
      "Squeeze": { $0.squeezed() },
      "Transpose": { $0.transposed() },
      "Unsqueeze": { $0.unsqueezed() },
    ]
    for name in ["Add", "Div", "Max", "Mul", "Sub"] { rules[name] = { $0.broadcast() } }
    for name in [
      "BatchNormalization", "Cast", "CastLike", "Clip", "Dropout", "HardSigmoid", "Identity",
      "Relu",
      "Sigmoid", "Softmax", "Swish",
    ] { rules[name] = { $0[0] } }
    return rules
  }()

  init(
    _ node: ONNXNode, _ opset: Int, _ shapes: [String: [Int?]],
    _ values: [String: InterpreterValue]
  ) {
    self.node = node
    self.opset = opset
    self.shapes = shapes
    self.values = values
    shape = ShapeInference.rules[node.operatorType]?(self)
    if let shape, shape.count > 64 { self.shape = nil }
  }

  /// The shape of an input.
  private subscript(index: Int) -> [Int?]? { node.input(index).flatMap { shapes[$0] } }

  private func integer(_ name: String) -> Int? {
    if case .integer(let value)? = node.attribute(name)?.value { value } else { nil }
  }

  /// Integers that are an attribute or, from a version on, an input.
  private func integers(_ name: String, input index: Int, since: Int) -> [Int]? {
    if opset < since {
      if case .integers(let values)? = node.attribute(name)?.value { return values }
      return nil
    }
    guard let name = node.input(index), case .integers(let values)? = values[name]?.elements else {
      return nil
    }
    return values.map { Int($0) }
  }

  /// Different axes counted from the front; nil where there are no such.
  private func places(_ axes: [Int], rank: Int) -> Set<Int>? {
    let places = Set(axes.map { $0 < 0 ? $0 &+ rank : $0 })
    return places.allSatisfy({ (0..<rank).contains($0) }) ? places : nil
  }

  /// No honest extent is larger; up to it, sums and products of two fit.
  private static let largestExtent = 1 << 31

  private func convolved() -> [Int?]? {
    guard let input = self[0], let weight = self[1], !input.isEmpty else { return nil }
    return [input[0], weight.first ?? nil]
      + input.indices.dropFirst(2).map { axis in
        windowCount(
          input[axis], kernel: axis < weight.count ? weight[axis] : nil, axis: axis - 2,
          axisCount: input.count - 2)
      }
  }

  /// The number of windows along an axis; nil where it is not known.
  private func windowCount(_ extent: Int?, kernel: Int?, axis: Int, axisCount: Int) -> Int? {
    func numbers(_ name: String, count: Int, usually value: Int) -> [Int]? {
      guard case .integers(let numbers)? = node.attribute(name)?.value else {
        return Array(repeating: value, count: count)
      }
      return numbers.count == count ? numbers : nil
    }
    guard let extent, let kernel,
      let stride = numbers("strides", count: axisCount, usually: 1)?[axis],
      let dilation = numbers("dilations", count: axisCount, usually: 1)?[axis],
      let pads = numbers("pads", count: 2 * axisCount, usually: 0),
      [extent, kernel, stride, dilation].allSatisfy({ (1...Self.largestExtent).contains($0) }),
      pads.allSatisfy({ (0...Self.largestExtent).contains($0) })
    else { return nil }
    var padding = pads[axis] + pads[axis + axisCount]
    if case .string(let bytes)? = node.attribute("auto_pad")?.value {
      switch String(decoding: bytes, as: UTF8.self) {
      case "SAME_UPPER", "SAME_LOWER": return (extent + stride - 1) / stride
      case "VALID": padding = 0
      default: break
      }
    }
    let room = extent + padding - dilation * (kernel - 1) - 1
    return room < 0 ? nil : room / stride + 1
  }

  private func padded() -> [Int?]? {
    guard let input = self[0] else { return nil }
    let amounts = integers("pads", input: 1, since: 11)
    guard let amounts, amounts.count == 2 * input.count, node.input(3) == nil,
      amounts.allSatisfy({ (0...Self.largestExtent).contains($0) })
    else { return input.map { _ in nil } }
    return input.indices.map { axis in
      input[axis].flatMap { extent in
        (0...Self.largestExtent).contains(extent)
          ? extent + amounts[axis] + amounts[axis + input.count] : nil
      }
    }
  }

  private func flattened() -> [Int?]? {
    guard let input = self[0] else { return nil }
    let given = integer("axis") ?? 1
    let axis = given < 0 ? given &+ input.count : given
    guard (0...input.count).contains(axis) else { return nil }
    func product(_ part: ArraySlice<Int?>) -> Int? {
      let known = part.compactMap(\.self)
      return known.count == part.count ? known.exactProduct() : nil
    }
    return [product(input[..<axis]), product(input[axis...])]
  }

  private func product(isTransposed: Bool) -> [Int?]? {
    guard let left = self[0], let right = self[1], left.count == 2, right.count == 2 else {
      return nil
    }
    return [left[0], right[isTransposed ? 0 : 1]]
  }

  private func reduced() -> [Int?]? {
    guard let input = self[0],
      let axes = integers("axes", input: 1, since: 18).flatMap({ places($0, rank: input.count) }),
      !axes.isEmpty
    else { return nil }
    let keepsAxes = integer("keepdims") ?? 1 != 0
    return input.indices.compactMap { axis in
      axes.contains(axis) ? (keepsAxes ? .some(1) : nil) : .some(input[axis])
    }
  }

  private func reshaped() -> [Int?]? {
    guard let target = integers("shape", input: 1, since: 5) else { return nil }
    let input = self[0]
    return target.enumerated().map { axis, extent in
      if extent > 0 { return extent }
      guard extent == 0, let input, axis < input.count else { return nil }
      return input[axis]
    }
  }

  private func squeezed() -> [Int?]? {
    guard let input = self[0] else { return nil }
    if let given = integers("axes", input: 1, since: 13) {
      guard let axes = places(given, rank: input.count) else { return nil }
      return input.indices.filter { !axes.contains($0) }.map { input[$0] }
    }
    guard node.input(1) == nil, !input.contains(nil) else { return nil }
    return input.filter { $0 != 1 }
  }

  private func transposed() -> [Int?]? {
    guard let input = self[0] else { return nil }
    guard case .integers(let order)? = node.attribute("perm")?.value else {
      return input.reversed()
    }
    guard order.sorted() == Array(input.indices) else { return nil }
    return order.map { input[$0] }
  }

  private func unsqueezed() -> [Int?]? {
    guard let input = self[0], let given = integers("axes", input: 1, since: 13),
      given.count <= 64, let axes = places(given, rank: input.count + given.count),
      axes.count == given.count
    else { return nil }
    var rest = input[...]
    return (0..<(input.count + given.count)).map { axis in
      axes.contains(axis) ? 1 : rest.popFirst() ?? nil
    }
  }

  /// The extents of two values that are repeated to one shape.
  private func broadcast() -> [Int?]? {
    guard let left = self[0], let right = self[1], node.inputs.count == 2 else { return nil }
    let rank = max(left.count, right.count)
    func extent(_ shape: [Int?], _ axis: Int) -> Int? {
      let place = axis - (rank - shape.count)
      return place < 0 ? 1 : shape[place]
    }
    return (0..<rank).map { axis in
      switch (extent(left, axis), extent(right, axis)) {
      case (1, let other), (let other, 1): other
      case (let a?, let b?): a == b ? a : nil
      case (let a?, nil), (nil, let a?): a
      default: nil
      }
    }
  }
}
