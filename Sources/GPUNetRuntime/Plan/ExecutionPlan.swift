internal import CGPUNetKernels
import BinaryInput
import NetworkProgram

/// A network, or a part of one, as a list of steps over maps whose places in one arena are fixed.
///
/// `@unchecked Sendable`: nothing changes after it is made.
final class ExecutionPlan: @unchecked Sendable {
  /// The steps, first to last.
  let steps: [PlanStep]
  /// Where the input lies; nil where it stays with the caller as N×C×H×W.
  let input: PlannedMap?
  /// Where the output lies.
  let output: PlannedMap
  /// Where every map lies.
  let arena: ArenaLayout
  /// The number of elements that each thread needs for itself.
  let scratchCount: Int

  /// What the steps' pointers lead into.
  private let weights: NetworkWeights

  /// - Parameters:
  ///   - weights: The layers and their weights.
  ///   - firstLayer: The place of the first of them in the network.
  ///   - inputShape: Of one image.
  ///   - imageCount: The number of images of a batch.
  ///   - threadCount: How many threads will share the work.
  ///   - readsPlanes: Whether the input stays with the caller as N×C×H×W.
  /// - Throws: `network.input` where the input is too small for a layer.
  init(
    _ weights: NetworkWeights, firstLayer: Int, inputShape: FeatureShape, imageCount: Int,
    threadCount: Int, readsPlanes: Bool
  ) throws(ReadError) {
    self.weights = weights
    var planner = Planner(
      weights: weights, imageCount: imageCount, threadCount: threadCount, layerIndex: firstLayer)
    input = readsPlanes ? nil : planner.addMap(inputShape)
    planner.value = input
    planner.shape = inputShape
    for (index, program) in weights.layers.enumerated() {
      try planner.plan(program, before: weights.layers.dropFirst(index + 1).first)
      planner.layerIndex += 1
    }
    steps = planner.steps
    output = planner.value!
    scratchCount = planner.steps.map(\.scratchCount).max() ?? 0
    arena = ArenaLayout(maps: planner.maps, steps: steps, input: input, output: output)
  }
}

/// Makes steps of operations.
private struct Planner {
  let weights: NetworkWeights
  let imageCount: Int
  let threadCount: Int
  var layerIndex: Int
  var maps: [PlannedMap] = []
  var steps: [PlanStep] = []
  /// The map that the next operation takes; nil where it takes the caller's images.
  var value: PlannedMap?
  var shape = FeatureShape(channels: 0, height: 0, width: 0)
  /// The network's first convolution, where the next layer's depthwise one takes it along.
  var first: FirstConvolution?

  /// A convolution of the caller's images that is still to be planned.
  struct FirstConvolution {
    var convolution: Convolution
    var weights: PackedWeights
    var activation: gpk_activation
    var title: String
    var inputShape: FeatureShape
  }

  init(weights: NetworkWeights, imageCount: Int, threadCount: Int, layerIndex: Int) {
    self.weights = weights
    self.imageCount = imageCount
    self.threadCount = threadCount
    self.layerIndex = layerIndex
  }

  mutating func addMap(_ shape: FeatureShape) -> PlannedMap {
    let map = PlannedMap(
      index: maps.count, layout: MapLayout(shape, imageCount: imageCount))
    maps.append(map)
    return map
  }

  mutating func plan(_ program: LayerProgram, before next: LayerProgram?) throws(ReadError) {
    let entering = value
    var steps = program.steps[...]
    while let step = steps.popFirst() {
      let unit = step.firstUnit
      switch step.operation {
      case .convolution(let convolution):
        let activation = steps.takeActivation()
        if convolution.isPointwise, !convolution.isDepthwise,
          let next = steps.first?.convolution, next.isDepthwise, value != nil
        {
          steps.removeFirst()
          let nextActivation = steps.takeActivation()
          try planDepthwise(
            next, unit + 1, after: (convolution, activation), activation: nextActivation,
            before: &steps, residual: entering, program)
        } else if value == nil, first == nil, steps.isEmpty,
          let output = convolution.outputShape(shape),
          suitsFirst(convolution, output, before: next)
        {
          first = FirstConvolution(
            convolution: convolution.fixed(for: shape), weights: weights[program, unit],
            activation: activation, title: Planner.title(convolution, unit, program),
            inputShape: shape)
          shape = try outputShape(of: convolution, unit, program)
        } else if convolution.isDepthwise {
          try planDepthwise(
            convolution, unit, after: nil, activation: activation, before: &steps,
            residual: entering, program)
        } else {
          // A kernel adds before its activation.
          let addsResidual = activation == gpk_activation_none && steps.takeResidual()
          try planConvolution(
            convolution, unit, activation, residual: addsResidual ? entering : nil, program)
        }
      case .squeezeExcite(let excite):
        planGates(excite, unit, program)
      case .globalAveragePool:
        value = planMean()
        shape = FeatureShape(channels: shape.channels, height: 1, width: 1)
      case .linear(let linear):
        try planConvolution(linear.convolution, unit, gpk_activation_none, residual: nil, program)
      case .residual:
        guard let entering, let map = value else {
          preconditionFailure("a first layer has nothing to add")
        }
        try requireFit(entering, shape, program)
        self.steps.append(
          AddStep(entering, to: map, layerIndex: layerIndex, threadCount: threadCount))
      case .activation:
        preconditionFailure("an activation follows a convolution")
      }
    }
  }

