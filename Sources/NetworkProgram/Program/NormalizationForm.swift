/// Where the batch norms of a network are.
public enum NormalizationForm: String, CaseIterable, Hashable, Sendable {
  /// They follow their convolutions, as they were trained.
  case separate
  /// They are folded into weight and bias of the convolution before them.
  case folded
}
