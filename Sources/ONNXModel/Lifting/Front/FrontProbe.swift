import BinaryInput
import TensorData

/// Finds out what a graph does with its input before the first layer, by executing those nodes on
/// images that spell out where each element comes from.
///
/// What the nodes are does not matter, as long as the interpreter knows them: an exporter may write
/// one change of the axes as a `Transpose`, or as a `Reshape` and a `Gather`.
struct FrontProbe {
  /// The nodes between the graph's input and the network's, in order.
  let nodes: [ONNXNode]
  /// The graph's input.
  let input: ONNXValue
  /// The name of the network's input.
  let output: String
  /// What the nodes take beside.
  let constants: [String: InterpreterValue]
  /// The version of the operator set.
  let opset: Int

  /// What may be done in all runs; a step is an element of a node's output.
  let budget: WorkBudget

  /// The bytes that the values of all nodes may have in one run, however few are alive.
  private static let byteLimit = 4 << 30
  /// The most multiplications in a node, of which a matrix of colours has few.
  private static let stepLimit = 1 << 28
  /// The most elements of an input.
  private static let maximumElementCount = 1 << 24

  /// What the nodes do to images of so many channels; nil where that is nothing.
  ///
  /// - Throws: `onnx.lifting` with the node that is no preprocessing of pixels; what executing the
  ///   nodes throws; `onnx.limit` and `work.budget` where that would take too much memory or time.
  func front(channelCount: Int) throws(ReadError) -> GraphFront? {
    let type = input.dataType
    guard type?.isFloatingPoint ?? true || type?.isInteger ?? true else {
      throw misfit(found: "an input of \(type.map { "\($0)" } ?? "no type")", at: nil)
    }
    if nodes.isEmpty {
      try requireNetworkInput(channelCount)
      return nil
    }
    let candidates = PixelRange.candidates(of: type)
    let run = try Run(self, candidates[0], channelCount)
    guard let elements = try run.elements(of: output) else { throw try culprit(run) }
    guard run.isFloatingPoint else {
      throw misfit(found: "integers before the first layer", at: nodes.last)
    }
    let map: ImageMap
    do {
      map = try ImageMap(elements, shape: run.outputShape, inputShape: run.inputShape)
    } catch {
      // What several nodes do together is none's fault alone.
      var kinds: [String] = []
      for node in nodes where !kinds.contains(node.operatorType) { kinds.append(node.operatorType) }
      throw misfit(
        found: error.found + ", by " + kinds.prefix(10).joined(separator: ", "),
        at: nodes.count == 1 ? nodes[0] : nil)
    }
    return GraphFront(
      map, dataType: type, pixels: try pixels(candidates, map, elements, run),
      fixesSize: try fixesSize(map, run))
  }

  /// Whether the nodes do something else with images of another size than the stated one.
  private func fixesSize(_ map: ImageMap, _ run: Run) throws(ReadError) -> Bool {
    var shape = run.inputShape
    for (axis, side) in [(GraphFront.Axis.height, 5), (.width, 7)] {
      if let place = map.axes.firstIndex(of: axis) { shape[place] = side }
    }
    let black = try input(run.code.pixels.black, shape)
    guard let output = try? values(of: output, black, shape) else { return true }
    return output.shape != Array(run.outputShape.prefix(2)) + [5, 7]
  }

  /// What the nodes give where that is the same for every input; nil where it is not.
  ///
  /// - Throws: What executing the nodes throws.
  func constant() throws(ReadError) -> ONNXTensor? {
    guard let shape = inputShapes(3).first else { return nil }
    let range = PixelRange.candidates(of: input.dataType)[0]
    let black = try values(of: output, try input(range.black, shape), shape)
    let white = try values(of: output, try input(range.white, shape), shape)
    guard black.doubles == white.doubles else { return nil }
    return try black.tensor(named: "", precision: .declared)
  }

