import NetworkProgram

/// One change that would give every missing parameter the name of a tensor that is left over: `pw`
/// in place of `conv_pw`.
public struct NameChange: Hashable, Sendable {
  /// What the published code says, parts of a path joined by dots.
  public let expected: String
  /// What stands in the file instead.
  public let found: String

  /// The most names that are compared.
  private static let maximumCount = 4_096
  /// The most changes that still make a rule.
  private static let maximumChangeCount = 4

  /// The changes by which all missing parameters are among the tensors that are left over; nil where
  /// there are no few ones.
  ///
  /// Both lists are in the order of the network, so that parameters and tensors of one place stand
  /// at one place of them.
  public static func changes(_ fit: ParameterFit) -> [NameChange]? {
    guard let pairs = pairs(fit) else { return nil }
    var changes: [NameChange] = []
    for (expected, found) in pairs {
      guard let change = NameChange(expected, found) else { return nil }
      if !changes.contains(change) { changes.append(change) }
      guard changes.count <= maximumChangeCount else { return nil }
    }
    return changes
  }

  /// The names of the missing parameters and of the tensors that are left over, where there are as
  /// many of both, of the same shapes in the same order; nil where there are not.
  public static func pairs(_ fit: ParameterFit) -> [(expected: String, found: String)]? {
    guard let (missing, tensors) = counterparts(fit),
      zip(missing, tensors).allSatisfy({ $1.shape == nil || $1.shape == $0.shape })
    else { return nil }
    return zip(missing, tensors).map { ($0.name, $1.sourceName) }
  }

  /// Those of the missing parameters that have a shape of their own, and the tensors of that shape,
  /// where as many of each shape are left over as are missing, in whatever order; nil where not.
  static func unordered(_ fit: ParameterFit) -> [(expected: String, found: String)]? {
    guard let (missing, tensors) = counterparts(fit) else { return nil }
    let wanted = Dictionary(grouping: missing, by: \.shape)
    let found = Dictionary(grouping: tensors) { $0.shape ?? [] }
    guard wanted.allSatisfy({ found[$0]?.count == $1.count }) else { return nil }
    return missing.filter { wanted[$0.shape]?.count == 1 }
      .compactMap { parameter in
        found[parameter.shape]?.first.map { (parameter.name, $0.sourceName) }
      }
  }

  /// The missing parameters and the tensors that are left over, where there are as many of both.
  private static func counterparts(
    _ fit: ParameterFit
  ) -> (missing: [ParameterSpecification], tensors: [Candidate.Member])? {
    let missing = fit.missing.filter { $0.role != .batchCount }
    // However the parts of names are joined and spelled.
    let tensors = fit.leftOver.filter { !$0.name.lowercased().hasSuffix("num_batches_tracked") }
    guard !missing.isEmpty, missing.count == tensors.count, missing.count <= maximumCount,
      fit.misshapen.isEmpty
    else { return nil }
    return (missing, tensors)
  }

  /// What differs between two names apart from a common beginning and end.
  private init?(_ expected: String, _ found: String) {
    var left = expected.split(separator: ".", omittingEmptySubsequences: false)[...]
    var right = found.split(separator: ".", omittingEmptySubsequences: false)[...]
    while let a = left.first, a == right.first {
      left.removeFirst()
      right.removeFirst()
    }
    while let a = left.last, a == right.last {
      left.removeLast()
      right.removeLast()
    }
    guard !left.isEmpty || !right.isEmpty else { return nil }
    self.expected = left.joined(separator: ".")
    self.found = right.joined(separator: ".")
  }
}
