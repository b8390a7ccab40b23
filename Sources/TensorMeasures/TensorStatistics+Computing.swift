public import BinaryInput
public import TensorData

extension TensorStatistics {
  /// Looks at all numbers of a tensor twice: for their kinds and ends, and for their distribution
  /// between these.
  ///
  /// - Throws: `io.memory` where a tensor that is not contiguous cannot be gathered.
  /// - Complexity: O(*n*) in the number of elements.
  public init(_ tensor: Tensor) throws(ReadError) {
    self.init()
    let numbers = try tensor.numbers()
    defer { numbers.bytes.releasePages() }
    count = numbers.count
    var census = Census(leastNormal: tensor.elementType.leastNormalMagnitude)
    for part in numbers.parts { census.add(numbers[part]) }
    zeroCount = census.zeroCount
    nanCount = census.nanCount
    infinityCount = count - nanCount - census.finiteCount
    subnormalCount = census.subnormalCount
    halfOverflowCount = census.halfOverflowCount
    halfLossCount = census.halfLossCount
    halfSubnormalCount = census.halfSubnormalCount
    guard census.finiteCount > 0 else { return }
    var distribution = Distribution(from: census.minimum, to: census.maximum)
    let allAreFinite = census.finiteCount == count
    for part in numbers.parts {
      let part = numbers[part]
      distribution.add(allAreFinite ? part : part.filter(\.isFinite))
    }
    finite = Finite(
      minimum: census.minimum, maximum: census.maximum, mean: distribution.mean,
      standardDeviation: distribution.standardDeviation, histogram: distribution.bins)
  }
}

/// The first look: how many there are of each kind, and the ends of the finite ones.
private struct Census {
  private let leastNormal: Double
  private(set) var minimum = Double.infinity
  private(set) var maximum = -Double.infinity
  private(set) var zeroCount = 0
  private(set) var nanCount = 0
  private(set) var finiteCount = 0
  private(set) var subnormalCount = 0
  private(set) var halfOverflowCount = 0
  private(set) var halfLossCount = 0
  private(set) var halfSubnormalCount = 0

  init(leastNormal: Double) {
    self.leastNormal = leastNormal
  }

  /// Two numbers at a time, which every processor compares with one instruction; an odd one has a NaN
  /// beside it.
  mutating func add(_ numbers: [Double]) {
    var low = SIMD2(repeating: minimum)
    var high = SIMD2(repeating: maximum)
    var zeros = SIMD2<Int64>.zero
    var nans = zeros
    var finites = zeros
    var belowNormal = zeros
    var belowOverflow = zeros
    var lost = zeros
    var belowHalfNormal = zeros
    let leastNormal = leastNormal
    for index in stride(from: 0, to: numbers.count, by: 2) {
      let pair = SIMD2(numbers[index], index + 1 < numbers.count ? numbers[index + 1] : .nan)
      let magnitude = pair.replacing(with: -pair, where: pair .< 0)
      let isFinite = magnitude .< .infinity
      low.replace(with: pair, where: isFinite .& (pair .< low))
      high.replace(with: pair, where: isFinite .& (pair .> high))
      zeros &+= one(where: magnitude .== 0)
      nans &+= one(where: pair .!= pair)
      finites &+= one(where: isFinite)
      belowNormal &+= one(where: magnitude .< leastNormal)
      belowOverflow &+= one(where: magnitude .< HalfPrecision.leastOverflow)
      lost &+= one(where: magnitude .<= HalfPrecision.largestLoss)
      belowHalfNormal &+= one(where: magnitude .< HalfPrecision.leastNormal)
    }
    minimum = low.min()
    maximum = high.max()
    let zeroCount = Int(zeros.wrappedSum())
    self.zeroCount += zeroCount
    nanCount += Int(nans.wrappedSum()) - numbers.count % 2
    finiteCount += Int(finites.wrappedSum())
    // Zeros are below the least normal number, but not where there is none.
    subnormalCount += leastNormal > 0 ? Int(belowNormal.wrappedSum()) - zeroCount : 0
    halfOverflowCount += Int((finites &- belowOverflow).wrappedSum())
    halfLossCount += Int(lost.wrappedSum()) - zeroCount
    halfSubnormalCount += Int((belowHalfNormal &- lost).wrappedSum())
  }

  @inline(__always)
  private func one(where mask: SIMDMask<SIMD2<Int64>>) -> SIMD2<Int64> {
    SIMD2<Int64>.zero.replacing(with: 1, where: mask)
  }
}

/// The second look: mean, deviation and histogram of finite numbers between known ends.
///
/// Numbers are scaled by a power of two to about 1, so that no square overflows or vanishes; parts
/// are joined as in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
/// computing sample variances" (1979).
private struct Distribution {
  private(set) var bins = [Int](repeating: 0, count: TensorStatistics.binCount)
  private let scale: Double
  /// Scaled, as everything below.
  private let minimum: Double
  private let binsPerUnit: Double
  /// The lower ends of the bins; behind them infinity, so that the last one has its upper end.
  private var edges: [Double] = []
  private var count = 0.0
  private var scaledMean = 0.0
  private var squares = 0.0

  init(from minimum: Double, to maximum: Double) {
    let largest = max(abs(minimum), abs(maximum))
    // Two to the 1,000th: beyond that, the factor itself would be infinite.
    scale =
      largest == 0
      ? 1 : Double(sign: .plus, exponent: -max(largest.exponent, -1_000), significand: 1)
    self.minimum = minimum * scale
    let width = maximum * scale - self.minimum
    let binCount = TensorStatistics.binCount
    binsPerUnit = width > 0 ? Double(binCount) / width : 0
    edges = (0..<binCount).map { minimum * scale + Double($0) * (width / Double(binCount)) }
    edges.append(.infinity)
  }

  var mean: Double { scaledMean / scale }
  var standardDeviation: Double { (squares / max(count, 1)).squareRoot() / scale }

  mutating func add(_ numbers: [Double]) {
    guard !numbers.isEmpty else { return }
    // Sums of pairs, so that none has to wait for the one before.
    var sums = SIMD2<Double>.zero
    let pairCount = numbers.count / 2 * 2
    for index in stride(from: 0, to: pairCount, by: 2) {
      sums += SIMD2(numbers[index], numbers[index + 1]) * scale
    }
    if pairCount < numbers.count { sums[0] += numbers[pairCount] * scale }
    let partCount = Double(numbers.count)
    let partMean = sums.sum() / partCount
    var partSquares = 0.0
    let last = TensorStatistics.binCount - 1
    let (scale, minimum, binsPerUnit, edges) = (scale, minimum, binsPerUnit, edges)
    var counts = [Int](repeating: 0, count: TensorStatistics.binCount)
    if binsPerUnit == 0 { counts[TensorStatistics.binCount / 2] = numbers.count }
    for number in numbers {
      let scaled = number * scale
      let deviation = scaled - partMean
      partSquares += deviation * deviation
      guard binsPerUnit > 0 else { continue }
      // Between 0 and the number of bins, and one beside the right one where it is rounded.
      var bin = min(Int((scaled - minimum) * binsPerUnit), last)
      if scaled < edges[bin] { bin -= 1 } else if scaled >= edges[bin + 1] { bin += 1 }
      counts[bin] += 1
    }
    for (bin, count) in counts.enumerated() { bins[bin] += count }
    let whole = count + partCount
    let distance = partMean - scaledMean
    scaledMean += distance * (partCount / whole)
    squares += partSquares + distance * distance * (count * partCount / whole)
    count = whole
  }
}