  private mutating func planConvolution(
    _ convolution: Convolution, _ unit: Int, _ activation: gpk_activation,
    residual: PlannedMap?, _ program: LayerProgram
  ) throws(ReadError) {
    let input = shape
    let convolution = convolution.fixed(for: input)
    let outputShape = try outputShape(of: convolution, unit, program)
    if let residual { try requireFit(residual, outputShape, program) }
    let output = addMap(outputShape)
    let facts = ConvolutionStep.Facts(
      convolution: convolution, weights: weights[program, unit], activation: activation,
      input: value, imageCount: imageCount, inputShape: input, residual: residual, output: output)
    let multiplyAdds =
      imageCount * outputShape.elementCount * convolution.weightShape.dropFirst().reduce(1, *)
    let title = Planner.title(convolution, unit, program)
    if unsafe facts.weights.winograd != nil, value != nil {
      steps.append(
        WinogradStep(
          facts, layerIndex: layerIndex, title: title, multiplyAdds: multiplyAdds,
          threadCount: threadCount))
    } else {
      steps.append(
        ConvolutionStep(
          facts, layerIndex: layerIndex, title: title, multiplyAdds: multiplyAdds,
          threadCount: threadCount))
    }
    value = output
    shape = outputShape
  }

  private static func title(
    _ convolution: Convolution, _ unit: Int, _ program: LayerProgram
  ) -> String {
    "\(program.localName(ofUnit: unit)) \(convolution.kernelSize)×\(convolution.kernelSize)"
  }

  /// Whether the next layer begins with a depthwise convolution that takes the first along; nothing
  /// else may read the map between them.
  private func suitsFirst(
    _ convolution: Convolution, _ output: FeatureShape, before next: LayerProgram?
  ) -> Bool {
    guard let next, let depthwise = next.steps.first?.convolution, depthwise.isDepthwise,
      depthwise.inputChannels == output.channels, !next.operations.contains(.residual),
      let nextOutput = depthwise.outputShape(output)
    else { return false }
    return DepthwiseStep.suitsFirst(
      convolution, before: depthwise.fixed(for: output), wide: output, output: nextOutput,
      threadCount: threadCount)
  }

  /// A depthwise convolution with the convolution before it, and the one after it where that pays,
  /// which is then taken from the steps together with its residual.
  private mutating func planDepthwise(
    _ convolution: Convolution, _ unit: Int, after expansion: (Convolution, gpk_activation)?,
    activation: gpk_activation, before steps: inout ArraySlice<LayerProgram.Step>,
    residual entering: PlannedMap?, _ program: LayerProgram
  ) throws(ReadError) {
    let first = first.take()
    let input = first?.inputShape ?? shape
    precondition(
      first != nil || value?.layout.shape == shape, "a depthwise convolution takes a map")
    var multiplyAdds = 0
    var names: [String] = []
    func count(_ convolution: Convolution, _ unit: Int, _ output: FeatureShape) {
      multiplyAdds += output.elementCount * convolution.weightShape.dropFirst().reduce(1, *)
      names.append(Planner.title(convolution, unit, program))
    }
    if let first {
      multiplyAdds +=
        shape.elementCount * first.convolution.weightShape.dropFirst().reduce(1, *)
      names.append(first.title)
    }
    if let expansion {
      shape = try outputShape(of: expansion.0, unit - 1, program)
      count(expansion.0, unit - 1, shape)
    }
    let wideShape = shape
    let convolution = convolution.fixed(for: wideShape)
    shape = try outputShape(of: convolution, unit, program)
    count(convolution, unit, shape)
    let middleShape = shape
    var projection: DepthwiseStep.Projection?
    if let next = steps.first?.convolution,
      DepthwiseStep.suitsProjection(
        next, after: convolution, input: wideShape, output: middleShape, threadCount: threadCount),
      !steps.dropFirst().startsWithActivation
    {
      steps.removeFirst()
      shape = try outputShape(of: next, unit + 1, program)
      count(next, unit + 1, shape)
      let addsResidual = steps.takeResidual()
      if addsResidual, let entering { try requireFit(entering, shape, program) }
      projection = DepthwiseStep.Projection(
        convolution: next, weights: weights[program, unit + 1],
        residual: addsResidual ? entering : nil)
    }
    let output = addMap(shape)
    self.steps.append(
      DepthwiseStep(
        DepthwiseStep.Facts(
          convolution: convolution, weights: weights[program, unit],
          activation: activation,
          expansion: first.map {
            DepthwiseStep.Expansion(
              convolution: $0.convolution, weights: $0.weights, activation: $0.activation)
          }
            ?? expansion.map {
              DepthwiseStep.Expansion(
                convolution: $0.0, weights: weights[program, unit - 1], activation: $0.1)
            },
          projection: projection, input: value, inputShape: input, imageCount: imageCount,
          wideShape: wideShape, middleShape: middleShape, output: output),
        layerIndex: layerIndex, title: names.joined(separator: " + "),
        multiplyAdds: imageCount * multiplyAdds, threadCount: threadCount))
    value = output
  }

