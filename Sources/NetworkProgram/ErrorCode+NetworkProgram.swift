public import BinaryInput

extension ErrorCode {
  /// A resolution is malformed, too large, or too small for the network.
  public static let architectureResolution = ErrorCode("architecture.resolution")
  /// A network needs a tensor that is not there or has another shape or type.
  public static let networkParameter = ErrorCode("network.parameter")
  /// An input does not fit the network.
  public static let networkInput = ErrorCode("network.input")
}

extension Remedy {
  /// A larger input may be given.
  public static let largerResolution = Remedy("larger-resolution", "use a larger input")
  /// A smaller input may be given.
  public static let smallerResolution = Remedy("smaller-resolution", "use a smaller input")
  /// The architecture may be given, or another one.
  public static let givenArchitecture = Remedy(
    "give-architecture",
    "check the architecture: strides, padding or classes are not those expected")
}
