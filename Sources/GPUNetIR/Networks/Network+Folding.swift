public import BinaryInput
import TensorData

extension Network {
  /// The network with every batch norm folded into the convolution before it.
  ///
  /// For each output channel, with scale = γ / √(variance + ε): weight · scale and
  /// β − mean · scale, computed in 64 bits and rounded once, to the
  /// type that the convolution's weight came with.
  /// - Throws: `network.parameter` where a variance is negative or not finite; `io.memory`.
  /// - Complexity: O(*n*) in the number of parameters.
  public func folded() throws(ReadError) -> Network {
    var folded = StateDict()
    for program in programs {
      var merged: Set<String> = []
      for convolution in program.operations.lazy.flatMap(\.convolutions) {
        guard let norm = convolution.batchNorm else { continue }
        let names = convolution.parameters.map { program.fullName($0.name) }
        merged.formUnion(names)
        let (weight, bias) = try fold(convolution, norm, of: program)
        append(weight, named: program.fullName("\(convolution.name).weight"), to: &folded)
        append(bias, named: program.fullName("\(convolution.name).bias"), to: &folded)
      }
      for specification in program.parameters where !merged.contains(specification.name) {
        append(parameters[specification.name]!, named: specification.name, to: &folded)
      }
    }
    return try Network(architecture: architecture, form: .folded, parameters: folded)
  }

  private func append(_ tensor: Tensor, named name: String, to dictionary: inout StateDict) {
    let isNew = dictionary.append(tensor, named: name)
    precondition(isNew, "module names are unique")
  }

  private func fold(
    _ convolution: Convolution, _ norm: BatchNorm, of program: LayerProgram
  ) throws(ReadError) -> (weight: Tensor, bias: Tensor) {
    func values(_ name: String) throws(ReadError) -> [Double] {
      try parameters[program.fullName(name)]!.doubles()
    }
    let weight = parameters[program.fullName("\(convolution.name).weight")]!
    let variance = try values("\(norm.name).running_var")
    if let channel = variance.firstIndex(where: { !($0 + norm.epsilon > 0 && $0.isFinite) }) {
      throw ReadError(
        .networkParameter, "the variance cannot be folded",
        path: [program.fullName("\(norm.name).running_var")],
        expected: "finite numbers that are not negative",
        found: "\(variance[channel]) in channel \(channel)")
    }
    let scale = zip(try values("\(norm.name).weight"), variance).map { gamma, variance in
      gamma / (variance + norm.epsilon).squareRoot()
    }
    let means = try values("\(norm.name).running_mean")
    let offsets = try values("\(norm.name).bias")
    let biases =
      convolution.hasBias
      ? try values("\(convolution.name).bias")
      : [Double](repeating: 0, count: convolution.outputChannels)
    let bias = scale.indices.map { offsets[$0] + (biases[$0] - means[$0]) * scale[$0] }
    var kernel = try weight.doubles()
    let perChannel = kernel.count / convolution.outputChannels
    for (channel, factor) in scale.enumerated() {
      for index in (channel * perChannel)..<((channel + 1) * perChannel) { kernel[index] *= factor }
    }
    let type = weight.elementType
    return (
      Tensor(rounding: kernel, to: type, shape: weight.shape),
      Tensor(rounding: bias, to: type, shape: [convolution.outputChannels])
    )
  }
}
