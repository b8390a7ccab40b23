public import BinaryInput

extension ErrorCode {
  /// No state dict of the file looks like a GPUNet's, or the one asked for is not there.
  public static let recognitionKey = ErrorCode("recognition.key", .negative)
  /// Several networks of the file could be meant.
  public static let recognitionAmbiguous = ErrorCode("recognition.ambiguous", .negative)
  /// The average of the weights, which would be taken, is not whole.
  public static let recognitionAverage = ErrorCode("recognition.average", .negative)
  /// The parameters are those of no published network.
  public static let recognitionUnknown = ErrorCode("recognition.unknown", .negative)
  /// The parameters do not fit the architecture that was given.
  public static let recognitionMismatch = ErrorCode("recognition.mismatch", .negative)
  /// The parameters are those of another published network than the given one.
  public static let recognitionOtherNetwork = ErrorCode("recognition.otherNetwork", .negative)
  /// The classifier is missing, and everything else is there.
  public static let recognitionClassifier = ErrorCode("recognition.classifier", .negative)
  /// The parameters are there under other names.
  public static let recognitionNames = ErrorCode("recognition.names", .negative)
  /// Tensors of the state dict belong to no layer.
  public static let recognitionUnused = ErrorCode("recognition.unused", .negative)
  /// A parameter is kept in parts from which it cannot be made.
  public static let recognitionParametrisation = ErrorCode("recognition.parametrisation", .negative)
  /// What says which network it is says two things.
  public static let recognitionContradiction = ErrorCode("recognition.contradiction", .negative)
  /// The file holds more networks than any training leaves.
  public static let recognitionLimit = ErrorCode("recognition.limit")
}

extension Remedy {
  /// The network may be described or named.
  public static let describeNetwork = Remedy("describe-network", "describe the network")
  /// The networks that are known may be looked up.
  public static let knownNetworks = Remedy("known-networks", "look up which networks are known")
  /// A moving average need not be asked for.
  public static let otherAverage = Remedy(
    "other-average", "take the trained weights or name the state dict")

  /// One of several networks may be named.
  public static func nameNetwork(_ names: [String]) -> Remedy {
    Remedy("name-network", "name the one that it is", names)
  }

  /// One of several state dicts may be named.
  public static func nameStateDict(_ paths: [String]) -> Remedy {
    Remedy("name-state-dict", "name the one that is meant", paths)
  }
}
