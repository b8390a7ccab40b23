/// What the numbers of several tensors are like together, of which none are integers.
public struct StatisticsTotals: Hashable, Sendable {
  /// The counts of all tensors; ``TensorStatistics/finite`` stays nil.
  public private(set) var counts = TensorStatistics()
  /// The smallest finite number; nil where there is none.
  public private(set) var minimum: Double?
  /// The largest finite number; nil where there is none.
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

  /// Adds the numbers of a tensor, which are neither integers nor truth values.
  ///
  /// - Parameter statistics: What they are like.
  public mutating func add(_ statistics: TensorStatistics) {
    counts.count += statistics.count
    counts.zeroCount += statistics.zeroCount
    counts.nanCount += statistics.nanCount
    counts.infinityCount += statistics.infinityCount
    counts.subnormalCount += statistics.subnormalCount
    counts.halfOverflowCount += statistics.halfOverflowCount
    counts.halfLossCount += statistics.halfLossCount
    counts.halfSubnormalCount += statistics.halfSubnormalCount
    guard let finite = statistics.finite else { return }
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
