public import NetworkProgram

/// What is asked of the batch norms in a file that is written.
public enum NormalizationRequest: Hashable, Sendable {
  /// They are folded into their convolutions.
  case folded
  /// They are kept as they are, and a source that has none is refused.
  case separate
  /// They are as the source has them.
  case asInSource

  /// Where they are in a file made of a network; nil where that cannot be.
  public func form(of source: NormalizationForm) -> NormalizationForm? {
    switch self {
    case .folded: .folded
    case .separate: source == .separate ? .separate : nil
    case .asInSource: source
    }
  }

  /// How a provenance says it, where it is not what the format does by itself.
  func contentOptions(usually usual: NormalizationRequest) -> [String] {
    guard self != usual else { return [] }
    return switch self {
    case .folded: ["fold-batch-norm"]
    case .separate: ["keep-batch-norm"]
    case .asInSource: []
    }
  }
}
