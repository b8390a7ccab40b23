import BinaryInput
import GPUNetIR
import TensorData

/// The steps from a graph's input to its output, one after the other; residual connections lead past
/// some of them.
struct Trunk {
  /// A step on the way.
  struct Step {
    /// What it computes, without names, biases and batch norms.
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
            name: "", inputFeatures: linear.weight.shape[1], outputFeatures: linear.outputCount))
      case .input, .padding, .sigmoid:
        throw ReadError(
          .onnxLifting, "no GPUNet has this node here", path: [step.label],
          expected: "padding before a convolution, a sigmoid as part of swish or squeeze-excite")
      }
      steps.append(
        Step(operation: operation, residualSource: source, label: step.label, kind: step.kind))
    }
  }

  /// The parameters under the names that they have in an architecture with these very steps.
  ///
  /// - Throws: `onnx.lifting` where a bias stands where the layers have none; what folding throws.
  func parameters(
    of architecture: Architecture
  ) throws(ReadError) -> (StateDict, NormalizationForm) {
    let programs = architecture.programs(.separate)
    var position = 0
    var isSeparate = true
    var isFolded = true
    var folded = StateDict()
    var separate = StateDict()
    var alterations: [Alteration] = []
    func append(_ tensor: Tensor, _ name: String, to dict: inout StateDict) {
      let isNew = dict.append(tensor, named: name)
      precondition(isNew, "module names are unique")
    }
    for (layer, program) in programs.enumerated() {
      var epsilons: [String: Double] = [:]
      for operation in program.operations {
        let step = steps[position]
        position += 1
        var traced: [TracedConvolution] = []
        switch step.kind {
        case .convolution(let convolution): traced = [convolution]
        case .squeezeExcite(let reduce, _, let expand): traced = [reduce, expand]
        case .linear(let linear):
          guard case .linear(let expected) = operation else {
            preconditionFailure("the steps were matched")
          }
          let bias = linear.bias ?? zeros(linear.outputCount, like: linear.weight)
          for (name, tensor) in [("weight", linear.weight), ("bias", bias)] {
            let name = program.fullName("\(expected.name).\(name)")
            append(tensor, name, to: &folded)
            append(tensor, name, to: &separate)
          }
        default: break
        }
        for (expected, found) in zip(operation.convolutions, traced) {
          func name(_ module: String, _ parameter: String) -> String {
            program.fullName("\(module).\(parameter)")
          }
          append(found.weight, name(expected.name, "weight"), to: &folded)
          append(found.weight, name(expected.name, "weight"), to: &separate)
          guard let norm = expected.batchNorm else {
            let hasZeroBias = try found.hasZeroBias
            guard found.norm == nil, expected.hasBias || found.bias == nil || hasZeroBias else {
              throw ReadError(
                .onnxLifting, "a convolution has a bias that its layer has not", path: [step.label],
                expected: "none")
            }
            if expected.hasBias {
              let bias = found.bias ?? zeros(expected.outputChannels, like: found.weight)
              append(bias, name(expected.name, "bias"), to: &folded)
              append(bias, name(expected.name, "bias"), to: &separate)
            }
            continue
          }
          if found.norm == nil { isSeparate = false } else { isFolded = false }
          if found.norm != nil, found.bias != nil { isSeparate = false }
          if let epsilon = found.norm?.epsilon, epsilon != Float(norm.epsilon) {
            isSeparate = false
          }
          let bias = found.bias ?? zeros(expected.outputChannels, like: found.weight)
          append(bias, name(expected.name, "bias"), to: &folded)
          let tensors = try normTensors(found)
          for (parameter, tensor) in tensors.tensors {
            append(tensor, name(norm.name, parameter), to: &separate)
          }
          // No graph counts batches, and inference never asks.
          append(
            Tensor([Int64(0)], shape: []), name(norm.name, "num_batches_tracked"), to: &separate)
          epsilons[norm.name] = tensors.epsilon ?? norm.epsilon
        }
      }
      alterations.append(
        .facts(layer: layer) { [epsilons] operation in
          operation.mappingConvolutions { convolution in
            guard let norm = convolution.batchNorm, let epsilon = epsilons[norm.name] else {
              return
            }
            convolution.batchNorm?.epsilon = epsilon
          }
        })
    }
    if isFolded { return (folded, .folded) }
    if isSeparate { return (separate, .separate) }
    // Some norms are folded, or have another epsilon than the layers': folding says the same.
    let network = try Network(
      architecture: architecture, form: .separate, parameters: separate
    ).altered(by: alterations)
    return (try network.folded().parameters, .folded)
  }

  /// The constants of a norm after a convolution, with the convolution's own bias as part of its
  /// mean; without a norm, one that only adds the bias.
  private func normTensors(
    _ found: TracedConvolution
  ) throws(ReadError) -> (tensors: [(String, Tensor)], epsilon: Double?) {
    let count = found.facts.outputChannels
    let bias = try found.bias?.doubles()
    guard let norm = found.norm else {
      func constant(_ value: Double) -> Tensor {
        Tensor([Double](repeating: value, count: count), shape: [count])
      }
      let shift = Tensor(bias ?? [Double](repeating: 0, count: count), shape: [count])
      return (
        [
          ("weight", constant(1)), ("bias", shift), ("running_mean", constant(0)),
          ("running_var", constant(1)),
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
        ("weight", norm.scale), ("bias", norm.shift), ("running_mean", mean),
        ("running_var", norm.variance),
      ], isUsual ?? Double(norm.epsilon)
    )
  }

  private func zeros(_ count: Int, like weight: Tensor) -> Tensor {
    Tensor(
      rounding: [Double](repeating: 0, count: count), to: weight.elementType, shape: [count])
  }
}
