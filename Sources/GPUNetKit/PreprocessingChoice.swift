public import NetworkProgram

/// What is to be recorded of the preprocessing where it differs from what the source says or the
/// published evaluation does.
public struct PreprocessingChoice: Hashable, Sendable {
  /// What is subtracted from red, green and blue in 0…1; finite.
  public var mean: [Double]?
  /// What the differences are divided by; finite and above 0.
  public var standardDeviation: [Double]?
  /// The crop's side as a part of the resized image's shorter side; above 0 and at most 1.
  public var cropFraction: Double?
  /// How images are resized: one of `Preprocessing.interpolations`.
  public var interpolation: String?

  /// Changes nothing.
  public init() {}

  /// The preprocessing with what was chosen in place of what it had.
  public func applied(to preprocessing: Preprocessing) -> Preprocessing {
    Preprocessing(
      mean: mean ?? preprocessing.mean,
      standardDeviation: standardDeviation ?? preprocessing.standardDeviation,
      interpolation: interpolation ?? preprocessing.interpolation,
      cropFraction: cropFraction ?? preprocessing.cropFraction)
  }

  /// What was chosen, for the provenance of a file.
  var options: [String] {
    func list(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: ",") }
    return [
      mean.map { "mean=\(list($0))" }, standardDeviation.map { "std=\(list($0))" },
      cropFraction.map { "crop=\($0)" }, interpolation.map { "interpolation=\($0)" },
    ].compactMap(\.self)
  }
}
