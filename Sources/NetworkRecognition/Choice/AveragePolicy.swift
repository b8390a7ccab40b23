/// Whether the moving average of the weights is preferred to the weights themselves.
public enum AveragePolicy: String, CaseIterable, Hashable, Sendable {
  /// The average where there is one.
  case auto
  /// The average, or an error.
  case always
  /// The weights as they were trained.
  case never
}
