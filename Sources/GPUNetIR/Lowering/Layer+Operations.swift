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
      return [firstConvolution("net.0", "net.1", epsilon: Layer.plainEpsilon), act]

    case .convolution:
      return [
        convolution(
          "conv", "bn1", epsilon: Layer.plainEpsilon, kernelSize: kernelSize, stride: stride,
          padding: (stride - 1 + kernelSize - 1) / 2),
        act,
      ]

    case .edgeResidual:
      // The published networks were trained without any padding at stride 2.
      let padding = stride == 1 ? (kernelSize - 1) / 2 : 0
      return [
        convolution(
          "conv_exp", "bn1", epsilon: Layer.plainEpsilon, to: middleChannels,
          kernelSize: kernelSize, stride: stride, padding: padding),
        act,
      ] + squeezeExcite + [
        convolution("conv_pwl", "bn2", epsilon: Layer.plainEpsilon, from: middleChannels)
      ] + residual

    case .invertedResidual:
      return [
        convolution("conv_pw", "bn1", epsilon: Layer.plainEpsilon, to: middleChannels),
        act,
        convolution(
          "conv_dw", "bn2", epsilon: Layer.plainEpsilon, from: middleChannels, to: middleChannels,
          kernelSize: kernelSize, stride: stride, padding: (stride - 1 + kernelSize - 1) / 2,
          groups: middleChannels),
        act,
      ] + squeezeExcite + [
        convolution("conv_pwl", "bn3", epsilon: Layer.plainEpsilon, from: middleChannels)
      ] + residual

    case .epilogue:
      return [
        convolution("net.0", "net.1", epsilon: Layer.plainEpsilon),
        act,
        .globalAveragePool,
        classifier("net.6", classCount),
      ]

    case .distilledPrologue:
      return [firstConvolution("net.0", "net.1", epsilon: Layer.distilledEpsilon), act]

    case .distilledLargePrologue:
      func next(_ name: String, _ norm: String) -> Operation {
        convolution(
          name, norm, epsilon: Layer.distilledEpsilon, from: outputChannels, kernelSize: 3,
          padding: 1)
      }
      return [
        firstConvolution("net.0", "net.1", epsilon: Layer.distilledEpsilon), act,
        next("net.3", "net.4"), act,
        next("net.6", "net.7"), act,
      ]

    case .distilledInvertedResidual:
      return [
        convolution(
          "body.0", "body.1", epsilon: Layer.distilledEpsilon, to: middleChannels, groups: groups),
        act,
        convolution(
          "body.3", "body.4", epsilon: Layer.distilledEpsilon, from: middleChannels,
          to: middleChannels, kernelSize: kernelSize, stride: stride, padding: kernelSize / 2,
          groups: middleChannels),
        act,
        convolution(
          "body.6", "body.7", epsilon: Layer.distilledEpsilon, from: middleChannels,
          groups: groups),
      ] + residual

    case .distilledEdgeResidual:
      return [
        convolution(
          "body.0", "body.1", epsilon: Layer.distilledEdgeResidualEpsilon, to: middleChannels,
          kernelSize: kernelSize, stride: stride, padding: kernelSize / 2),
        act,
        convolution(
          "body.3", "body.4", epsilon: Layer.distilledEdgeResidualEpsilon, from: middleChannels),
      ] + residual

    case .distilledEpilogue:
      return [
        convolution("net.0", "net.1", epsilon: Layer.distilledEpsilon, to: middleChannels),
        act,
        .globalAveragePool,
        convolution("net.4", nil, epsilon: 0, from: middleChannels),
        act,
        classifier("net.8", classCount),
      ]
    }
  }

  private func convolution(
    _ name: String, _ norm: String?, epsilon: Double, from inputs: Int? = nil,
    to outputs: Int? = nil, kernelSize: Int = 1, stride: Int = 1, padding: Int = 0,
    groups: Int = 1
  ) -> Operation {
    .convolution(
      Convolution(
        name: name, inputChannels: inputs ?? inputChannels,
        outputChannels: outputs ?? outputChannels, kernelSize: kernelSize, stride: stride,
        padding: Padding(padding), groups: groups, hasBias: false,
        batchNorm: norm.map { BatchNorm(name: $0, epsilon: epsilon) }))
  }

  private func firstConvolution(_ name: String, _ norm: String, epsilon: Double) -> Operation {
    convolution(name, norm, epsilon: epsilon, kernelSize: 3, stride: stride, padding: 1)
  }

  private var squeezeExcite: [Operation] {
    guard hasSqueezeExcite else { return [] }
    func pointwise(_ name: String, _ inputs: Int, _ outputs: Int) -> Convolution {
      Convolution(
        name: name, inputChannels: inputs, outputChannels: outputs, kernelSize: 1, stride: 1,
        padding: Padding(0), groups: 1, hasBias: true, batchNorm: nil)
    }
    let excite = SqueezeExcite(
      reduce: pointwise("se.conv_reduce", middleChannels, squeezeChannels), activation: activation,
      expand: pointwise("se.conv_expand", squeezeChannels, middleChannels))
    return [.squeezeExcite(excite)]
  }

  private var residual: [Operation] { hasResidual ? [.residual] : [] }

  private func classifier(_ name: String, _ classCount: Int) -> Operation {
    .linear(Linear(name: name, inputFeatures: outputChannels, outputFeatures: classCount))
  }
}
