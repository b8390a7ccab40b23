public import NetworkProgram

/// What the layers of a network have in common and no layer string says.
public struct LayerRules: Hashable, Sendable {
  /// Epsilon of the batch norms.
  public var epsilon: Double
  /// Epsilon of the batch norms of distilled edge residuals.
  public var edgeResidualEpsilon: Double
  /// How k×k convolutions are padded.
  public var padding: PaddingStyle
  /// Whether the k×k convolution of an edge residual is padded where its stride is not 1.
  public var padsStridedEdgeResiduals: Bool

  /// States the rules.
  ///
  /// - Parameters:
  ///   - epsilon: That of the batch norms.
  ///   - edgeResidualEpsilon: That of distilled edge residuals; nil where it is the same.
  ///   - padding: How k×k convolutions are padded.
  ///   - padsStridedEdgeResiduals: Whether edge residuals are padded where their stride is not 1, too.
  public init(
    epsilon: Double, edgeResidualEpsilon: Double? = nil, padding: PaddingStyle = .symmetric,
    padsStridedEdgeResiduals: Bool = true
  ) {
    self.epsilon = epsilon
    self.edgeResidualEpsilon = edgeResidualEpsilon ?? epsilon
    self.padding = padding
    self.padsStridedEdgeResiduals = padsStridedEdgeResiduals
  }

  /// The same rules with one epsilon for all norms.
  public func with(epsilon: Double) -> LayerRules {
    var rules = self
    rules.epsilon = epsilon
    rules.edgeResidualEpsilon = epsilon
    return rules
  }
}

/// How the convolutions of a network are padded.
public enum PaddingStyle: Hashable, Sendable {
  /// On all sides alike.
  case symmetric
  /// As TensorFlow's "SAME": by the size of the map that is met.
  case same
  /// By the sizes of the maps for images of one resolution, at every resolution.
  case sameAt(Resolution)

  /// Whether it is fixed for one resolution.
  public var isFixed: Bool {
    if case .sameAt = self { true } else { false }
  }
}

extension PaddingStyle: CustomStringConvertible {
  /// `symmetric`, `same`, `same-at 240x240`.
  public var description: String {
    switch self {
    case .symmetric: "symmetric"
    case .same: "same"
    case .sameAt(let resolution): "same-at \(resolution.height)x\(resolution.width)"
    }
  }

  /// Reads the printed form; nil for any other text.
  public init?(_ text: some StringProtocol) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    switch (words[0], words.count) {
    case ("symmetric", 1): self = .symmetric
    case ("same", 1): self = .same
    case ("same-at", 2):
      guard let resolution = try? Resolution(parsing: String(words[1])) else { return nil }
      self = .sameAt(resolution)
    default: return nil
    }
    guard description == text else { return nil }
  }
}
