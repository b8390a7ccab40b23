public import NetworkProgram
public import TensorData

extension Program {
  /// Parameters of realistic scale, the same for the same seed.
  ///
  /// - Parameters:
  ///   - type: That of all floating-point ones.
  ///   - seed: Decides the numbers.
  /// - Returns: The parameters under their full names.
  public func sampleParameters(type: ElementType = .f32, seed: UInt64 = 1) -> StateDict {
    var generator = SeededGenerator(seed: seed)
    var state = StateDict()
    for specification in parameters {
      let count = specification.shape.reduce(1, *)
      let fanIn = Double(specification.shape.dropFirst().reduce(1, *))
      let values = (0..<count).map { _ in
        let noise = Double.random(in: -1...1, using: &generator)
        return switch specification.role {
        case .convolutionWeight, .linearWeight: noise * (6 / fanIn).squareRoot()
        case .normWeight, .runningVariance: 1 + 0.5 * noise
        case .convolutionBias, .linearBias, .normBias, .runningMean: 0.3 * noise
        case .batchCount: 0.0
        }
      }
      let tensor =
        specification.isFloatingPoint
        ? Tensor(rounding: values, to: type, shape: specification.shape)
        : Tensor([Int64(1_000)], shape: specification.shape)
      let isNew = state.append(tensor, named: specification.name)
      precondition(isNew, "names are unique")
    }
    return state
  }

  /// A program that keeps the rules of `.gpw` files and that nobody has thought of, the same for the
  /// same seed: every step, odd channels, even and uneven kernels, strides 1 to 3, groups, "same" and
  /// uneven zeros, more zeros than a kernel covers, residuals and squeeze-excites where they may stand.
  public static func random(seed: UInt64) -> Program {
    var builder = ProgramBuilder(seed: seed)
    return builder.program()
  }
}

/// Puts random steps after each other, following the shape that they give.
private struct ProgramBuilder {
  private var generator: SeededGenerator
  private var shape: FeatureShape
  private var steps: [NetworkProgram.Operation] = []

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    shape = FeatureShape(channels: 1, height: 1, width: 1)
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &generator)
  }

  private mutating func oneIn(_ count: Int) -> Bool { number(1...count) == 1 }

  mutating func program() -> Program {
    shape = FeatureShape(channels: number(1...5), height: number(1...24), width: number(1...24))
    let input = shape
    var layers: [LayerProgram] = []
    let count = number(1...5)
    for index in 0..<count {
      steps = []
      addLayer(isFirst: index == 0, isLast: index == count - 1)
      let units = steps.flatMap(\.unitsHaveNorms)
      let label = LayerLabel(
        text: "layer of nobody's", stage: oneIn(2) ? index : nil, moduleName: "l\(index)",
        units: units.enumerated().map { unit, hasNorm in
          UnitNames("l\(index).\(unit)", hasNorm ? "n\(index).\(unit)" : nil)
        })
      layers.append(LayerProgram(index: index, label: label, operations: steps))
    }
    let hasNorms = layers.contains { $0.convolutions.contains { $0.convolution.batchNorm != nil } }
    return Program(
      convention: "nobody's", input: input, layers: layers, form: hasNorms ? .separate : .folded)
  }

  private mutating func addLayer(isFirst: Bool, isLast: Bool) {
    let entering = shape
    let addsInput = !isFirst && oneIn(2)
    for part in 0..<number(1...3) {
      addConvolution(keepsSize: addsInput, isWhole: isFirst && part == 0)
      if oneIn(2) { steps.append(.activation(oneIn(2) ? .relu : oneIn(2) ? .swish : .relu6)) }
      if oneIn(3) { addSqueezeExcite() }
    }
    if addsInput {
      addConvolution(keepsSize: true, outputs: entering.channels, isWhole: true)
      if oneIn(3) { steps.append(.activation(.relu6)) }
      steps.append(.residual)
    }
    guard isLast else { return }
    steps.append(.globalAveragePool)
    shape = FeatureShape(channels: shape.channels, height: 1, width: 1)
    if oneIn(4) { addSqueezeExcite() }
    if oneIn(3) {
      addConvolution(keepsSize: true)
      steps.append(.activation(.relu))
    }
    steps.append(
      .linear(Linear(inputFeatures: shape.channels, outputFeatures: number(1...20))))
  }

  /// - Parameters:
  ///   - keepsSize: Whether the output has the map's rows and columns.
  ///   - outputs: Its channels; nil for any.
  ///   - isWhole: Whether it has one group.
  private mutating func addConvolution(keepsSize: Bool, outputs: Int? = nil, isWhole: Bool = false)
  {
    let inputs = shape.channels
    let isDepthwise = !isWhole && oneIn(3)
    let outputs =
      outputs
      ?? (isDepthwise
        ? inputs : oneIn(3) ? number(1...3) * inputs : number(1...(oneIn(4) ? 37 : 9)))
    let divisors = (1...inputs).filter { inputs % $0 == 0 && outputs % $0 == 0 }
    let groups = isDepthwise ? inputs : isWhole ? 1 : divisors[number(0...(divisors.count - 1))]
    let kernelSize = [1, 1, 1, 2, 3, 3, 3, 4, 5, 5, 7][number(0...10)]
    let stride = keepsSize ? 1 : number(1...3)
    let side = 0...(oneIn(4) ? kernelSize + 1 : kernelSize / 2)
    let padding: PaddingRule =
      keepsSize || oneIn(3)
      ? .same
      : .fixed(
        Padding(
          top: number(side), left: number(side), bottom: number(side), right: number(side)))
    var convolution = Convolution(
      inputChannels: inputs, outputChannels: outputs, kernelSize: kernelSize, stride: stride,
      padding: padding, groups: groups, hasBias: oneIn(2),
      batchNorm: oneIn(2) ? BatchNorm(epsilon: oneIn(2) ? 1e-3 : 0.25) : nil)
    if convolution.outputShape(shape) == nil { convolution.padding = .same }
    steps.append(.convolution(convolution))
    shape = convolution.outputShape(shape)!
  }

  private mutating func addSqueezeExcite() {
    let width = number(1...9)
    func pointwise(_ inputs: Int, _ outputs: Int) -> Convolution {
      Convolution(
        inputChannels: inputs, outputChannels: outputs, kernelSize: 1, stride: 1,
        padding: .fixed(Padding(0)), groups: 1, hasBias: true, batchNorm: nil)
    }
    steps.append(
      .squeezeExcite(
        SqueezeExcite(
          reduce: pointwise(shape.channels, width), activation: oneIn(2) ? .relu : .swish,
          expand: pointwise(width, shape.channels))))
  }
}

extension NetworkProgram.Operation {
  /// Whether each of its units has a norm.
  fileprivate var unitsHaveNorms: [Bool] {
    if case .linear = self { [false] } else { convolutions.map { $0.batchNorm != nil } }
  }
}
