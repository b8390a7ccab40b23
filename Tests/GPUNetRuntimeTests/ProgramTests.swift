import BinaryInput
import GPUNetRuntime
import GPWFormat
import NetworkProgram
import TensorData
import TestSupport
import Testing

/// The largest absolute difference over the largest absolute value of the reference, which counts as 1
/// where it is less: what is left of numbers that cancel each other is noise.
private func difference(_ values: [Double], _ reference: [Double]) -> Double {
  #expect(values.count == reference.count)
  let largest = reference.lazy.map(abs).max() ?? 0
  return (zip(values, reference).lazy.map { abs($0 - $1) }.max() ?? 0) / max(largest, 1)
}

private func images(_ count: Int, seed: UInt64) -> [Float] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in Float.random(in: -2...2, using: &generator) }
}

extension GPWModel {
  fileprivate init(_ network: Network, form: NormalizationForm, layout: TensorLayout) {
    self.init(
      network: network, writtenForm: form, layout: layout, name: nil,
      preprocessing: .published(),
      provenance: Provenance(
        sourceName: "", sourceSHA256: "", sourceFormat: "", key: "", toolVersion: "", options: []))
  }

  fileprivate func write(to path: String) throws {
    var file = try AtomicOutputFile(path: path, replacing: true)
    try write(to: &file)
    try file.commit()
  }
}

@Suite struct `A program that nobody has thought of` {
  @Test func `is run as it is written`() throws {
    let folder = TemporaryFolder()
    let path = folder.file("program.gpw")
    for number in series(1_000, debugStep: 60) {
      let seed = UInt64(number)
      let program = Program.random(seed: seed)
      let network = try Network(program, parameters: program.sampleParameters(seed: seed))
      let form: NormalizationForm = number % 3 == 0 ? program.form : .folded
      let layout: TensorLayout = form == .folded && number % 2 == 0 ? .blocked : .rowMajor
      try GPWModel(network, form: form, layout: layout).write(to: path)
      let reference = ReferenceExecutor(network)
      let planned = try PlannedExecutor(network, threadCount: 1 + number % 2)
      var batch = Tensor(
        images(2 * program.input.elementCount, seed: seed),
        shape: [2, program.input.channels, program.input.height, program.input.width])
      let input = try batch.doubles().map { Float($0) }
      for index in program.layers.indices {
        let expected = try reference.runLayer(index, on: batch)
        let found = try planned.runLayer(index, on: batch)
        #expect(found.shape == expected.shape, "seed \(seed), layer \(index)")
        // A few hundred sums of 32 bits at most, one after the other.
        #expect(
          try difference(found.doubles(), expected.doubles()) < 5e-6, "seed \(seed), layer \(index)"
        )
        batch = expected
      }
      let session = try InferenceSession(
        InferenceModel(path: path), threadCount: 1 + number % 2, batchSize: 2)
      var logits = [Float](repeating: .nan, count: session.outputElementCount)
      session.predict(input, into: &logits)
      #expect(try difference(logits.map(Double.init), batch.doubles()) < 2e-5, "seed \(seed)")
    }
  }

  @Test func `is run or refused at any other size`() throws {
    for number in series(500, debugStep: 50) {
      let seed = UInt64(number)
      let program = Program.random(seed: seed)
      let network = try Network(program, parameters: program.sampleParameters(seed: seed))
      let model = try InferenceModel(network)
      var generator = SeededGenerator(seed: seed)
      let resolution = try #require(
        Resolution(
          height: Int.random(in: 1...40, using: &generator),
          width: Int.random(in: 1...40, using: &generator)))
      let shape = [1, program.input.channels, resolution.height, resolution.width]
      let input = images(shape.reduce(1, *), seed: seed)
      let expected: Tensor
      let session: InferenceSession
      do {
        session = try InferenceSession(model, resolution: resolution)
      } catch {
        // A map that is too small, or a residual that fits at the program's own size alone.
        #expect([.architectureResolution, .networkInput].contains(error.code), "seed \(seed)")
        let other = #expect(throws: ReadError.self, "seed \(seed)") {
          try ReferenceExecutor(network).run(Tensor(input, shape: shape))
        }
        #expect(other.map(\.code) == error.code, "seed \(seed)")
        continue
      }
      expected = try ReferenceExecutor(network).run(Tensor(input, shape: shape))
      var logits = [Float](repeating: .nan, count: session.outputElementCount)
      session.predict(input, into: &logits)
      #expect(try difference(logits.map(Double.init), expected.doubles()) < 2e-5, "seed \(seed)")
    }
  }

  @Test(arguments: KernelSet.all.filter(\.isSupported))
  func `answers what its file records`(kernels: KernelSet) throws {
    // Fixtures/make_gpw_fixtures.py computes the answer from the format's document.
    let path = Fixture.path("gpw/stranger.gpw")
    let fingerprint = try #require(
      GPWModel(GPWFile(Fixture.bytes("gpw/stranger.gpw"))).fingerprint)
    let model = try InferenceModel(path: path, kernels: kernels)
    let session = try InferenceSession(model)
    #expect(session.resolution == fingerprint.resolution)
    let input = Fingerprint.input(
      channels: model.inputChannels, resolution: fingerprint.resolution)
    var logits = [Float](repeating: .nan, count: session.outputElementCount)
    session.predict(try input.doubles().map { Float($0) }, into: &logits)
    let largest = fingerprint.logits.map(abs).max()!
    for (found, expected) in zip(logits, fingerprint.logits) {
      #expect(abs(Double(found) - expected) <= fingerprint.tolerance * largest)
    }
  }
}
