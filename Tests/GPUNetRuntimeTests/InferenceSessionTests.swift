import BinaryInput
import NetworkFamilies
import NetworkProgram
import GPUNetRuntime
import TensorData
import TestSupport
import Testing

@Suite struct `A session` {
  static func model(_ texts: [(text: String, stage: Int?)] = wideTexts) throws -> InferenceModel {
    try InferenceModel(Architecture.sample(texts).sampleNetwork())
  }

  static func images(_ session: InferenceSession, seed: UInt64 = 1) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<session.inputElementCount).map { _ in
      Float.random(in: -2...2, using: &generator)
    }
  }

  static func answer(_ session: InferenceSession, _ images: [Float]) -> [Float] {
    var logits = [Float](repeating: .nan, count: session.outputElementCount)
    session.predict(images, into: &logits)
    return logits
  }

  @Test(arguments: [samplePlainTexts, sampleDistilledTexts, wideTexts, groupedTexts].indices)
  func `answers with the bits of its layers run one by one`(sample: Int) throws {
    let texts = [samplePlainTexts, sampleDistilledTexts, wideTexts, groupedTexts][sample]
    let network = try Architecture.sample(texts).sampleNetwork()
    let model = try InferenceModel(network)
    for (batchSize, height, width) in [(1, 64, 64), (3, 45, 60)] {
      var images: [Float] = []
      var expected = Bytes.empty
      for threadCount in 1...3 {
        let session = try InferenceSession(
          model, threadCount: threadCount, batchSize: batchSize,
          resolution: Resolution(height: height, width: width))
        if images.isEmpty {
          images = Self.images(session)
          expected = try PlannedExecutor(network)
            .run(Tensor(images, shape: [batchSize, 3, height, width])).contiguousBytes()
        }
        // Again in memory that is no longer zero.
        for _ in 0..<2 {
          let answer = Self.answer(session, images)
          #expect(try Tensor(answer, shape: [batchSize, 5]).contiguousBytes() == expected)
        }
      }
    }
  }

  @Test func `serves several threads with one model`() async throws {
    let model = try Self.model(samplePlainTexts)
    let size = try #require(Resolution(square: 64))
    let expected = try (0..<8).map { seed in
      let session = try InferenceSession(model, resolution: size)
      return Self.answer(session, Self.images(session, seed: UInt64(seed)))
    }
    let wrongCount = try await withThrowingTaskGroup(of: Int.self) { group in
      for worker in 0..<4 {
        group.addTask {
          let session = try InferenceSession(model, threadCount: 1 + worker % 2, resolution: size)
          return (0..<16).count { turn in
            let seed = (worker + turn) % 8
            return Self.answer(session, Self.images(session, seed: UInt64(seed))) != expected[seed]
          }
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(wrongCount == 0)
  }

  @Test func `wakes its threads after a rest`() throws {
    let session = try InferenceSession(Self.model(), threadCount: 3)
    let images = Self.images(session)
    let expected = Self.answer(session, images)
    for milliseconds in [0, 1, 20, 1, 0] {
      let end = ContinuousClock.now + .milliseconds(milliseconds)
      while ContinuousClock.now < end {}
      #expect(Self.answer(session, images) == expected)
    }
  }

  @Test func `can be made and left without being used`() throws {
    let model = try Self.model()
    for threadCount in 1...8 { _ = try InferenceSession(model, threadCount: threadCount) }
  }

  @Test func `plans an arena that is hardly larger than the maps alive at once`() throws {
    for published in shared(PublishedNetwork.gpunets) {
      // The plan depends on shapes alone.
      let model = try InferenceModel(published.architecture.networkOfZeros())
      for batchSize in [1, 2] {
        let use = try InferenceSession(model, batchSize: batchSize).memoryUse
        #expect(use.leastArenaByteCount > 1 << 20)
        #expect(
          Double(use.arenaByteCount) <= 1.1 * Double(use.leastArenaByteCount), "\(published)")
      }
    }
  }

  @Test func `refuses images that are too small, and too many`() throws {
    let model = try Self.model()
    #expect {
      try InferenceSession(model, resolution: Resolution(square: 4))
    } throws: {
      ($0 as? ReadError)?.code == .architectureResolution
    }
    for batchSize in [1 << 30, 1 << 40, .max] {
      #expect { try InferenceSession(model, batchSize: batchSize) } throws: {
        ($0 as? ReadError)?.code == .networkInput
      }
    }
  }

  @Test func `takes the time of its steps`() throws {
    let session = try InferenceSession(Self.model(), threadCount: 2)
    let images = Self.images(session)
    #expect(session.profile.allSatisfy { $0.nanoseconds == 0 })
    session.isProfiling = true
    let answer = Self.answer(session, images)
    #expect(session.profile.allSatisfy { $0.nanoseconds > 0 })
    #expect(Set(session.profile.map(\.layerIndex)) == Set(wideTexts.indices))
    session.isProfiling = false
    #expect(session.profile.allSatisfy { $0.nanoseconds == 0 })
    #expect(Self.answer(session, images) == answer)
  }
}
