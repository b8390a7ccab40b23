/// What the author of a network calls the modules of one unit of a layer, by their full paths.
public struct UnitNames: Hashable, Sendable {
  /// The convolution or the classifier: `network.stage: 1 layer3.conv_pw`.
  public let weights: String
  /// The batch norm behind it: `network.stage: 1 layer3.bn1`; nil where there is none.
  public let norm: String?

  /// Names the modules.
  public init(_ weights: String, _ norm: String? = nil) {
    self.weights = weights
    self.norm = norm
  }

  /// The full name of a parameter: `network.stage: 1 layer3.bn1.running_mean`.
  ///
  /// - Precondition: There is a norm where the parameter is one of its.
  public func parameter(_ role: ParameterRole) -> String {
    switch role {
    case .convolutionWeight, .linearWeight: "\(weights).weight"
    case .convolutionBias, .linearBias: "\(weights).bias"
    case .normWeight: "\(norm!).weight"
    case .normBias: "\(norm!).bias"
    case .runningMean: "\(norm!).running_mean"
    case .runningVariance: "\(norm!).running_var"
    case .batchCount: "\(norm!).num_batches_tracked"
    }
  }
}
