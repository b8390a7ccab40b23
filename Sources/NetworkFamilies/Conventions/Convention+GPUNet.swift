public import NetworkProgram

extension Convention {
  /// GPUNet-0, 1, 2, P0 and P1, as NVIDIA's code computes and names them.
  public static let gpunet = Convention(
    "gpunet", grammar: .plain,
    // The published networks were trained without any padding of edge residuals at stride 2.
    rules: LayerRules(epsilon: 1e-3, padsStridedEdgeResiduals: false), namesStages: true,
    modules: gpunetModules)

  /// GPUNet-D1 and D2.
  public static let distilledGPUNet = Convention(
    "gpunet-distilled", grammar: .distilled,
    rules: LayerRules(epsilon: 1e-5, edgeResidualEpsilon: 1e-3), namesStages: true,
    modules: gpunetModules)

  /// The activations of GPUNets.
  public static let gpunetActivations: [Activation] = [.relu, .swish]

  /// The names of all layers' modules, `#` and `@` standing for a layer's number and its stage.
  public static let gpunetLayerNames = Set(LayerKind.allCases.compactMap(\.gpunetName))

  private static func gpunetModules(_ layer: Layer, _ place: LayerPlace) -> ModuleNames? {
    guard let template = layer.kind.gpunetName, let units = layer.gpunetUnits,
      place.stage != nil || !template.contains("@")
    else { return nil }
    let name = template.replacing("#", with: "\(place.number)")
      .replacing("@", with: "\(place.stage ?? 0)")
    return ModuleNames(name, at: "network.\(name)", units)
  }
}

extension LayerKind {
  /// What NVIDIA's code calls the module of such a layer; nil for a kind that it does not have.
  fileprivate var gpunetName: String? {
    switch self {
    case .prologue: "head: #"
    case .convolution, .edgeResidual, .invertedResidual: "stage: @ layer#"
    case .epilogue: " layer#"
    case .distilledPrologue, .distilledLargePrologue: "head:"
    case .distilledInvertedResidual: "stage: @ irb#"
    case .distilledEdgeResidual: "stage: @ fused_irb#"
    case .distilledEpilogue: "tail:"
    case .depthwiseSeparable: nil
    }
  }
}

extension Convention {
  /// The convention of GPUNets with layers of that grammar.
  static func gpunet(_ grammar: Grammar) -> Convention {
    switch grammar {
    case .plain: .gpunet
    case .distilled: .distilledGPUNet
    }
  }
}

extension LayerPlace {
  /// The layer's number in NVIDIA's configurations, which begin with an entry for the data.
  fileprivate var number: Int { index + 2 }
}

extension Layer {
  /// What NVIDIA's code calls the modules of the layer's units, in the order of its steps; nil for a
  /// layer that it does not have.
  fileprivate var gpunetUnits: [UnitNames]? {
    guard Convention.gpunetActivations.contains(activation), !statesMiddleChannels,
      statedSqueezeChannels == nil, statedResidual == nil
    else { return nil }
    return switch kind {
    case .prologue, .distilledPrologue:
      [UnitNames("net.0", "net.1")]
    case .convolution, .edgeResidual, .invertedResidual: timmUnits
    case .epilogue:
      [UnitNames("net.0", "net.1"), UnitNames("net.6")]
    case .distilledLargePrologue:
      [UnitNames("net.0", "net.1"), UnitNames("net.3", "net.4"), UnitNames("net.6", "net.7")]
    case .distilledInvertedResidual:
      [UnitNames("body.0", "body.1"), UnitNames("body.3", "body.4"), UnitNames("body.6", "body.7")]
    case .distilledEdgeResidual:
      [UnitNames("body.0", "body.1"), UnitNames("body.3", "body.4")]
    case .distilledEpilogue:
      [UnitNames("net.0", "net.1"), UnitNames("net.4"), UnitNames("net.8")]
    case .depthwiseSeparable: nil
    }
  }
}