  /// The range of the pixels: that of the type, or the one beyond which nothing changes, or else the
  /// one that is the least strange.
  private func pixels(
    _ candidates: [PixelRange], _ map: ImageMap, _ elements: ElementMap, _ run: Run
  ) throws(ReadError) -> PixelRange {
    if candidates.count == 1 {
      var only = candidates[0]
      only.isAssumed = only.black < 0
      return only
    }
    func agrees(_ number: Double) throws(ReadError) -> Bool {
      if let type = input.dataType, type.isInteger, !type.integerRange.contains(Int64(number)) {
        return true
      }
      return elements.agrees(with: try run.values(of: output, at: number), at: number)
    }
    var best: (range: PixelRange, ends: Int, strangeness: Double)?
    for var range in candidates {
      guard try agrees(range.black), try agrees(range.white) else { continue }
      let width = range.white - range.black
      let isBoundedAbove = try !agrees(range.white + width)
      let isBoundedBelow = try !agrees(range.black - width)
      range.clamps = isBoundedAbove || isBoundedBelow
      range.isAssumed = !isBoundedAbove
      let ends = isBoundedAbove ? (isBoundedBelow ? 2 : 1) : 0
      // Black is 0, unless no mean is between it and white then.
      let strangeness =
        (range.strangeness(scale: map.scale, shift: map.shift) ?? 1e6) + (range.black < 0 ? 1e3 : 0)
      if let best, (best.ends, -best.strangeness) >= (ends, -strangeness) { continue }
      best = (range, ends, strangeness)
    }
    return best?.range ?? candidates[0]
  }

  /// Makes sure that a graph that does nothing takes maps of so many channels.
  private func requireNetworkInput(_ channelCount: Int) throws(ReadError) {
    guard let shape = input.shape else { return }
    guard shape.count == 4, input.dataType?.isFloatingPoint ?? true else {
      throw misfit(found: "\(input.dataType.map { "\($0) " } ?? "")\(shape.text)", at: nil)
    }
    guard case .count(let count) = shape[1], count != channelCount else { return }
    throw ReadError(
      .onnxLifting, "the channels of the graph's input are not those of its first layer",
      path: ["input '\(input.name)'"], expected: "\(channelCount)",
      found: "\(count) in \(shape.text)",
      advice: "export the network with the input that its first layer takes")
  }

  private func misfit(found: String, at node: ONNXNode?) -> ReadError {
    ReadError(
      .onnxLifting,
      "what the graph does with its input before the first layer is no preprocessing of pixels",
      path: [node?.label ?? "input '\(input.name)'"],
      expected: "images whose channels are scaled by positive numbers and shifted, each pixel in "
        + "its place",
      found: found,
      advice: "export the network without that step, and do it where the images are prepared")
  }

  /// The error with the first node that makes something else of its input than single elements of it.
  private func culprit(_ run: Run) throws(ReadError) -> ReadError {
    for node in nodes.prefix(FrontProbe.searchedNodeCount) {
      for name in node.outputs where !name.isEmpty {
        let black = try run.values(of: name, at: run.code.pixels.black)
        let white = try run.values(of: name, at: run.code.pixels.white)
        guard (black + white).allSatisfy(\.isFinite) else {
          return misfit(
            found:
              "\(node.operatorType) gives numbers that are not finite, as a deviation of 0 does",
            at: node)
        }
        // What is always the same was computed from shapes.
        if black != white, try run.elements(of: name) == nil {
          return misfit(
            found: "\(node.operatorType), whose elements are not each one of the input's, scaled "
              + "and shifted", at: node)
        }
      }
    }
    return misfit(
      found: "elements that are not each one of the input's, scaled and shifted", at: nil)
  }

  /// How many nodes are looked at for the one that is to blame.
  private static let searchedNodeCount = 64
}

extension FrontProbe {
  /// The nodes executed on inputs of one shape.
  private struct Run {
    let code: ElementMap.Code
    let inputShape: [Int]
    let outputShape: [Int]
    /// Whether the nodes give floating-point numbers.
    let isFloatingPoint: Bool

    private let probe: FrontProbe

