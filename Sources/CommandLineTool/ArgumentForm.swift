/// Other arguments than the usual ones, which a tool takes where an option is given:
/// `convert <input> <output>`, but `convert --into <folder> <inputs> ...`.
public struct ArgumentForm: Equatable, Sendable {
  /// The name of the option, without the two dashes.
  public let option: String
  /// The arguments that the tool then takes, in order.
  public let arguments: [ArgumentDescription]

  /// Describes the arguments that go with an option.
  public init(with option: String, _ arguments: [ArgumentDescription]) {
    self.option = option
    self.arguments = arguments
  }
}
