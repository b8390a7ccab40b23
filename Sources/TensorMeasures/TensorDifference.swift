/// How far the elements of one tensor are from those of another, each taken as a number.
public struct TensorDifference: Hashable, Sendable {
  /// The number of elements.
  public internal(set) var elementCount: Int
  /// How many elements differ: in a bit where both types are the same, else in their value. A NaN is
  /// the same as one with the same bits only.
  public internal(set) var differingCount: Int
  /// The largest absolute difference; infinite where one side has a NaN or an infinity and the other
  /// something else.
  public internal(set) var largest: Double
  /// The index of that element along each axis; nil where no element differs.
  public internal(set) var index: [Int]?
  /// The first side's value there, of a complex element the part that differs most.
  public internal(set) var left: Double
  /// The second side's value there.
  public internal(set) var right: Double
  /// The sum of the squared differences over that of the first side's squares, in decibels: −∞ where
  /// all are equal as numbers, +∞ where only the second side has anything or ``largest`` is infinite.
  public internal(set) var decibels: Double

  /// Whether every element is the same.
  public var isNone: Bool { differingCount == 0 }
}
