public import BinaryInput

extension ErrorCode {
  /// An attribute or a parameter of a node has no meaning for the values that it gets.
  public static let runAttribute = ErrorCode("run.attribute")
  /// The shapes of a node's values do not fit each other.
  public static let runShape = ErrorCode("run.shape")
  /// A value is missing, or is of a type that the operator does not take.
  public static let runInput = ErrorCode("run.input")
}
