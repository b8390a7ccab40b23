import BinaryInput
import Equivalence
import NetworkFamilies
import NetworkProgram
import NumPyArrays
import TensorData
import TestSupport
import Testing

@Suite struct `A difference` {
  @Test func `is relative to the largest reference value`() throws {
    let reference = Tensor([1.0, -8, 2, 0, 0, 0], shape: [2, 3])
    let found = Tensor([1.0, -8, 2, 0, 0.5, 0.25], shape: [2, 3])
    let difference = try Difference(of: found, from: reference)
    #expect(difference.relative == 0.5 / 8)
    #expect(difference.largest == 0.5)
    #expect(difference.scale == 8)
    #expect(difference.worstIndex == [1, 1])
    #expect(difference.reference == 0)
    #expect(difference.found == 0.5)
  }

  struct Extreme: Sendable, CustomTestStringConvertible {
    let reference: [Double]
    let found: [Double]
    let relative: Double
    var testDescription: String { "\(reference) \(found)" }

    init(_ reference: [Double], _ found: [Double], _ relative: Double) {
      self.reference = reference
      self.found = found
      self.relative = relative
    }
  }

  @Test(arguments: [
    Extreme([1, 2], [1, .nan], .infinity), Extreme([1, .nan], [1, 2], .infinity),
    Extreme([1, .nan], [1, .nan], .infinity), Extreme([1, .infinity], [1, 2], .infinity),
    Extreme([1, .infinity], [1, .infinity], .infinity),
    Extreme([1, .infinity], [1, -.infinity], .infinity), Extreme([0, 0], [0, 0], 0),
    Extreme([0, 0], [0, 1e-30], .infinity), Extreme([-0.0, 1], [0, 1], 0),
  ])
  func `takes what is no finite number for the worst`(extreme: Extreme) throws {
    let difference = try Difference(
      of: Tensor(extreme.found, shape: [2]), from: Tensor(extreme.reference, shape: [2]))
    #expect(difference.relative == extreme.relative)
  }

  @Test(arguments: [
    (0.0, "0.0"), (1.0, "1.0e0"), (1.234567e-7, "1.23e-7"), (9.999e-5, "1.0e-4"),
    (-12345.0, "-1.23e4"), (.infinity, "inf"), (.nan, "nan"),
  ])
  func `prints three digits`(value: Double, expected: String) {
    #expect(value.threeDigits == expected)
  }
}

@Suite struct `Verification inputs` {
  @Test func `are the same every time and alive in every channel`() throws {
    let resolution = try #require(Resolution(height: 45, width: 50))
    let batch = try VerificationInput.batch(channels: 3, resolution: resolution)
    #expect(batch.shape == [VerificationInput.imageCount, 3, 45, 50])
    let again = try VerificationInput.batch(channels: 3, resolution: resolution)
    #expect(try batch.contiguousBytes() == again.contiguousBytes())
    let values = try batch.doubles()
    for plane in 0..<(VerificationInput.imageCount * 3) {
      let part = values[(plane * 45 * 50)..<((plane + 1) * 45 * 50)]
      #expect(Set(part).count > 1, "plane \(plane)")
      #expect(part.allSatisfy { abs($0) <= 6 })
    }
  }
}

@Suite struct `A golden file` {
  private func golden(_ name: String) throws -> GoldenFile {
    try GoldenFile(NumPyContainer(Fixture.bytes(name)), path: name)
  }

  @Test func `without input and output is refused`() {
    let error = #expect(throws: ReadError.self) { try golden("npy/stored.npz") }
    #expect(error?.code == .golden)
    #expect(error?.path == ["npy/stored.npz"])
  }

  @Test func `gives its arrays by layer`() throws {
    let golden = try golden("original/plain.npz")
    #expect(golden.input.shape.count == 4)
    #expect(try golden.layer("head: 2") != nil)
    #expect(try golden.layer("head: 3") == nil)
    #expect(golden.unknownLayers(["head: 2"]).contains("layers/stage: 1 layer3"))
  }
}
