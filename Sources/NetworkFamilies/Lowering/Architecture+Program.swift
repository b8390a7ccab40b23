public import BinaryInput
public import NetworkProgram

extension Architecture {
  /// The steps of all layers, labelled as the convention says.
  ///
  /// - Complexity: O(*n*) in the number of layers.
  public func program(_ form: NormalizationForm) -> Program {
    let layers = entries.indices.map { index in
      LayerProgram(
        index: index, label: label(at: index),
        operations: entries[index].layer.operations(rules, classCount: classCount))
    }
    var program = Program(
      convention: convention.text(rules), input: input(resolution), layers: layers, form: .separate)
    if case .sameAt(let resolution) = rules.padding { program.fixPadding(at: resolution) }
    return form == .folded ? program.folded : program
  }

  /// The parameters of the whole network, in state-dict order.
  public func parameters(_ form: NormalizationForm) -> [ParameterSpecification] {
    program(form).parameters
  }

  /// Every layer's shapes and costs.
  ///
  /// - Parameters:
  ///   - resolution: Nil for the network's own.
  ///   - form: Decides what counts as a parameter: a folded norm has become one bias.
  /// - Returns: One summary a layer, in order.
  /// - Throws: `architecture.resolution` where the input is too small for a layer or the network
  ///   too large to be counted.
  public func summaries(
    at resolution: Resolution? = nil, form: NormalizationForm = .separate
  ) throws(ReadError) -> [LayerSummary] {
    try program(form).summaries(at: resolution)
  }

  /// What a layer and its parameters are called.
  public func label(at index: Int) -> LayerLabel {
    label(at: index, stage: entries[index].stage)
  }

  func label(at index: Int, stage: Int?) -> LayerLabel {
    let layer = entries[index].layer
    var indexInStage = 0
    while indexInStage < index, stage != nil, entries[index - indexInStage - 1].stage == stage {
      indexInStage += 1
    }
    let place = LayerPlace(
      index: index, stage: stage, indexInStage: indexInStage,
      previousStage: index > 0 ? entries[index - 1].stage : nil)
    guard let names = convention.modules(layer, place) else {
      preconditionFailure("an architecture has layers of its convention, with their stages")
    }
    return LayerLabel(
      text: layer.description, stage: stage, moduleName: names.label, units: names.units)
  }

  private func input(_ resolution: Resolution) -> FeatureShape {
    FeatureShape(
      channels: entries[0].layer.inputChannels, height: resolution.height,
      width: resolution.width)
  }
}
