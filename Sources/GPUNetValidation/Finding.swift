/// One way in which a network does not fit together.
public struct Finding: Hashable, Sendable {
  /// The layer's module name, or nil for the network as a whole.
  public let layer: String?
  /// What does not fit: a parameter's name inside its layer, or a phrase.
  public let subject: String
  /// What should have been there.
  public let expected: String
  /// What was there.
  public let found: String
  /// Whether it is a tensor that no layer needs, without which the network is whole.
  public let isUnusedTensor: Bool

  /// Creates a finding.
  public init(
    layer: String?, subject: String, expected: String, found: String, isUnusedTensor: Bool = false
  ) {
    self.layer = layer
    self.subject = subject
    self.expected = expected
    self.found = found
    self.isUnusedTensor = isUnusedTensor
  }
}

extension Finding: CustomStringConvertible {
  /// One line: layer, subject, expected, found; names from files are not escaped yet.
  public var description: String {
    "\(layer.map { "\($0): " } ?? "")\(subject): expected \(expected), found \(found)"
  }
}
