extension Layer {
  /// Epsilon of every batch norm of the plain grammar.
  static let plainEpsilon = 1e-3
  /// Epsilon of the distilled grammar's batch norms, edge residuals apart.
  static let distilledEpsilon = 1e-5
  /// Epsilon of the distilled edge residual's batch norms.
  static let distilledEdgeResidualEpsilon = 1e-3

  /// The steps that compute this layer, with batch norms separate: the one place that says what a
  /// layer kind means. A last layer's classifier has `classCount` outputs.
  public func operations(classCount: Int) -> [Operation] {
    let act = Operation.activation(activation)
    switch kind {
    case .prologue:
      return [firstConvolution(epsilon: Layer.plainEpsilon), act]

    case .convolution:
      return [
        convolution(
          epsilon: Layer.plainEpsilon, kernelSize: kernelSize, stride: stride,
          padding: (stride - 1 + kernelSize - 1) / 2),
        act,
      ]

    case .edgeResidual:
      // The published networks were trained without any padding at stride 2.
      let padding = stride == 1 ? (kernelSize - 1) / 2 : 0
      return [
        convolution(
          epsilon: Layer.plainEpsilon, to: middleChannels,
          kernelSize: kernelSize, stride: stride, padding: padding),
        act,
      ] + squeezeExcite + [
        convolution(epsilon: Layer.plainEpsilon, from: middleChannels)
      ] + residual

    case .invertedResidual:
      return [
        convolution(epsilon: Layer.plainEpsilon, to: middleChannels),
        act,
        convolution(
          epsilon: Layer.plainEpsilon, from: middleChannels, to: middleChannels,
          kernelSize: kernelSize, stride: stride, padding: (stride - 1 + kernelSize - 1) / 2,
          groups: middleChannels),
        act,
      ] + squeezeExcite + [
        convolution(epsilon: Layer.plainEpsilon, from: middleChannels)
      ] + residual

    case .epilogue:
      return [
        convolution(epsilon: Layer.plainEpsilon),
        act,
        .globalAveragePool,
        classifier(classCount),
      ]

    case .distilledPrologue:
      return [firstConvolution(epsilon: Layer.distilledEpsilon), act]

    case .distilledLargePrologue:
      let next = convolution(
        epsilon: Layer.distilledEpsilon, from: outputChannels, kernelSize: 3, padding: 1)
      return [firstConvolution(epsilon: Layer.distilledEpsilon), act, next, act, next, act]

    case .distilledInvertedResidual:
      return [
        convolution(
          epsilon: Layer.distilledEpsilon, to: middleChannels, groups: groups),
        act,
        convolution(
          epsilon: Layer.distilledEpsilon, from: middleChannels,
          to: middleChannels, kernelSize: kernelSize, stride: stride, padding: kernelSize / 2,
          groups: middleChannels),
        act,
        convolution(
          epsilon: Layer.distilledEpsilon, from: middleChannels,
          groups: groups),
      ] + residual

    case .distilledEdgeResidual:
      return [
        convolution(
          epsilon: Layer.distilledEdgeResidualEpsilon, to: middleChannels,
          kernelSize: kernelSize, stride: stride, padding: kernelSize / 2),
        act,
        convolution(
          epsilon: Layer.distilledEdgeResidualEpsilon, from: middleChannels),
      ] + residual

    case .distilledEpilogue:
      return [
        convolution(epsilon: Layer.distilledEpsilon, to: middleChannels),
        act,
        .globalAveragePool,
        convolution(epsilon: nil, from: middleChannels),
        act,
        classifier(classCount),
      ]
    }
  }

  private func convolution(
    epsilon: Double?, from inputs: Int? = nil, to outputs: Int? = nil, kernelSize: Int = 1,
    stride: Int = 1, padding: Int = 0, groups: Int = 1
  ) -> Operation {
    .convolution(
      Convolution(
        inputChannels: inputs ?? inputChannels, outputChannels: outputs ?? outputChannels,
        kernelSize: kernelSize, stride: stride, padding: Padding(padding), groups: groups,
        hasBias: false, batchNorm: epsilon.map { BatchNorm(epsilon: $0) }))
  }

  private func firstConvolution(epsilon: Double) -> Operation {
    convolution(epsilon: epsilon, kernelSize: 3, stride: stride, padding: 1)
  }

  private var squeezeExcite: [Operation] {
    guard hasSqueezeExcite else { return [] }
    func pointwise(_ inputs: Int, _ outputs: Int) -> Convolution {
      Convolution(
        inputChannels: inputs, outputChannels: outputs, kernelSize: 1, stride: 1,
        padding: Padding(0), groups: 1, hasBias: true, batchNorm: nil)
    }
    let excite = SqueezeExcite(
      reduce: pointwise(middleChannels, squeezeChannels), activation: activation,
      expand: pointwise(squeezeChannels, middleChannels))
    return [.squeezeExcite(excite)]
  }

  private var residual: [Operation] { hasResidual ? [.residual] : [] }

  private func classifier(_ classCount: Int) -> Operation {
    .linear(Linear(inputFeatures: outputChannels, outputFeatures: classCount))
  }
}
