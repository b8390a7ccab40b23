/// How large a relative difference may be, and why.
///
/// Differences are measured as the largest absolute difference over the largest absolute reference
/// value of the same tensor.
public struct Tolerance: Hashable, Sendable {
  /// The bound at the network's output.
  public let output: Double
  /// The bound at every layer before it.
  public let layer: Double
  /// Where the numbers come from.
  public let reason: String

  /// Creates a tolerance.
  public init(output: Double, layer: Double, reason: String) {
    self.output = output
    self.layer = layer
    self.reason = reason
  }

  /// Both sides compute the same sums in 64 bits, in another order at most.
  public static let doublePrecision = Tolerance(
    output: 1e-10, layer: 1e-10, reason: "64-bit arithmetic in another order")

  /// For recordings made in 32-bit arithmetic, whose own error is that large.
  public static let singlePrecision = Tolerance(
    output: 1e-5, layer: 3e-5, reason: "32-bit arithmetic in the recording")

  /// For weights rounded to a type with that unit roundoff, run in 64-bit arithmetic.
  ///
  /// Each weight is off by at most u of its value; errors of independent layers add up as the root
  /// of their number; the factor of 16 allows for cancellation inside a layer, threefold in the
  /// layers before the pooling averages errors away. For binary32 and GPUNet's 40 to 140
  /// convolutions the bound is 0.6 to 1.1e-5.
  public static func rounding(unitRoundoff: Double, convolutionCount: Int) -> Tolerance {
    let bound = 16 * Double(convolutionCount).squareRoot() * unitRoundoff
    return Tolerance(
      output: bound, layer: 3 * bound,
      reason: "16·√\(convolutionCount)·u, weights rounded with u = \(unitRoundoff)")
  }

  /// The tolerance for two independent sources of error.
  public static func + (left: Tolerance, right: Tolerance) -> Tolerance {
    Tolerance(
      output: left.output + right.output, layer: left.layer + right.layer,
      reason: "\(left.reason) + \(right.reason)")
  }
}
