import BinaryInput
import Digests
import StrictJSON
import TensorData
import TensorMeasures
import TestSupport
import Testing

@Suite struct `The digest of a tensor` {
  @Test(arguments: try MeasureCatalogue.cases("tensors"))
  func `is what Python computes`(measured: MeasureCase) throws {
    let tensor = try measured.tensor(measured.json)
    #expect(try tensor.sha256().hexadecimal() == measured.json["sha256"]?.string)
  }

  @Test func `is another one for another shape or type, and not for another order in memory`()
    throws
  {
    let plain = Tensor((0..<48).map { Float($0) }, shape: [16, 3])
    let digest = try plain.sha256().hexadecimal()
    let blocked = try Tensor(elementType: .f32, shape: [16, 3], blocked: plain.blockedBytes())
    #expect(try blocked.sha256().hexadecimal() == digest)
    let others = [
      try plain.reshaped(to: [16, 3, 1]), try plain.reshaped(to: [3, 16]),
      try Tensor(elementType: .i32, shape: [16, 3], storage: plain.contiguousBytes()),
    ]
    for other in others {
      #expect(try other.sha256().hexadecimal() != digest)
      #expect(try other.elementsSHA256() == plain.elementsSHA256())
    }
  }
}
