/// What the numbers of a tensor are like; of complex elements, real and imaginary parts are numbers of
/// their own.
///
/// NaNs and infinities are counted and take part in nothing else. Everything is computed in 64 bits,
/// where integers beyond 2⁵³ are rounded.
public struct TensorStatistics: Hashable, Sendable {
  /// The number of numbers.
  public internal(set) var count = 0
  /// How many are zero, of either sign.
  public internal(set) var zeroCount = 0
  /// How many are no number.
  public internal(set) var nanCount = 0
  /// How many are infinite.
  public internal(set) var infinityCount = 0
  /// How many are subnormal in the tensor's own type.
  public internal(set) var subnormalCount = 0
  /// How many finite numbers binary16 would make infinite.
  public internal(set) var halfOverflowCount = 0
  /// How many numbers that are not zero binary16 would make zero.
  public internal(set) var halfLossCount = 0
  /// How many others binary16 would make subnormal, so that they lose digits.
  public internal(set) var halfSubnormalCount = 0

  /// What there is of the finite numbers; nil where there are none.
  public internal(set) var finite: Finite?

  /// What the finite numbers are like together.
  public struct Finite: Hashable, Sendable {
    /// The smallest.
    public internal(set) var minimum: Double
    /// The largest.
    public internal(set) var maximum: Double
    /// The mean.
    public internal(set) var mean: Double
    /// The standard deviation of all of them, as of a population.
    public internal(set) var standardDeviation: Double
    /// How many lie in each of ``TensorStatistics/binCount`` parts of equal width between minimum and
    /// maximum, the last one with its upper end; all in the middle one where both are equal.
    public internal(set) var histogram: [Int]
  }

  /// The number of parts of a histogram.
  public static let binCount = 16

  /// The number of finite numbers.
  public var finiteCount: Int { count - nanCount - infinityCount }

  /// The statistics of no numbers.
  init() {}
}
