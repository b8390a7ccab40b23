public import NetworkProgram

/// What a layer computes, named by the first word of its layer string.
public enum LayerKind: String, CaseIterable, Hashable, Sendable {
  /// Plain grammar: 3×3 convolution at stride 2, the network's first layer.
  case prologue
  /// Plain grammar: one convolution.
  case convolution = "conv"
  /// Plain grammar: a full convolution that widens, then a 1×1 convolution that narrows.
  case edgeResidual = "er"
  /// Plain grammar: 1×1 widens, a depthwise convolution filters, 1×1 narrows.
  case invertedResidual = "irb"
  /// Plain grammar: a depthwise convolution filters, 1×1 mixes the channels.
  case depthwiseSeparable = "ds"
  /// Plain grammar: 1×1 convolution, global pooling and the classifier.
  case epilogue
  /// Distilled grammar: 3×3 convolution at stride 2, the network's first layer.
  case distilledPrologue = "prologued"
  /// Distilled grammar: three 3×3 convolutions at strides 2, 1 and 1.
  case distilledLargePrologue = "prologuelarged"
  /// Distilled grammar: the inverted residual, with grouped 1×1 convolutions.
  case distilledInvertedResidual = "irbd"
  /// Distilled grammar: the edge residual.
  case distilledEdgeResidual = "erd"
  /// Distilled grammar: 1×1 convolution, global pooling, another 1×1 convolution, the classifier.
  case distilledEpilogue = "epilogued"
}

/// The two sets of layers, which never mix.
public enum Grammar: String, CaseIterable, Hashable, Sendable {
  /// All networks but GPUNet-D1 and D2.
  case plain
  /// GPUNet-D1 and D2.
  case distilled
}

/// Where in a network a layer may stand.
public enum LayerPosition: Hashable, Sendable {
  /// Exactly at the beginning.
  case first
  /// Anywhere between the first and the last layer.
  case inner
  /// Exactly at the end.
  case last
}

/// One part of a layer string after its first word.
public enum LayerField: String, CaseIterable, Hashable, Sendable {
  /// `k`: the kernel's height and width.
  case kernelSize = "k"
  /// `e`: the expansion.
  case expansion = "e"
  /// `g`: the groups of the 1×1 convolutions.
  case groups = "g"
  /// `i`: the channels of the input.
  case inputChannels = "i"
  /// `m`: the channels between the two convolutions of the distilled epilogue, or inside a block that
  /// states them in place of an expansion.
  case middleChannels = "m"
  /// `o`: the channels of the output.
  case outputChannels = "o"
  /// `s`: the stride in both directions.
  case stride = "s"
  /// The activation's name, without a letter in front.
  case activation = ""
  /// `se_`: whether the block has a squeeze-excite of the usual width, or the width of one.
  case squeezeExcite = "se_"
  /// `skip`, `noskip`: whether the input is added to the output, where that is not as usual.
  case residual = "skip"
}

extension LayerField {
  /// What people call it: the letters of the layer string, or `activation`.
  public var label: String {
    switch self {
    case .activation: "activation"
    case .squeezeExcite: "se"
    case .residual: "residual"
    default: rawValue
    }
  }
}

/// The facts of a layer kind; the one table that everything else reads.
public struct LayerKindFacts: Sendable {
  /// The family that the kind belongs to.
  public let grammar: Grammar
  /// Where the kind may stand.
  public let position: LayerPosition
  /// The fields of the layer string, in their order; those that may be left out are not among them.
  public let fields: [LayerField]
  /// The fields that may follow.
  public var optionalFields: [LayerField] = []
  /// The stride, where the kind allows only one.
  public let fixedStride: Int?
  /// The `layer_type` of NVIDIA's configurations; nil for a kind that they do not have.
  public let configurationType: String?
  /// The activation where a configuration names none.
  public let defaultActivation: Activation?
}

extension LayerKind {
  /// The facts of this kind.
  public var facts: LayerKindFacts {
    switch self {
    case .prologue:
      LayerKindFacts(
        grammar: .plain, position: .first,
        fields: [.inputChannels, .outputChannels, .stride, .activation], fixedStride: 2,
        configurationType: "head", defaultActivation: .swish)
    case .convolution:
      LayerKindFacts(
        grammar: .plain, position: .inner,
        fields: [.kernelSize, .inputChannels, .outputChannels, .stride, .activation],
        optionalFields: [.residual], fixedStride: nil, configurationType: "conv",
        defaultActivation: nil)
    case .edgeResidual:
      LayerKindFacts(
        grammar: .plain, position: .inner, fields: LayerKind.plainBlockFields,
        optionalFields: [.residual], fixedStride: nil, configurationType: "fused_irb",
        defaultActivation: nil)
    case .invertedResidual:
      LayerKindFacts(
        grammar: .plain, position: .inner, fields: LayerKind.plainBlockFields,
        optionalFields: [.residual], fixedStride: nil, configurationType: "irb",
        defaultActivation: nil)
    case .depthwiseSeparable:
      LayerKindFacts(
        grammar: .plain, position: .inner,
        fields: [.kernelSize, .inputChannels, .outputChannels, .stride, .activation],
        optionalFields: [.squeezeExcite, .residual], fixedStride: nil, configurationType: nil,
        defaultActivation: nil)
    case .epilogue:
      LayerKindFacts(
        grammar: .plain, position: .last,
        fields: [.inputChannels, .outputChannels, .stride, .activation], fixedStride: 1,
        configurationType: "tail", defaultActivation: .relu)
    case .distilledPrologue:
      LayerKindFacts(
        grammar: .distilled, position: .first,
        fields: [.inputChannels, .outputChannels, .stride, .activation], fixedStride: 2,
        configurationType: "head", defaultActivation: .relu)
    case .distilledLargePrologue:
      LayerKindFacts(
        grammar: .distilled, position: .first,
        fields: [.inputChannels, .outputChannels, .stride, .activation], fixedStride: 2,
        configurationType: "head_large", defaultActivation: .relu)
    case .distilledInvertedResidual:
      LayerKindFacts(
        grammar: .distilled, position: .inner, fields: LayerKind.distilledBlockFields,
        fixedStride: nil, configurationType: "irb", defaultActivation: .relu)
    case .distilledEdgeResidual:
      LayerKindFacts(
        grammar: .distilled, position: .inner, fields: LayerKind.distilledBlockFields,
        fixedStride: nil, configurationType: "fused_irb", defaultActivation: .relu)
    case .distilledEpilogue:
      LayerKindFacts(
        grammar: .distilled, position: .last,
        fields: [.inputChannels, .middleChannels, .outputChannels, .stride, .activation],
        fixedStride: 1, configurationType: "tail", defaultActivation: .relu)
    }
  }

  private static let plainBlockFields: [LayerField] = [
    .kernelSize, .expansion, .inputChannels, .outputChannels, .stride, .activation, .squeezeExcite,
  ]

  private static let distilledBlockFields: [LayerField] = [
    .kernelSize, .expansion, .groups, .inputChannels, .outputChannels, .stride, .activation,
  ]

  /// The kind that a configuration means by `type`, or nil.
  public init?(configurationType type: String, grammar: Grammar) {
    let match = LayerKind.allCases.first {
      $0.facts.configurationType == type && $0.facts.grammar == grammar
    }
    guard let match else { return nil }
    self = match
  }
}
