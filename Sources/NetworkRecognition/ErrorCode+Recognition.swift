public import BinaryInput

extension ErrorCode {
  /// No state dict of the file looks like a GPUNet's, or the one asked for is not there.
  public static let recognitionKey = ErrorCode("recognition.key")
  /// The parameters are those of no published network.
  public static let recognitionUnknown = ErrorCode("recognition.unknown")
  /// The parameters do not fit the architecture that was given.
  public static let recognitionMismatch = ErrorCode("recognition.mismatch")
  /// Tensors of the state dict belong to no layer.
  public static let recognitionUnused = ErrorCode("recognition.unused")

  /// All codes that mean that the file was understood and the answer is no.
  public static let recognitionCodes: [ErrorCode] = [
    .recognitionKey, .recognitionUnknown, .recognitionMismatch, .recognitionUnused,
  ]
}
