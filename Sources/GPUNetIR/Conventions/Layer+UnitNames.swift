extension Layer {
  /// What the published code calls the modules of the layer's units, in the order of its steps: the one
  /// place that knows these names.
  public var unitNames: [UnitNames] {
    switch kind {
    case .prologue, .distilledPrologue:
      [UnitNames("net.0", "net.1")]
    case .convolution:
      [UnitNames("conv", "bn1")]
    case .edgeResidual:
      [UnitNames("conv_exp", "bn1")] + gateNames + [UnitNames("conv_pwl", "bn2")]
    case .invertedResidual:
      [UnitNames("conv_pw", "bn1"), UnitNames("conv_dw", "bn2")] + gateNames
        + [UnitNames("conv_pwl", "bn3")]
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
    }
  }

  private var gateNames: [UnitNames] {
    hasSqueezeExcite ? [UnitNames("se.conv_reduce"), UnitNames("se.conv_expand")] : []
  }
}
