/// The nonlinearity of a layer, under the name that configurations and layer strings use.
public enum Activation: String, CaseIterable, Hashable, Sendable {
  /// max(x, 0).
  case relu
  /// x · sigmoid(x), known elsewhere as SiLU.
  case swish
  /// min(max(x, 0), 6).
  case relu6
}