  private func requireFit(
    _ residual: PlannedMap, _ shape: FeatureShape, _ program: LayerProgram
  ) throws(ReadError) {
    guard residual.layout.shape == shape else {
      throw ReadError(
        .networkInput, "the residual does not fit", path: [program.moduleName],
        expected: "\(residual.layout.shape)", found: "\(shape)")
    }
  }

  /// A squeeze-excite: gates made of the means of the channels, by which the map is multiplied.
  private mutating func planGates(
    _ excite: SqueezeExcite, _ firstUnit: Int, _ program: LayerProgram
  ) {
    let map = value!
    let mapShape = shape
    value = planMean()
    shape = FeatureShape(channels: shape.channels, height: 1, width: 1)
    for (unit, convolution, activation) in [
      (firstUnit, excite.reduce, gpk_activation(excite.activation)),
      (firstUnit + 1, excite.expand, gpk_activation_sigmoid),
    ] {
      let input = shape
      shape.channels = convolution.outputChannels
      let output = addMap(shape)
      steps.append(
        ConvolutionStep(
          ConvolutionStep.Facts(
            convolution: convolution, weights: weights[program, unit], activation: activation,
            input: value, imageCount: imageCount, inputShape: input, residual: nil,
            output: output),
          layerIndex: layerIndex, title: program.localName(ofUnit: unit),
          multiplyAdds: imageCount * convolution.weightShape.reduce(1, *),
          threadCount: threadCount))
      value = output
    }
    steps.append(ScaleStep(map, by: value!, layerIndex: layerIndex, threadCount: threadCount))
    value = map
    shape = mapShape
  }

  private mutating func planMean() -> PlannedMap {
    let output = addMap(FeatureShape(channels: shape.channels, height: 1, width: 1))
    steps.append(
      MeanStep(value!, output, layerIndex: layerIndex, threadCount: threadCount))
    return output
  }

  private func outputShape(
    of convolution: Convolution, _ unit: Int, _ program: LayerProgram
  ) throws(ReadError) -> FeatureShape {
    guard shape.channels == convolution.inputChannels,
      let output = convolution.outputShape(shape)
    else {
      throw ReadError(
        .networkInput,
        "the input does not fit the convolution \(program.localName(ofUnit: unit))",
        path: [program.moduleName],
        expected: "\(convolution.inputChannels) channels, at least \(convolution.kernelSize) px",
        found: "\(shape)")
    }
    return output
  }
}

extension Convolution {
  /// The zeros around the input of a convolution in a plan, where the size of its map is known.
  var fixedPadding: Padding {
    guard case .fixed(let padding) = padding else {
      preconditionFailure("a plan fixes the padding of every convolution")
    }
    return padding
  }
}

extension gpk_activation {
  fileprivate init(_ activation: Activation) {
    switch activation {
    case .relu: self = gpk_activation_relu
    case .swish: self = gpk_activation_swish
    case .relu6: self = gpk_activation_relu6
    }
  }
}

extension LayerProgram.Step {
  /// The convolution, where it is one.
  fileprivate var convolution: Convolution? {
    if case .convolution(let convolution) = operation { convolution } else { nil }
  }
}

extension ArraySlice<LayerProgram.Step> {
  fileprivate var startsWithActivation: Bool {
    if case .activation? = first?.operation { true } else { false }
  }

  /// Removes the residual at the beginning; false where there is none.
  fileprivate mutating func takeResidual() -> Bool {
    guard first?.operation == .residual else { return false }
    removeFirst()
    return true
  }

  /// Removes the activation at the beginning, if there is one.
  fileprivate mutating func takeActivation() -> gpk_activation {
    guard case .activation(let activation)? = first?.operation else {
      return gpk_activation_none
    }
    removeFirst()
    return gpk_activation(activation)
  }
}
