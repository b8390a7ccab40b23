import BinaryInput
import NetworkFamilies
import NetworkProgram
import TensorData

/// The steps from a graph's input to its output, one after the other; residual connections lead past
/// some of them.
struct Trunk {
  /// A step on the way.
  struct Step {
    /// What it computes, without biases and batch norms.
    let operation: Operation
    /// The position in the trunk whose output a residual adds; -1 for the graph's input.
    let residualSource: Int?
    /// The node, for messages.
    let label: String
    let kind: GraphTrace.Kind
  }

  /// The steps, first to last.
  private(set) var steps: [Step] = []

  /// Follows the steps of a graph backwards from its output.
  ///
  /// - Throws: `onnx.lifting` where one of them is part of no layer.
  init(_ trace: GraphTrace) throws(ReadError) {
    var indices: [Int] = []
    var cursor = trace.output
    while cursor != 0 {
      indices.append(cursor)
      cursor = trace.steps[cursor].inputs[0]
    }
    indices.reverse()
    for index in indices {
      let step = trace.steps[index]
      var source: Int?
      let operation: Operation
      switch step.kind {
      case .convolution(let convolution): operation = .convolution(convolution.facts)
      case .activation(let activation): operation = .activation(activation)
      case .squeezeExcite(let reduce, let activation, let expand):
        operation = .squeezeExcite(
          SqueezeExcite(reduce: reduce.facts, activation: activation, expand: expand.facts))
      case .residual:
        operation = .residual
        let added = step.inputs[1]
        source = added == 0 ? -1 : indices.firstIndex(of: added)
        guard source != nil else {
          throw ReadError(
            .onnxLifting, "the sum's other operand is on no way from the input", path: [step.label],
            expected: "the input of a block", found: trace.steps[added].label)
        }
      case .globalAveragePool: operation = .globalAveragePool
      case .linear(let linear):
        operation = .linear(
          Linear(
            inputFeatures: linear.weight.shape[1], outputFeatures: linear.outputCount))
      case .bounds(let least, let most):
        throw ReadError(
          .onnxLifting, "no network of these layers has such bounds", path: [step.label],
          expected: "0 below and 6 or none above, which is relu6 or relu",
          found: "\(least) and \(most)")
      case .input, .padding, .sigmoid:
        throw ReadError(
          .onnxLifting, "no network of these layers has this node here", path: [step.label],
          expected: "padding before a convolution, a sigmoid as part of swish or squeeze-excite")
      }
      steps.append(
        Step(operation: operation, residualSource: source, label: step.label, kind: step.kind))
    }
  }

  /// What each step takes, for images of one size; nil where that is not known.
  func shapes(at resolution: Resolution?) -> [FeatureShape?] {
    guard let resolution, case .convolution(let first)? = steps.first?.operation else {
      return steps.map { _ in nil }
    }
    var shape: FeatureShape? = FeatureShape(
      channels: first.inputChannels, height: resolution.height, width: resolution.width)
    return steps.map { step in
      defer { shape = shape.flatMap { step.operation.outputShape($0) } }
      return shape
    }
  }

  /// Whether convolutions that make their map smaller are padded by numbers.
  var fixesPadding: Bool {
    steps.contains { step in
      guard case .convolution(let convolution) = step.operation, convolution.kernelSize > 1,
        convolution.stride > 1
      else { return false }
      return convolution.padding != .same
    }
  }

  /// The epsilon of all norms; nil where there are none, or several.
  var epsilon: Double? {
    let epsilons = steps.compactMap { step -> Float? in
      if case .convolution(let convolution) = step.kind { convolution.norm?.epsilon } else { nil }
    }
    guard let first = epsilons.first, epsilons.allSatisfy({ $0 == first }) else { return nil }
    // The shortest decimal number that is the same in 32 bits: 0.001 for 0.0010000000475.
    return Double("\(first)")
  }

