/// What the numbers of several tensors are like together.
public struct StatisticsTotals: Hashable, Sendable {
  /// The counts of all tensors; ``TensorStatistics/finite`` stays nil.
  public private(set) var counts = TensorStatistics()
  /// The smallest finite number that is no integer's; nil where there is none.
  public private(set) var minimum: Double?
  /// The largest finite number that is no integer's; nil where there is none.
  public private(set) var maximum: Double?
  /// The mean of these numbers.
  public private(set) var mean = 0.0

  private var squares = 0.0
  private var finiteCount = 0.0

  /// No numbers.
  public init() {}

  /// The standard deviation of these numbers, as of a population.
  public var standardDeviation: Double {
    finiteCount > 0 ? (squares / finiteCount).squareRoot() : 0
  }

  /// Adds the numbers of a tensor.
  ///
  /// - Parameters:
  ///   - statistics: What they are like.
  ///   - isInteger: Whether they are integers or truth values, of which only counts are taken.
  public mutating func add(_ statistics: TensorStatistics, isInteger: Bool) {
    counts.count += statistics.count
    counts.zeroCount += statistics.zeroCount
    counts.nanCount += statistics.nanCount
    counts.infinityCount += statistics.infinityCount
    counts.subnormalCount += statistics.subnormalCount
    counts.halfOverflowCount += statistics.halfOverflowCount
    counts.halfLossCount += statistics.halfLossCount
    counts.halfSubnormalCount += statistics.halfSubnormalCount
    guard !isInteger, let finite = statistics.finite else { return }
    minimum = min(minimum ?? finite.minimum, finite.minimum)
    maximum = max(maximum ?? finite.maximum, finite.maximum)
    let count = Double(statistics.finiteCount)
    let own = finite.standardDeviation * finite.standardDeviation * count
    guard finiteCount > 0 else {
      (mean, squares, finiteCount) = (finite.mean, own, count)
      return
    }
    // As parts of a tensor are joined.
    let whole = finiteCount + count
    let distance = finite.mean - mean
    mean += distance * (count / whole)
    squares += own + distance * distance * (finiteCount * count / whole)
    finiteCount = whole
  }
}
