import NetworkProgram

extension Convention {
  /// efficientnet_pytorch, and efficientnet_lite_pytorch, which was made of it. Both settle the padding
  /// when a network is built, which a network's own rules state.
  public static let efficientNetPyTorch = Convention(
    "efficientnet-pytorch", grammar: .plain, rules: LayerRules(epsilon: 1e-3, padding: .same),
    namesStages: false,
    naming: Naming(
      anchor: "_conv_stem.weight",
      roots: ["_conv_stem", "_bn0", "_blocks", "_conv_head", "_bn1", "_fc"])
  ) { layer, place in
    let gate = layer.hasSqueezeExcite ? [UnitNames("_se_reduce"), UnitNames("_se_expand")] : []
    let filters =
      [UnitNames("_depthwise_conv", "_bn1")] + gate + [UnitNames("_project_conv", "_bn2")]
    let path = "_blocks.\(place.index - 1)"
    return switch layer.kind {
    case .prologue: ModuleNames("_conv_stem", [UnitNames("_conv_stem", "_bn0")])
    case .depthwiseSeparable: ModuleNames(path, at: path, filters)
    case .invertedResidual:
      ModuleNames(path, at: path, [UnitNames("_expand_conv", "_bn0")] + filters)
    case .epilogue:
      ModuleNames("_conv_head", [UnitNames("_conv_head", "_bn1"), UnitNames("_fc")])
    default: nil
    }
  }
}
