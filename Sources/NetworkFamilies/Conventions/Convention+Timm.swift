import NetworkProgram

extension Convention {
  /// timm's own networks.
  public static let timm = Convention(
    "timm", grammar: .plain, rules: LayerRules(epsilon: 1e-5), namesStages: true,
    naming: timmNaming, modules: timmModules)

  /// The networks that timm took from TensorFlow, `tf_…`.
  public static let timmTensorFlow = Convention(
    "timm-tf", grammar: .plain, rules: LayerRules(epsilon: 1e-3, padding: .same),
    namesStages: true, naming: timmNaming, modules: timmModules)

  private static let timmNaming = Naming(
    anchor: "conv_stem.weight",
    roots: ["conv_stem", "bn1", "blocks", "conv_head", "bn2", "classifier"])

  private static func timmModules(_ layer: Layer, _ place: LayerPlace) -> ModuleNames? {
    switch layer.kind {
    case .prologue:
      return ModuleNames("conv_stem", [UnitNames("conv_stem", "bn1")])
    case .epilogue:
      return ModuleNames("conv_head", [UnitNames("conv_head", "bn2"), UnitNames("classifier")])
    default:
      guard let stage = place.stage, let units = layer.timmUnits else { return nil }
      let path = "blocks.\(stage).\(place.indexInStage)"
      return ModuleNames(path, at: path, units)
    }
  }
}

extension Layer {
  /// What timm, whose blocks NVIDIA's are made of, calls the modules of a block's units, in the order of
  /// its steps; nil for a layer that is no such block.
  var timmUnits: [UnitNames]? {
    let gate =
      hasSqueezeExcite ? [UnitNames("se.conv_reduce"), UnitNames("se.conv_expand")] : []
    return switch kind {
    case .convolution:
      [UnitNames("conv", "bn1")]
    case .edgeResidual:
      [UnitNames("conv_exp", "bn1")] + gate + [UnitNames("conv_pwl", "bn2")]
    case .invertedResidual:
      [UnitNames("conv_pw", "bn1"), UnitNames("conv_dw", "bn2")] + gate
        + [UnitNames("conv_pwl", "bn3")]
    case .depthwiseSeparable:
      [UnitNames("conv_dw", "bn1")] + gate + [UnitNames("conv_pw", "bn2")]
    default: nil
    }
  }
}
