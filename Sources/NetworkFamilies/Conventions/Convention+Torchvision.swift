import NetworkProgram

extension Convention {
  private static let featureNaming = Naming(
    anchor: "features.0.0.weight", roots: ["features", "classifier"])

  /// torchvision's EfficientNets, whose first layer is the first of the numbered ones.
  public static let torchvision = Convention(
    "torchvision", grammar: .plain, rules: LayerRules(epsilon: 1e-5), namesStages: true,
    naming: featureNaming
  ) { layer, place in
    switch layer.kind {
    case .prologue:
      return ModuleNames("features.0", at: "features.0", [UnitNames("0", "1")])
    case .epilogue:
      let path = "features.\((place.previousStage ?? 0) + 1)"
      return ModuleNames(path, [UnitNames("\(path).0", "\(path).1"), UnitNames("classifier.1")])
    default:
      guard let stage = place.stage, let units = layer.torchvisionUnits else { return nil }
      let path = "features.\(stage).\(place.indexInStage)"
      return ModuleNames(path, at: path + ".block", units)
    }
  }

  /// torchvision's MobileNetV2, whose layers are numbered through.
  public static let torchvisionMobileNetV2 = Convention(
    "torchvision-mobilenetv2", grammar: .plain, rules: LayerRules(epsilon: 1e-5),
    namesStages: false, naming: featureNaming
  ) { layer, place in
    let path = "features.\(place.index)"
    guard !layer.hasSqueezeExcite else { return nil }
    return switch layer.kind {
    case .prologue:
      ModuleNames(path, at: path, [UnitNames("0", "1")])
    case .depthwiseSeparable:
      ModuleNames(path, at: path + ".conv", [UnitNames("0.0", "0.1"), UnitNames("1", "2")])
    case .invertedResidual:
      ModuleNames(
        path, at: path + ".conv",
        [UnitNames("0.0", "0.1"), UnitNames("1.0", "1.1"), UnitNames("2", "3")])
    case .epilogue:
      ModuleNames(path, [UnitNames("\(path).0", "\(path).1"), UnitNames("classifier.1")])
    default: nil
    }
  }

  /// torchvision's MnasNet, where the parts of the first layer and of the first block are numbered like
  /// the stages.
  public static let torchvisionMnasNet = Convention(
    "torchvision-mnasnet", grammar: .plain, rules: LayerRules(epsilon: 1e-5), namesStages: true,
    naming: Naming(anchor: "layers.0.weight", roots: ["layers", "classifier"])
  ) { layer, place in
    guard !layer.hasSqueezeExcite else { return nil }
    switch layer.kind {
    case .prologue:
      return ModuleNames("layers.0", [UnitNames("layers.0", "layers.1")])
    case .depthwiseSeparable:
      return ModuleNames(
        "layers.3", [UnitNames("layers.3", "layers.4"), UnitNames("layers.6", "layers.7")])
    case .invertedResidual:
      guard let stage = place.stage else { return nil }
      let path = "layers.\(stage).\(place.indexInStage)"
      return ModuleNames(
        path, at: path + ".layers",
        [UnitNames("0", "1"), UnitNames("3", "4"), UnitNames("6", "7")])
    case .epilogue:
      let stage = (place.previousStage ?? 0) + 1
      return ModuleNames(
        "layers.\(stage)",
        [UnitNames("layers.\(stage)", "layers.\(stage + 1)"), UnitNames("classifier.1")])
    default: return nil
    }
  }
}

extension Layer {
  /// What torchvision calls the modules inside a block: their numbers, each a convolution `0` and its norm
  /// `1`, or a squeeze-excite; nil for a layer that is no such block.
  fileprivate var torchvisionUnits: [UnitNames]? {
    let convolutionCount: Int
    switch kind {
    case .convolution: convolutionCount = 1
    case .edgeResidual, .depthwiseSeparable: convolutionCount = 2
    case .invertedResidual: convolutionCount = 3
    default: return nil
    }
    var units: [UnitNames] = []
    var number = 0
    for convolution in 0..<convolutionCount {
      if hasSqueezeExcite, convolution == convolutionCount - 1 {
        units += [UnitNames("\(number).fc1"), UnitNames("\(number).fc2")]
        number += 1
      }
      units.append(UnitNames("\(number).0", "\(number).1"))
      number += 1
    }
    return units
  }
}