  /// The parameters in their places in an architecture with these very steps.
  ///
  /// - Throws: `onnx.lifting` where a bias stands where the layers have none; what folding throws.
  func parameters(
    of architecture: Architecture
  ) throws(ReadError) -> ([ParameterSlot: Tensor], NormalizationForm) {
    let programs = architecture.program(.separate).layers
    var position = 0
    var isSeparate = true
    var isFolded = true
    var folded: [ParameterSlot: Tensor] = [:]
    var separate: [ParameterSlot: Tensor] = [:]
    var epsilons: [ParameterSlot: Double] = [:]
    for program in programs {
      for place in program.steps {
        let step = steps[position]
        position += 1
        var traced: [TracedConvolution] = []
        switch step.kind {
        case .convolution(let convolution): traced = [convolution]
        case .squeezeExcite(let reduce, _, let expand): traced = [reduce, expand]
        case .linear(let linear):
          let bias = linear.bias ?? zeros(linear.outputCount, like: linear.weight)
          for (role, tensor) in [(ParameterRole.linearWeight, linear.weight), (.linearBias, bias)] {
            let slot = program.slot(role, ofUnit: place.firstUnit)
            folded[slot] = tensor
            separate[slot] = tensor
          }
        default: break
        }
        for (offset, (expected, found)) in zip(place.operation.convolutions, traced).enumerated() {
          func slot(_ role: ParameterRole) -> ParameterSlot {
            program.slot(role, ofUnit: place.firstUnit + offset)
          }
          folded[slot(.convolutionWeight)] = found.weight
          separate[slot(.convolutionWeight)] = found.weight
          guard let norm = expected.batchNorm else {
            let hasZeroBias = try found.hasZeroBias
            guard found.norm == nil, expected.hasBias || found.bias == nil || hasZeroBias else {
              throw ReadError(
                .onnxLifting, "a convolution has a bias that its layer has not", path: [step.label],
                expected: "none")
            }
            if expected.hasBias {
              let bias = found.bias ?? zeros(expected.outputChannels, like: found.weight)
              folded[slot(.convolutionBias)] = bias
              separate[slot(.convolutionBias)] = bias
            }
            continue
          }
          if found.norm == nil { isSeparate = false } else { isFolded = false }
          if found.norm != nil, found.bias != nil { isSeparate = false }
          if let epsilon = found.norm?.epsilon, epsilon != Float(norm.epsilon) {
            isSeparate = false
          }
          let bias = found.bias ?? zeros(expected.outputChannels, like: found.weight)
          folded[slot(.convolutionBias)] = bias
          let tensors = try normTensors(found)
          for (role, tensor) in tensors.tensors { separate[slot(role)] = tensor }
          // No graph counts batches, and inference never asks.
          separate[slot(.batchCount)] = Tensor([Int64(0)], shape: [])
          epsilons[slot(.normWeight)] = tensors.epsilon ?? norm.epsilon
        }
      }
    }
    if isFolded { return (folded, .folded) }
    if isSeparate { return (separate, .separate) }
    // Some norms are folded, or have another epsilon than the layers': folding says the same.
    let network = try Network(architecture: architecture, form: .separate, tensors: separate)
    return (try network.altered(epsilons: epsilons).folded().tensors, .folded)
  }

  /// The constants of a norm after a convolution, with the convolution's own bias as part of its
  /// mean; without a norm, one that only adds the bias.
  private func normTensors(
    _ found: TracedConvolution
  ) throws(ReadError) -> (tensors: [(ParameterRole, Tensor)], epsilon: Double?) {
    let count = found.facts.outputChannels
    let bias = try found.bias?.doubles()
    guard let norm = found.norm else {
      func constant(_ value: Double) -> Tensor {
        Tensor([Double](repeating: value, count: count), shape: [count])
      }
      let shift = Tensor(bias ?? [Double](repeating: 0, count: count), shape: [count])
      return (
        [
          (.normWeight, constant(1)), (.normBias, shift), (.runningMean, constant(0)),
          (.runningVariance, constant(1)),
        ], 0
      )
    }
    var mean = norm.mean
    if let bias {
      let means = try mean.doubles()
      mean = Tensor(zip(means, bias).map { $0 - $1 }, shape: [count])
    }
    let isUsual = [1e-3, 1e-5].first { Float($0) == norm.epsilon }
    return (
      [
        (.normWeight, norm.scale), (.normBias, norm.shift), (.runningMean, mean),
        (.runningVariance, norm.variance),
      ], isUsual ?? Double(norm.epsilon)
    )
  }

  private func zeros(_ count: Int, like weight: Tensor) -> Tensor {
    Tensor(
      rounding: [Double](repeating: 0, count: count), to: weight.elementType, shape: [count])
  }
}
