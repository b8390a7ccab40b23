public import NetworkProgram

extension Layer {
  /// The steps that compute this layer, with batch norms separate: the one place that says what a
  /// layer kind means.
  ///
  /// - Parameters:
  ///   - rules: What the network's layers have in common.
  ///   - classCount: The outputs of a last layer's classifier.
  /// - Returns: The steps, first to last; padding that depends on one resolution is that of the map
  ///   that is met.
  public func operations(_ rules: LayerRules, classCount: Int) -> [NetworkProgram.Operation] {
    let steps = Steps(layer: self, rules: rules)
    switch kind {
    case .prologue, .distilledPrologue:
      return [steps.filter(padding: 1), steps.act]

    case .convolution:
      return [steps.filter(padding: steps.centred), steps.act] + steps.residual

    case .edgeResidual:
      let isPadded = stride == 1 || rules.padsStridedEdgeResiduals
      return [
        steps.filter(to: middleChannels, padding: isPadded ? steps.centred : 0), steps.act,
      ] + steps.squeezeExcite + [steps.pointwise(from: middleChannels)] + steps.residual

    case .invertedResidual:
      return [
        steps.pointwise(to: middleChannels), steps.act,
        steps.depthwise(middleChannels, padding: steps.centred), steps.act,
      ] + steps.squeezeExcite + [steps.pointwise(from: middleChannels)] + steps.residual

    case .depthwiseSeparable:
      return [steps.depthwise(inputChannels, padding: steps.centred), steps.act]
        + steps.squeezeExcite + [steps.pointwise()] + steps.residual

    case .epilogue:
      return [steps.pointwise(), steps.act, .globalAveragePool, steps.classifier(classCount)]

    case .distilledLargePrologue:
      let next = steps.filter(from: outputChannels, stride: 1, padding: 1)
      return [steps.filter(padding: 1), steps.act, next, steps.act, next, steps.act]

    case .distilledInvertedResidual:
      return [
        steps.pointwise(to: middleChannels, groups: groups), steps.act,
        steps.depthwise(middleChannels, padding: kernelSize / 2), steps.act,
        steps.pointwise(from: middleChannels, groups: groups),
      ] + steps.residual

    case .distilledEdgeResidual:
      var edge = steps
      edge.epsilon = rules.edgeResidualEpsilon
      return [
        edge.filter(to: middleChannels, padding: kernelSize / 2), steps.act,
        edge.pointwise(from: middleChannels),
      ] + steps.residual

    case .distilledEpilogue:
      return [
        steps.pointwise(to: middleChannels), steps.act, .globalAveragePool,
        steps.pointwise(from: middleChannels, hasNorm: false), steps.act,
        steps.classifier(classCount),
      ]
    }
  }
}

/// The steps that layers are made of.
private struct Steps {
  let layer: Layer
  let rules: LayerRules
  var epsilon: Double

  init(layer: Layer, rules: LayerRules) {
    self.layer = layer
    self.rules = rules
    epsilon = rules.epsilon
  }

  var act: NetworkProgram.Operation { .activation(layer.activation) }

  /// What keeps a map's size at stride 1, and halves it at stride 2.
  var centred: Int { (layer.stride - 1 + layer.kernelSize - 1) / 2 }

  /// The layer's k×k convolution, at its stride unless another is given.
  func filter(
    from inputs: Int? = nil, to outputs: Int? = nil, stride: Int? = nil, padding: Int,
    groups: Int = 1
  ) -> NetworkProgram.Operation {
    let stride = stride ?? layer.stride
    let rule: PaddingRule
    if rules.padding == .symmetric {
      rule = .fixed(Padding(padding))
    } else if stride == 1 {
      // "Same" is the same at every size where a map keeps its size.
      let less = (layer.kernelSize - 1) / 2
      let more = layer.kernelSize - 1 - less
      rule = .fixed(Padding(top: less, left: less, bottom: more, right: more))
    } else {
      rule = .same
    }
    return .convolution(
      Convolution(
        inputChannels: inputs ?? layer.inputChannels,
        outputChannels: outputs ?? layer.outputChannels, kernelSize: layer.kernelSize,
        stride: stride, padding: rule, groups: groups, hasBias: false,
        batchNorm: BatchNorm(epsilon: epsilon)))
  }

  func depthwise(_ channels: Int, padding: Int) -> NetworkProgram.Operation {
    filter(from: channels, to: channels, padding: padding, groups: channels)
  }

  func pointwise(
    from inputs: Int? = nil, to outputs: Int? = nil, groups: Int = 1, hasNorm: Bool = true
  ) -> NetworkProgram.Operation {
    .convolution(
      Convolution(
        inputChannels: inputs ?? layer.inputChannels,
        outputChannels: outputs ?? layer.outputChannels, kernelSize: 1, stride: 1,
        padding: .fixed(Padding(0)), groups: groups, hasBias: false,
        batchNorm: hasNorm ? BatchNorm(epsilon: epsilon) : nil))
  }

  var squeezeExcite: [NetworkProgram.Operation] {
    guard layer.hasSqueezeExcite else { return [] }
    func pointwise(_ inputs: Int, _ outputs: Int) -> Convolution {
      Convolution(
        inputChannels: inputs, outputChannels: outputs, kernelSize: 1, stride: 1,
        padding: .fixed(Padding(0)), groups: 1, hasBias: true, batchNorm: nil)
    }
    let excite = SqueezeExcite(
      reduce: pointwise(layer.middleChannels, layer.squeezeChannels),
      activation: layer.activation,
      expand: pointwise(layer.squeezeChannels, layer.middleChannels))
    return [.squeezeExcite(excite)]
  }

  var residual: [NetworkProgram.Operation] { layer.hasResidual ? [.residual] : [] }

  func classifier(_ classCount: Int) -> NetworkProgram.Operation {
    .linear(Linear(inputFeatures: layer.outputChannels, outputFeatures: classCount))
  }
}
