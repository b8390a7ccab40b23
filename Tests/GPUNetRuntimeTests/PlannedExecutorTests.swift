import BinaryInput
import NetworkFamilies
import NetworkProgram
import GPUNetRuntime
import TensorData
import TestSupport
import Testing

/// The largest absolute difference over the largest absolute value of the reference.
private func relativeDifference(_ values: Tensor, _ reference: Tensor) throws -> Double {
  let reference = try reference.doubles()
  let values = try values.doubles()
  #expect(values.count == reference.count)
  let largest = reference.map(abs).max() ?? 0
  return zip(values, reference).map { abs($0 - $1) }.max()! / largest
}

/// Every kind of step at channel counts around the blocks of 16: kernels of 1, 3, 5 and 7 at both
/// strides, squeeze-excites after all of them, residuals, odd and even numbers of blocks.
let wideTexts: [(text: String, stage: Int?)] = [
  ("prologue_i3_o20_s2_swish", nil),
  ("conv_k3_i20_o37_s1_swish", 1),
  ("er_k3_e2_i37_o37_s1_relu_se_True", 1),
  ("er_k5_e1.5_i37_o48_s2_swish_se_True", 2),
  ("er_k1_e1_i48_o48_s1_relu_se_False", 2),
  ("conv_k5_i48_o48_s2_relu", 2),
  ("irb_k3_e2_i48_o48_s1_swish_se_True", 3),
  ("irb_k7_e1_i48_o17_s2_relu_se_False", 3),
  ("conv_k5_i17_o16_s1_relu", 4),
  ("irb_k5_e6_i16_o70_s2_swish_se_True", 4),
  ("conv_k3_i70_o33_s3_relu", 5),
  ("epilogue_i33_o81_s1_relu", nil),
]

/// The distilled grammar with groups that do not end where blocks do.
let groupedTexts: [(text: String, stage: Int?)] = [
  ("prologuelarged_i3_o33_s2_relu", 0),
  ("irbd_k5_e3_g1_i33_o33_s1_relu", 0),
  ("irbd_k3_e3_g3_i33_o33_s1_relu", 0),
  ("irbd_k5_e2_g11_i33_o44_s2_relu", 1),
  ("erd_k3_e1_g1_i44_o44_s1_relu", 1),
  ("irbd_k7_e1_g4_i44_o36_s1_relu", 2),
  ("irbd_k4_e2_g1_i36_o36_s2_relu", 2),
  ("epilogued_i36_m1152_o40_s1_relu", nil),
]

@Suite struct `The planned executor` {
  static let kernels = KernelSet.all.filter(\.isSupported)

  @Test(arguments: shared(Array(0..<4)))
  func `gives the reference's answers in every layer`(sample: Int) throws {
    let texts = [samplePlainTexts, sampleDistilledTexts, wideTexts, groupedTexts][sample]
    let network = try Architecture.sample(texts).sampleNetwork()
    let reference = ReferenceExecutor(network)
    for shape in [[1, 3, 64, 64], [2, 3, 45, 61]] {
      let executors = try Self.kernels.flatMap { kernels in
        try [true, false].map {
          try PlannedExecutor(
            network, kernels: kernels, threadCount: $0 ? 1 : 2, usesWinograd: $0)
        }
      }
      var value = `The reference executor`.input(shape)
      for index in network.program.layers.indices {
        let expected = try reference.runLayer(index, on: value)
        for executor in executors {
          let found = try executor.runLayer(index, on: value)
          #expect(found.shape == expected.shape)
          let difference = try relativeDifference(found, expected)
          #expect(
            difference < 2e-6,
            "\(network.program.layers[index].label.text) on \(value.shape), \(executor.kernels.name)"
          )
        }
        value = expected
      }
    }
  }

  @Test func `gives the same bits for every number of threads and place in a batch`() throws {
    for texts in [wideTexts, groupedTexts] {
      let network = try Architecture.sample(texts).sampleNetwork()
      let shape = [5, 3, 50, 64]
      let batch = `The reference executor`.input(shape)
      let expected = try PlannedExecutor(network).run(batch).contiguousBytes()
      for threadCount in 2...4 {
        let executor = try PlannedExecutor(network, threadCount: threadCount)
        #expect(try executor.run(batch).contiguousBytes() == expected)
      }
      let values = try batch.doubles()
      let imageCount = shape.dropFirst().reduce(1, *)
      let answerByteCount = expected.count / 5
      for image in 0..<5 {
        let alone = Tensor(
          Array(values[(image * imageCount)..<((image + 1) * imageCount)]),
          shape: [1] + shape.dropFirst())
        let answer = try PlannedExecutor(network, threadCount: 2).run(alone).contiguousBytes()
        #expect(
          answer == expected[(image * answerByteCount)..<((image + 1) * answerByteCount)])
      }
    }
  }

  @Test func `gives the same bits with every kernel that multiplies and adds at once`() throws {
    let fused = Self.kernels.filter { $0.name != "scalar" }
    for texts in [wideTexts, groupedTexts] {
      let network = try Architecture.sample(texts).sampleNetwork()
      let input = `The reference executor`.input([2, 3, 64, 64])
      let answers = try fused.map {
        try PlannedExecutor(network, kernels: $0).run(input).contiguousBytes()
      }
      #expect(answers.dropFirst().allSatisfy { $0 == answers[0] })
    }
  }
}
