import BinaryInput
import StrictJSON
import TensorData
import TensorMeasures
import TestSupport
import Testing

@Suite struct `Statistics of a tensor` {
  @Test(arguments: try MeasureCatalogue.cases("tensors"))
  func `are what NumPy says`(measured: MeasureCase) throws {
    let found = try TensorStatistics(measured.tensor(measured.json))
    let expected = try #require(measured.json["statistics"])
    for (name, count) in [
      ("count", found.count), ("zeros", found.zeroCount), ("nans", found.nanCount),
      ("infinities", found.infinityCount), ("subnormals", found.subnormalCount),
      ("halfOverflows", found.halfOverflowCount), ("halfLosses", found.halfLossCount),
      ("halfSubnormals", found.halfSubnormalCount),
    ] {
      #expect(expected[name]?.integer == count, "\(name)")
    }
    guard let finite = found.finite else {
      #expect(expected["finite"]?.isNull == true)
      return
    }
    let numbers = try #require(expected["finite"])
    #expect(numbers["minimum"]?.double == finite.minimum)
    #expect(numbers["maximum"]?.double == finite.maximum)
    let largest = max(abs(finite.minimum), abs(finite.maximum))
    let mean = try #require(numbers["mean"]?.double)
    #expect(abs(finite.mean - mean) <= 1e-15 * largest, "\(finite.mean), \(mean)")
    // NumPy's own mean of equal numbers is off by a digit.
    let deviation = try #require(numbers["deviation"]?.double)
    #expect(
      abs(finite.standardDeviation - deviation) <= max(1e-12 * deviation, 1e-15 * largest),
      "\(finite.standardDeviation), \(deviation)")
    #expect(numbers["histogram"]?.array?.compactMap(\.integer) == finite.histogram)
    #expect(finite.histogram.reduce(0, +) == found.finiteCount)
  }

  @Test func `do not ask in which order elements are kept`() throws {
    let values = (0..<60).map { Double($0 * $0 % 47) - 9 }
    let plain = Tensor(values, shape: [20, 3])
    let turned = try Tensor(
      elementType: .f64, shape: [3, 20], strides: [1, 3], storage: plain.contiguousBytes())
    let blocked = try Tensor(elementType: .f64, shape: [20, 3], blocked: plain.blockedBytes())
    let expected = try TensorStatistics(plain)
    #expect(try TensorStatistics(blocked) == expected)
    let other = try TensorStatistics(turned)
    #expect(other.finite?.histogram == expected.finite?.histogram)
    #expect(other.zeroCount == expected.zeroCount)
    // Padding is no element.
    #expect(try TensorStatistics(blocked).count == 60)
  }
}
