import NetworkFamilies
import NetworkProgram
import GPUNetValidation
import TensorData
import TestSupport
import Testing

@Suite struct `Validation` {
  private static func findings(
    _ architecture: Architecture, _ parameters: StateDict, resolution: Resolution? = nil
  ) -> [Finding] {
    architecture.findings(parameters: parameters, form: .separate, resolution: resolution)
  }

  @Test(arguments: [NormalizationForm.separate, .folded])
  func `finds nothing in a network that fits`(form: NormalizationForm) throws {
    for texts in [samplePlainTexts, sampleDistilledTexts] {
      let architecture = try Architecture.sample(texts)
      let parameters = architecture.sampleParameters(form)
      #expect(architecture.findings(parameters: parameters, form: form).isEmpty)
    }
  }

  @Test func `names every missing, extra and misshapen tensor at once`() throws {
    let architecture = try Architecture.sample()
    let whole = architecture.sampleParameters()
    let weight = "network.stage: 3 layer5.conv_pwl.weight"
    let parameters = whole.renamed { $0.hasSuffix("layer5.bn2.bias") ? nil : $0 }
      .replacing(weight, with: try whole[weight]!.reshaped(to: [16, 6, 1, 1]))
      .adding(Tensor([1.0], shape: [1]), named: "network.stage: 1 layer3.se.conv_reduce.bias")
      .adding(Tensor([1.0], shape: [1]), named: "network.stage: 9 layer9.conv.weight")
    let findings = Self.findings(architecture, parameters)
    #expect(
      findings.map { "\($0.layer ?? "-") | \($0.subject) | \($0.isUnusedTensor)" } == [
        "stage: 1 layer3 | se.conv_reduce.bias | true",
        "stage: 3 layer5 | bn2.bias | false",
        "stage: 3 layer5 | conv_pwl.weight | false",
        "- | network.stage: 9 layer9.conv.weight | true",
      ])
    #expect(findings[1].found == "nothing")
    #expect(findings[1].expected == "shape [16], as irb_k5_e2.5_i6_o6_s1_relu_se_True says")
    #expect(findings[2].found == "shape [16, 6, 1, 1] (transposed?)")
  }

  @Test func `says which axis of a shape differs`() throws {
    let architecture = try Architecture.sample()
    let whole = architecture.sampleParameters()
    let zeros = { (shape: [Int]) in
      Tensor([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
    }
    let cases: [(String, [Int], String)] = [
      (
        "network.stage: 3 layer5.conv_dw.weight", [16, 1, 3, 3],
        "shape [16, 1, 3, 3] (kernel height: 3 for 5, kernel width: 3 for 5)"
      ),
      (
        "network.stage: 3 layer5.conv_pw.weight", [24, 6, 1, 1],
        "shape [24, 6, 1, 1] (output channels: 24 for 16)"
      ),
      (
        "network.stage: 3 layer5.se.conv_reduce.weight", [3, 16, 1, 1],
        "shape [3, 16, 1, 1] (output channels: 3 for 2)"
      ),
      ("network. layer6.net.6.bias", [1_000], "shape [1000] (classes: 1000 for 5)"),
      ("network. layer6.net.6.weight", [5], "shape [5]"),
    ]
    for (name, shape, found) in cases {
      let findings = Self.findings(architecture, whole.replacing(name, with: zeros(shape)))
      #expect(findings.map(\.found) == [found])
    }
  }

  @Test func `tells numbers of the wrong kind`() throws {
    let architecture = try Architecture.sample()
    let name = "network.head: 2.net.1.num_batches_tracked"
    let parameters = architecture.sampleParameters()
      .replacing(name, with: Tensor([Float(1)], shape: []))
    let findings = Self.findings(architecture, parameters)
    #expect(
      findings.map(\.description) == [
        "head: 2: net.1.num_batches_tracked: expected integers, found f32"
      ])
  }

  @Test func `follows the chain of channels`() throws {
    var texts = samplePlainTexts
    texts[2].text = "er_k3_e3_i7_o6_s2_swish_se_False"
    let architecture = try Architecture.sample(texts)
    let findings = Self.findings(architecture, architecture.sampleParameters())
    #expect(findings.map(\.layer) == ["stage: 2 layer4"])
    #expect(findings[0].expected == "5, which stage: 1 layer3 gives")
    #expect(findings[0].found == "7")
  }

  @Test func `sees maps that become too small and residuals that do not fit`() throws {
    let architecture = try Architecture.sample()
    let parameters = architecture.sampleParameters()
    let small = Self.findings(architecture, parameters, resolution: Resolution(square: 4))
    #expect(small.map(\.layer) == ["stage: 2 layer4"])
    #expect(small[0].found == "5×2×2")

    var texts = samplePlainTexts
    texts[3].text = "irb_k4_e2.5_i6_o6_s1_relu_se_True"
    let even = try Architecture.sample(texts)
    let findings = Self.findings(even, even.sampleParameters())
    #expect(findings.map(\.subject) == ["residual"])
    #expect(findings.map(\.found) == ["8×8"])
  }
}
