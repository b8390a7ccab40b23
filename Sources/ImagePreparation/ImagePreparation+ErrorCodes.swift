public import BinaryInput

extension ErrorCode {
  /// The steps by which pictures are to be prepared cannot be done.
  public static let preparationSteps = ErrorCode("preparation.steps")
  /// A picture is so long and thin that, resized, no program could hold it.
  public static let preparationExtent = ErrorCode("preparation.extent")
}

extension ImagePreparation {
  /// Every code that this target throws, besides `io.memory`.
  public static let errorCodes: [ErrorCode] = [.preparationSteps, .preparationExtent]
}
