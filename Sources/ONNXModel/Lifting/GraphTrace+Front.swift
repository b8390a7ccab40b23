import BinaryInput
import TensorData

extension GraphTrace {
  /// What is done with a channel by a constant operand; nil for an order of the operands that is no
  /// scaling and shifting.
  private typealias Change = @Sendable (inout FrontTrace.Channel, Double) -> Void

  /// The arithmetic before the first layer: what it does where the constant is the second operand,
  /// and where it is the first.
  private static let arithmetic: [String: (second: Change, first: Change?)] = [
    "Add": ({ $0.shift += $1 }, { $0.shift += $1 }),
    "Sub": (
      { $0.shift -= $1 },
      {
        $0.scale = -$0.scale
        $0.shift = $1 - $0.shift
      }
    ),
    "Mul": (scaled, scaled),
    "Div": (
      {
        $0.scale /= $1
        $0.shift /= $1
      }, nil
    ),
  ]

  private static let scaled: Change = {
    $0.scale *= $1
    $0.shift *= $1
  }

  /// Whether an operator is one of the arithmetic or arrangements before the first layer only.
  static func isOfFront(_ operatorType: String) -> Bool {
    arithmetic[operatorType] != nil || operatorType == "Split"
  }

  /// The outputs of a node that takes the graph's input and is part of the way to the first layer;
  /// nil where it is not.
  ///
  /// - Throws: `onnx.lifting` for one that leads nowhere.
  mutating func fronted(_ node: ONNXNode, _ operands: [Value]) throws(ReadError) -> [Value]? {
    let fronts = operands.compactMap { if case .front(let front) = $0 { front } else { nil } }
    guard let front = fronts.first, node.domain.isEmpty else { return nil }
    do {
      if fronts.count > 1 {
        guard node.operatorType == "Concat", fronts.count == operands.count else { return nil }
        return [.front(try FrontTrace(joining: fronts, along: try axis(node) ?? 0))]
      }
      return try after(front, node)?.map { .front($0) }
    } catch let error as FrontTrace.Misfit {
      throw misfit(node, error.expected)
    } catch let error as ReadError {
      throw error
    } catch {
      preconditionFailure("no other errors")
    }
  }

  private func axis(_ node: ONNXNode) throws(ReadError) -> Int? { try node.integer("axis") }

  private mutating func after(_ front: FrontTrace, _ node: ONNXNode) throws -> [FrontTrace]? {
    var front = front
    if let (second, first) = GraphTrace.arithmetic[node.operatorType] {
      guard node.inputs.count == 2 else { return nil }
      try front.requireNumbers()
      let isFirst: Bool
      if case .front? = node.input(0).flatMap({ values[$0] }) {
        isFirst = false
      } else {
        isFirst = true
      }
      guard let change = isFirst ? first : second,
        let constant = try weights(node, isFirst ? 0 : 1)
      else { throw FrontTrace.Misfit("a constant as the other operand") }
      guard constant.elementCount <= FrontTrace.maximumChannelCount else {
        throw FrontTrace.Misfit("a number for all, or one for each channel")
      }
      try front.combine(shape: constant.shape, try constant.doubles(), change)
      return [front]
    }
    guard case .front? = node.input(0).flatMap({ values[$0] }) else { return nil }
    switch node.operatorType {
    case "Identity", "Dropout": break
    case "Cast": try front.cast(to: ONNXDataType(rawValue: try node.integer("to") ?? 0))
    case "CastLike": try front.cast(to: try constant(node, 1)?.dataType)
    case "Transpose": try front.transpose(try node.integers("perm"))
    case "Unsqueeze":
      let axes = try opset(node) < 13 ? node.integers("axes") : integers(node, 1)
      try front.insert(axes ?? [])
    case "BatchNormalization": try normalize(&front, node)
    case "Gather":
      guard let selector = try constant(node, 1), selector.shape.count <= 1,
        let indices = try integers(node, 1)
      else { throw FrontTrace.Misfit("channels by their constant numbers") }
      try front.select(try axis(node) ?? 0, removesAxis: selector.shape.isEmpty) { count in
        indices.map { $0 < 0 ? $0 &+ count : $0 }
      }
    case "Slice": try slice(&front, node)
    case "Split": return try split(front, node)
    default: return nil
    }
    return [front]
  }

