/// A JSON number that remembers how it was spelt: `8` and `8.0` are different.
public struct JSONNumber: Equatable, Sendable {
  /// The spelling.
  public let literal: String
  /// The nearest finite value that a double holds.
  public let double: Double

  /// The number for an integer.
  public init(_ value: Int) {
    literal = String(value)
    double = Double(value)
  }

  /// The number for a finite value, in the shortest spelling that reads back as the same value.
  ///
  /// - Precondition: `value` is finite.
  public init(_ value: Double) {
    precondition(value.isFinite, "JSON has no infinities and no NaN")
    literal = value.description
    double = value
  }

  /// The number for a spelling that keeps JSON's grammar, or nil where no double comes near it.
  init?(literal: String) {
    guard let value = Double(literal), value.isFinite else { return nil }
    self.literal = literal
    double = value
  }

  /// The integer, or nil where the number has a fraction or exponent or does not fit.
  public var integer: Int? { Int(literal) }
}
