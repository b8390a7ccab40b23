import BinaryInput
import StrictJSON
import TensorData
import TensorMeasures
import TestSupport
import Testing

@Suite struct `The difference of two tensors` {
  @Test(arguments: try MeasureCatalogue.cases("pairs"))
  func `is what NumPy says`(pair: MeasureCase) throws {
    let left = try pair.tensor(try #require(pair.json["left"]))
    let right = try pair.tensor(try #require(pair.json["right"]))
    let found = try #require(try TensorDifference(from: left, to: right))
    #expect(found.elementCount == left.elementCount)
    #expect(pair.json["differing"]?.integer == found.differingCount)
    #expect(found.isNone == (found.differingCount == 0))
    #expect(pair.json["index"]?.array?.compactMap(\.integer) == found.index)
    func number(_ key: String) throws -> Double {
      let value = try #require(pair.json[key])
      return try #require(value.double ?? value.string.flatMap(Double.init))
    }
    #expect(try number("largest") == found.largest)
    #expect(isClose(found.decibels, try number("decibels")), "\(found.decibels)")
    guard let index = found.index else { return }
    let place = zip(index, Tensor.contiguousStrides(of: left.shape)).reduce(0) { $0 + $1.0 * $1.1 }
    guard left.elementType != .c64 else { return }
    #expect(try left.doubles()[place].bitPattern == found.left.bitPattern)
    #expect(try right.doubles()[place].bitPattern == found.right.bitPattern)
  }

  @Test func `says nothing of a complex tensor and a real one`() throws {
    let real = Tensor([1.0, 2], shape: [2])
    let complex = try Tensor(
      elementType: .c64, shape: [2], storage: Tensor([1.0, 2], shape: [2]).contiguousBytes())
    #expect(try TensorDifference(from: real, to: complex) == nil)
    #expect(try TensorDifference(from: complex, to: real) == nil)
    #expect(try TensorDifference(from: complex, to: complex)?.isNone == true)
  }
}
