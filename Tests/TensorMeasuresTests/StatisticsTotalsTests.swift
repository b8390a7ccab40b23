import BinaryInput
import StrictJSON
import TensorData
import TensorMeasures
import TestSupport
import Testing

@Suite struct `Statistics of several tensors` {
  @Test func `are those of all their numbers`() throws {
    let values = (0..<3_000).map { Double($0 * $0 % 1_009) / 7 - 50 }
    var totals = StatisticsTotals()
    for part in [0..<1, 1..<1_100, 1_100..<1_100, 1_100..<3_000] {
      totals.add(try TensorStatistics(Tensor(Array(values[part]), shape: [part.count])))
    }
    let whole = try TensorStatistics(Tensor(values, shape: [values.count]))
    let finite = try #require(whole.finite)
    #expect(totals.counts.count == 3_000)
    #expect(totals.counts.zeroCount == whole.zeroCount)
    #expect(totals.minimum == finite.minimum)
    #expect(totals.maximum == finite.maximum)
    #expect(abs(totals.mean - finite.mean) < 1e-12)
    #expect(abs(totals.standardDeviation - finite.standardDeviation) < 1e-12)
  }

  @Test func `survive numbers whose sums are beyond what there is`() throws {
    var totals = StatisticsTotals()
    #expect(totals.minimum == nil)
    totals.add(try TensorStatistics(Tensor([1.7e308, -1.7e308], shape: [2])))
    #expect(totals.maximum == 1.7e308)
    #expect(totals.mean == 0)
  }
}
