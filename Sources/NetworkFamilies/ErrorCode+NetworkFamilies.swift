public import BinaryInput

extension ErrorCode {
  /// A text is no layer string in its canonical spelling.
  public static let layerGrammar = ErrorCode("layer.grammar")
  /// A field of a layer is out of its range or does not fit the others.
  public static let layerField = ErrorCode("layer.field")
  /// The layers do not make up a network.
  public static let architectureStructure = ErrorCode("architecture.structure")
  /// A text does not describe a network.
  public static let architectureDescription = ErrorCode("architecture.description")
  /// What a program is labelled with says something else than what it computes.
  public static let architectureLabels = ErrorCode("architecture.labels")
}