    /// Finds the first shape that the nodes take.
    init(_ probe: FrontProbe, _ pixels: PixelRange, _ channelCount: Int) throws(ReadError) {
      self.probe = probe
      var failure: ReadError?
      for shape in probe.inputShapes(channelCount) {
        do throws(ReadError) {
          let black = try probe.input(pixels.black, shape)
          let output = try probe.values(of: probe.output, black, shape)
          guard output.shape.count == 4, output.shape[1] == channelCount,
            !output.shape.contains(0)
          else {
            throw probe.misfit(
              found: "\(output.shape) made of \(shape), where the first layer takes "
                + "\(channelCount) channels", at: probe.nodes.last)
          }
          inputShape = shape
          outputShape = output.shape
          isFloatingPoint = output.type.isFloatingPoint
          code = ElementMap.Code(
            pixels, isInteger: probe.input.dataType?.isInteger ?? false,
            elementCount: shape.product)
          return
        } catch {
          failure = failure ?? error
        }
      }
      throw failure ?? probe.misfit(found: "an input that is no image of 3 or 4 axes", at: nil)
    }

    /// What the elements of a value are made of; nil where one is no single element of the input.
    func elements(of name: String) throws(ReadError) -> ElementMap? {
      try ElementMap(code, inputCount: inputShape.product) { (input) throws(ReadError) in
        try probe.values(of: name, input, inputShape).doubles
      }
    }

    /// The elements of a value for an input that is the same everywhere.
    func values(of name: String, at number: Double) throws(ReadError) -> [Double] {
      try probe.values(of: name, try probe.input(number, inputShape), inputShape).doubles
    }
  }

  /// The shapes of inputs that may be tried: what is not stated is small, and differs.
  private func inputShapes(_ channelCount: Int) -> [[Int]] {
    let stated: [Int?] =
      input.shape.map { shape in
        shape.map { if case .count(let count) = $0, count > 0 { count } else { nil } }
      } ?? [nil, nil, nil, nil]
    guard stated.count == 3 || stated.count == 4 else { return [] }
    let isBatch = stated.count == 4
    var shapes: [[Int]] = []
    for channelAxis in isBatch ? [1, 3] : [0, 2] {
      // An image is as large as is stated; a batch may be smaller.
      for batch in isBatch ? [min(stated[0] ?? 2, 2), stated[0] ?? 1] : [1] {
        var extent = 8
        let shape = stated.indices.map { axis in
          if isBatch, axis == 0 { return batch }
          if axis == channelAxis { return stated[axis] ?? channelCount }
          extent += 4
          return stated[axis] ?? extent
        }
        if !shapes.contains(shape) { shapes.append(shape) }
      }
    }
    return shapes
  }

  /// An input that is the same everywhere.
  private func input(_ number: Double, _ shape: [Int]) throws(ReadError) -> [Double] {
    guard let count = shape.exactProduct(), count <= FrontProbe.maximumElementCount else {
      throw ReadError(
        .onnxLimit, "the graph's input is too large to be followed",
        path: ["input '\(input.name)'"],
        expected: "at most \(FrontProbe.maximumElementCount) numbers", found: "\(shape)")
    }
    return [Double](repeating: number, count: count)
  }

  /// What the nodes make of an input.
  private func values(
    of name: String, _ elements: [Double], _ shape: [Int]
  ) throws(ReadError) -> InterpreterValue {
    let type = input.dataType ?? .float
    var values = constants
    values[input.name] = InterpreterValue(
      type, shape, type.isInteger ? .integers(elements.map { Int64($0) }) : .numbers(elements))
    var folding = ConstantFolding(
      byteCount: FrontProbe.byteLimit, precision: .double, stepLimit: FrontProbe.stepLimit)
    for (node, finished) in zip(nodes, nodes.finishedValues(outputs: [name])) {
      let inputs = node.inputs.map { $0.isEmpty ? nil : values[$0] }
      let outputs = try folding.outputs(of: node, opset: node.operatorSet ?? opset, inputs: inputs)
      try budget.spend(
        steps: outputs.reduce(0) { $0 + $1.count }, on: "executing what stands before the network")
      for (name, output) in zip(node.outputs, outputs) where !name.isEmpty { values[name] = output }
      for name in finished { values[name] = nil }
      if node.outputs.contains(name) { break }
    }
    return values[name] ?? InterpreterValue(integers: [])
  }
}