  private mutating func normalize(_ front: inout FrontTrace, _ node: ONNXNode) throws {
    try requireInference(node)
    var numbers: [[Double]] = []
    for index in 1...4 {
      guard let tensor = try weights(node, index), tensor.shape.count == 1,
        tensor.elementCount <= FrontTrace.maximumChannelCount
      else {
        throw FrontTrace.Misfit("numbers for each channel")
      }
      numbers.append(try tensor.doubles())
    }
    let epsilon = Double(try node.float("epsilon") ?? 1e-5)
    let count = numbers[0].count
    guard numbers.allSatisfy({ $0.count == count }), front.axes.count >= 2 else {
      throw FrontTrace.Misfit("numbers for each channel")
    }
    let shape = [count] + [Int](repeating: 1, count: front.axes.count - 2)
    let factors = (0..<count).map { numbers[0][$0] / (numbers[3][$0] + epsilon).squareRoot() }
    let shifts = (0..<count).map { numbers[1][$0] - numbers[2][$0] * factors[$0] }
    try front.combine(shape: shape, factors, GraphTrace.scaled)
    try front.combine(shape: shape, shifts) { $0.shift += $1 }
  }

  private mutating func slice(_ front: inout FrontTrace, _ node: ONNXNode) throws {
    let isOld = opset(node) < 10
    func numbers(_ name: String, _ index: Int) throws(ReadError) -> [Int]? {
      try isOld ? node.integers(name) : integers(node, index)
    }
    guard let starts = try numbers("starts", 1), let ends = try numbers("ends", 2),
      starts.count == ends.count
    else { throw FrontTrace.Misfit("constant places") }
    let axes = try numbers("axes", 3) ?? Array(starts.indices)
    let steps = try (isOld ? nil : integers(node, 4)) ?? starts.map { _ in 1 }
    guard axes.count == starts.count, steps.count == starts.count, !steps.contains(0) else {
      throw FrontTrace.Misfit("a start, an end and a step for each axis")
    }
    for (place, axis) in axes.enumerated() {
      try front.select(axis) { count in
        guard count <= 1 << 16 else { return nil }
        let step = steps[place]
        func bounded(_ end: Int, _ range: ClosedRange<Int>) -> Int {
          min(max(end < 0 ? end &+ count : end, range.lowerBound), range.upperBound)
        }
        // The least integers stand for an end before the first place.
        let isBefore = ends[place] <= -count - 1
        let start = bounded(starts[place], step > 0 ? 0...count : 0...max(count - 1, 0))
        let end =
          step < 0 && isBefore ? -1 : bounded(ends[place], step > 0 ? 0...count : -1...count)
        guard step.magnitude <= 1 << 16 else { return start == end ? [] : [start] }
        return Array(stride(from: start, to: end, by: step))
      }
    }
  }

  private mutating func split(_ front: FrontTrace, _ node: ONNXNode) throws -> [FrontTrace] {
    let axis = try axis(node) ?? 0
    let stated = try opset(node) < 13 ? node.integers("split") : integers(node, 1)
    var parts: [FrontTrace] = []
    var start = 0
    for index in node.outputs.indices {
      var part = front
      try part.select(axis) { count in
        let even = count / node.outputs.count
        let length = stated.map { index < $0.count ? $0[index] : 0 } ?? even
        guard start <= count, (1...max(count, 1)).contains(length), length <= count - start,
          stated != nil || even * node.outputs.count == count
        else { return nil }
        defer { start += length }
        return Array(start..<(start + length))
      }
      parts.append(part)
    }
    return parts
  }
}
