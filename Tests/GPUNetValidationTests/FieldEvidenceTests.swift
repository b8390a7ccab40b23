import NetworkFamilies
import NetworkProgram
import GPUNetValidation
import TestSupport
import Testing

/// How the published networks with such layers compute them.
private func rules(of layer: Layer) -> LayerRules {
  (layer.kind.facts.grammar == .plain ? Convention.gpunet : .distilledGPUNet).rules
}

private func hasSameSteps(_ one: Layer, _ other: Layer) -> Bool {
  one.operations(rules(of: one), classCount: 1) == other.operations(rules(of: other), classCount: 1)
}

@Suite struct `The evidence for fields` {
  static let texts = [
    "prologue_i3_o32_s2_swish", "conv_k3_i32_o32_s1_relu", "er_k3_e5_i24_o40_s2_swish_se_False",
    "irb_k3_e5_i256_o704_s2_relu_se_True", "irb_k5_e7.67_i96_o96_s1_swish_se_False",
    "epilogue_i704_o1984_s1_relu", "prologuelarged_i3_o24_s2_relu",
    "irbd_k5_e3_g2_i48_o48_s1_relu", "erd_k3_e2.5_g1_i48_o64_s2_relu",
    "epilogued_i64_m1152_o1280_s1_relu",
  ]

  /// Layers that differ from one in this field alone.
  static func alternatives(to layer: Layer, _ field: LayerField) -> [Layer] {
    func changed(
      kernelSize: Int? = nil, expansion: Expansion? = nil, groups: Int? = nil, inputs: Int? = nil,
      middle: Int? = nil, outputs: Int? = nil, stride: Int? = nil, activation: Activation? = nil,
      hasSqueezeExcite: Bool? = nil
    ) -> Layer? {
      try? Layer(
        layer.kind, kernelSize: kernelSize ?? layer.kernelSize,
        expansion: expansion ?? layer.expansion, groups: groups ?? layer.groups,
        inputChannels: inputs ?? layer.inputChannels,
        middleChannels: layer.kind.facts.fields.contains(.middleChannels)
          ? middle ?? layer.middleChannels : nil,
        outputChannels: outputs ?? layer.outputChannels, stride: stride ?? layer.stride,
        activation: activation ?? layer.activation,
        hasSqueezeExcite: hasSqueezeExcite ?? layer.hasSqueezeExcite)
    }
    let layers: [Layer?] =
      switch field {
      case .kernelSize: (1...9).map { changed(kernelSize: $0) }
      case .expansion:
        (1...20).map { changed(expansion: Expansion($0)) }
          + (1...200).map { changed(expansion: Expansion(Double($0) / 20)) }
      case .groups: (1...64).map { changed(groups: $0) }
      case .inputChannels: (1...99).map { changed(inputs: $0) }
      case .middleChannels: (1_100...1_200).map { changed(middle: $0) }
      case .outputChannels: (1...99).map { changed(outputs: $0) }
      case .stride: (1...8).map { changed(stride: $0) }
      case .activation: Activation.allCases.map { changed(activation: $0) }
      case .squeezeExcite: [true, false].map { changed(hasSqueezeExcite: $0) }
      case .residual: []
      }
    return layers.compactMap(\.self).filter { $0.text(of: field) != layer.text(of: field) }
  }

  /// The tensors of a layer alone.
  static func shapes(_ layer: Layer) -> [[Int]] {
    layer.operations(rules(of: layer), classCount: 10).flatMap { operation -> [[Int]] in
      var shapes = operation.convolutions.map {
        [$0.outputChannels, $0.inputChannels / $0.groups, $0.kernelSize]
      }
      if case .linear(let linear) = operation {
        shapes.append([linear.outputFeatures, linear.inputFeatures])
      }
      return shapes
    }
  }

  @Test(arguments: texts) func `is what depends on them`(_ text: String) throws {
    let layer = try Layer(parsing: text)
    for field in layer.kind.facts.fields {
      let others = Self.alternatives(to: layer, field)
      let evidence = layer.evidence(for: field, steps: .graph)
      switch evidence {
      case .shapes:
        #expect(!others.isEmpty, "\(field)")
        // A whole expansion is the only whole one.
        for other in others
        where field != .expansion || other.expansion.isWhole
          || layer.kind.facts.grammar == .distilled
        {
          // The same number in another spelling is no other value.
          if field == .expansion, other.expansion.value == layer.expansion.value { continue }
          #expect(Self.shapes(other) != Self.shapes(layer), "\(other) against \(layer)")
        }
      case .widths:
        #expect(others.contains { Self.shapes($0) != Self.shapes(layer) })
        let near = try Layer(parsing: text.replacing("e7.67", with: "e7.68"))
        #expect(Self.shapes(near) == Self.shapes(layer))
      case .graph:
        // Kinds with one stride or activation have no others.
        for other in others {
          #expect(Self.shapes(other) == Self.shapes(layer))
          #expect(!hasSameSteps(other, layer))
        }
        #expect(layer.evidence(for: field, steps: .assertion) == .assertion)
      case .assertion:
        #expect(!others.isEmpty)
        for other in others { #expect(hasSameSteps(other, layer)) }
      case .modules: Issue.record("nothing has modules here")
      case nil: Issue.record("\(layer.kind) has \(field)")
      }
    }
    #expect((layer.evidence(for: .groups, steps: .graph) != nil) == text.contains("_g"))
  }

  @Test func `is counted by field`() throws {
    let layers = try Self.texts.map { try Layer(parsing: $0) }
    let summary = EvidenceSummary(layers, steps: .graph)
    func text(_ evidence: FieldEvidence) -> String {
      summary.counts(evidence).map { "\($0.field.label) \($0.count)" }.joined(separator: ", ")
    }
    #expect(text(.shapes) == "k 6, e 4, g 1, i 10, m 1, o 10, se 3")
    #expect(text(.widths) == "e 1")
    #expect(text(.graph) == "s 10, activation 10")
    #expect(text(.assertion) == "g 1")
    let without = EvidenceSummary(layers, steps: .assertion)
    #expect(without.counts(.assertion).map(\.count) == [1, 10, 10])
  }
}
