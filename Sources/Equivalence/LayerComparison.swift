/// How a layer's output, or the network's, compares with its reference.
public struct LayerComparison: Sendable {
  /// The layer's module name; nil for the network's output.
  public let moduleName: String?
  /// The difference.
  public let difference: Difference
  /// The bound for its relative size.
  public let bound: Double

  /// Whether the difference is within its bound.
  public var isMatch: Bool { difference.relative <= bound }
}

/// A network compared with a reference, layer by layer.
public struct ComparisonReport: Sendable {
  /// What was compared with what.
  public let subject: String
  /// The bounds and where they come from.
  public let tolerance: Tolerance
  /// The layers that have a reference, in order, then the output.
  public internal(set) var comparisons: [LayerComparison] = []

  /// Whether all comparisons are within their bounds.
  public var isMatch: Bool { firstMismatch == nil }

  /// The first comparison that is out of its bound.
  public var firstMismatch: LayerComparison? { comparisons.first { !$0.isMatch } }

  /// The comparison of the network's output.
  public var output: LayerComparison? { comparisons.last { $0.moduleName == nil } }

  /// The layer with the largest relative difference.
  public var worstLayer: LayerComparison? {
    comparisons.filter { $0.moduleName != nil }
      .max { $0.difference.relative < $1.difference.relative }
  }
}

extension LayerComparison: CustomStringConvertible {
  /// The layer, its difference and bound, and the worst element.
  public var description: String {
    "\(moduleName ?? "output"): relative difference \(difference.relative.threeDigits), bound "
      + "\(bound.threeDigits); worst at \(difference.worstIndex): expected "
      + "\(difference.reference), found \(difference.found)"
  }
}

extension Double {
  /// The number with three significant digits: `1.23e-7`.
  public var threeDigits: String {
    guard isFinite, self != 0 else { return "\(self)" }
    var exponent = 0
    var mantissa = abs(self)
    while mantissa >= 9.995 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < 0.9995 {
      mantissa *= 10
      exponent -= 1
    }
    return "\(self < 0 ? "-" : "")\((mantissa * 100).rounded() / 100)e\(exponent)"
  }
}
