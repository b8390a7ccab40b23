public import BinaryInput

extension ErrorCode {
  /// No state dict of the file looks like a GPUNet's, or the one asked for is not there.
  public static let recognitionKey = ErrorCode("recognition.key", .negative)
  /// The parameters are those of no published network.
  public static let recognitionUnknown = ErrorCode("recognition.unknown", .negative)
  /// The parameters do not fit the architecture that was given.
  public static let recognitionMismatch = ErrorCode("recognition.mismatch", .negative)
  /// Tensors of the state dict belong to no layer.
  public static let recognitionUnused = ErrorCode("recognition.unused", .negative)
}

extension Remedy {
  /// The network may be described or named.
  public static let describeNetwork = Remedy("describe-network", "describe the network")
  /// One of several state dicts may be named.
  public static let nameStateDict = Remedy("name-state-dict", "name the one that is meant")
  /// A moving average need not be asked for.
  public static let otherAverage = Remedy(
    "other-average", "take the trained weights or name the state dict")
}
