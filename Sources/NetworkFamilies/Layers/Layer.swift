public import BinaryInput
public import NetworkProgram

/// What one layer string says: `irb_k3_e5_i256_o704_s2_relu_se_True`.
///
/// A field that the kind does not have holds the value that makes it do nothing.
public struct Layer: Hashable, Sendable {
  /// What the layer computes.
  public let kind: LayerKind
  /// The kernel's height and width; 3 for the first layers, 1 for the last.
  public let kernelSize: Int
  /// The expansion; 1 for kinds without one.
  public let expansion: Expansion
  /// The groups of the 1×1 convolutions of a distilled inverted residual.
  public let groups: Int
  /// The channels of the input.
  public let inputChannels: Int
  /// The channels inside the layer.
  public let middleChannels: Int
  /// The channels of the output; of the classifier's input in the last layer.
  public let outputChannels: Int
  /// The stride in both directions.
  public let stride: Int
  /// The activation, also inside squeeze-excite.
  public let activation: Activation
  /// Whether the block has a squeeze-excite.
  public let hasSqueezeExcite: Bool
  /// Whether the channels inside a block are stated, and no expansion.
  public let statesMiddleChannels: Bool
  /// The width of the squeeze-excite's bottleneck, where it is stated.
  public let statedSqueezeChannels: Int?
  /// Whether the input is added to the output, where it is stated because it is not as usual.
  public let statedResidual: Bool?

  /// The largest number of channels at either end of a layer.
  public static let maximumChannels = 16_384
  /// The largest number of channels inside a layer.
  public static let maximumMiddleChannels = 131_072
  /// The largest kernel.
  public static let maximumKernelSize = 31
  /// The largest stride.
  public static let maximumStride = 8

  /// Creates a layer from its fields.
  ///
  /// A kind that allows only one stride needs none; `middleChannels` is for the distilled epilogue, and
  /// for a plain block without expansion; other widths follow from the fields.
  ///
  /// - Throws: `layer.field` where a field is out of its range or the fields do not fit together.
  public init(
    _ kind: LayerKind, kernelSize: Int? = nil, expansion: Expansion? = nil, groups: Int = 1,
    inputChannels: Int, middleChannels: Int? = nil, outputChannels: Int, stride: Int? = nil,
    activation: Activation, hasSqueezeExcite: Bool = false, squeezeChannels: Int? = nil,
    residual: Bool? = nil
  ) throws(ReadError) {
    let facts = kind.facts
    let kernelSize = kernelSize ?? (facts.position == .last ? 1 : 3)
    let stride = stride ?? facts.fixedStride ?? 1
    statesMiddleChannels =
      facts.fields.contains(.expansion) && expansion == nil && middleChannels != nil
    let expansion = expansion ?? Expansion(1)!
    try Layer.require(kernelSize, in: 1...Layer.maximumKernelSize, "kernel size")
    try Layer.require(stride, in: 1...Layer.maximumStride, "stride")
    try Layer.require(inputChannels, in: 1...Layer.maximumChannels, "number of input channels")
    try Layer.require(outputChannels, in: 1...Layer.maximumChannels, "number of output channels")
    if let fixed = facts.fixedStride { try Layer.require(stride, in: fixed...fixed, "stride") }
    if facts.grammar == .distilled, activation != .relu {
      throw ReadError(
        .layerField, "the activation is wrong", expected: "relu, as in all distilled layers",
        found: activation.rawValue)
    }
    let middle = try Layer.middleChannels(
      kind, inputs: inputChannels, expansion: expansion, stated: middleChannels)
    try Layer.require(middle, in: 1...Layer.maximumMiddleChannels, "number of middle channels")
    try Layer.require(groups, in: 1...inputChannels, "number of groups")
    guard [inputChannels, middle, outputChannels].allSatisfy({ $0 % groups == 0 }) else {
      throw ReadError(
        .layerField, "the groups do not divide the channels",
        expected: "a divisor of \(inputChannels), \(middle) and \(outputChannels)",
        found: "\(groups)")
    }
    self.kind = kind
    self.kernelSize = kernelSize
    self.expansion = expansion
    self.groups = groups
    self.inputChannels = inputChannels
    self.middleChannels = middle
    self.outputChannels = outputChannels
    self.stride = stride
    self.activation = activation
    self.hasSqueezeExcite = hasSqueezeExcite
    statedSqueezeChannels = squeezeChannels
    statedResidual = residual
    if let squeezeChannels {
      try Layer.require(
        squeezeChannels, in: 1...Layer.maximumMiddleChannels, "width of the squeeze-excite")
    }
    if let residual {
      let isUsual = facts.fields.contains(.expansion) || kind == .depthwiseSeparable
      guard facts.optionalFields.contains(.residual), residual != isUsual,
        stride == 1, inputChannels == outputChannels
      else {
        throw ReadError(
          .layerField, "the residual is stated where it is as usual, or cannot be",
          expected: isUsual
            ? "noskip, at stride 1 with as many channels out as in"
            : "skip, at stride 1 with as many channels out as in",
          found: residual ? "skip" : "noskip")
      }
    }
    // Compared before it becomes an integer: a tiny expansion makes it larger than any.
    let limits = 1...Double(Layer.maximumMiddleChannels)
    guard !hasSqueezeExcite || limits.contains(squeezeWidth) else {
      throw ReadError(
        .layerField, "the width of the squeeze-excite is out of range",
        expected: "1 to \(Layer.maximumMiddleChannels)", found: "\(squeezeWidth)")
    }
  }

  /// Whether the input is added to the output.
  public var hasResidual: Bool {
    statedResidual
      ?? ((kind.facts.fields.contains(.expansion) || kind == .depthwiseSeparable) && stride == 1
        && inputChannels == outputChannels)
  }

  /// The width of squeeze-excite's bottleneck where none is stated: round(middle · (0.25 / expansion)),
  /// halves to even, a quarter of the input where the channels inside are stated; 0 for a layer without
  /// one.
  public var squeezeChannels: Int { hasSqueezeExcite ? Int(squeezeWidth) : 0 }

  private var squeezeWidth: Double {
    if let statedSqueezeChannels { return Double(statedSqueezeChannels) }
    let width =
      statesMiddleChannels
      ? Double(inputChannels) * 0.25 : Double(middleChannels) * (0.25 / expansion.value)
    return width.rounded(.toNearestOrEven)
  }

  /// The fields that the layer string has, in their order.
  public var fields: [LayerField] {
    kind.facts.fields.map { $0 == .expansion && statesMiddleChannels ? .middleChannels : $0 }
      + kind.facts.optionalFields.filter { field in
        switch field {
        case .squeezeExcite: hasSqueezeExcite
        case .residual: statedResidual != nil
        default: false
        }
      }
  }

  /// The width of the distilled epilogue where nothing states it; no configuration does.
  public static let distilledEpilogueMiddleChannels = 1_152

  private static func middleChannels(
    _ kind: LayerKind, inputs: Int, expansion: Expansion, stated: Int?
  ) throws(ReadError) -> Int {
    let facts = kind.facts
    if facts.fields.contains(.middleChannels) {
      return stated ?? distilledEpilogueMiddleChannels
    }
    guard facts.fields.contains(.expansion) else { return inputs }
    if let stated, facts.grammar == .plain { return stated }
    let width = Double(inputs) * expansion.value
    switch facts.grammar {
    case .plain:
      // To the nearest multiple of 8, but never below nine tenths of the width.
      let rounded = max(8, Int(width + 4) / 8 * 8)
      return Double(rounded) < 0.9 * width ? rounded + 8 : rounded
    case .distilled:
      guard let whole = Int(exactly: width) else {
        throw ReadError(
          .layerField, "the expansion gives no whole number of channels",
          expected: "a multiple of 1/\(inputs)", found: expansion.description)
      }
      return whole
    }
  }

  private static func require(
    _ value: Int, in range: ClosedRange<Int>, _ what: String
  ) throws(ReadError) {
    guard range.contains(value) else {
      throw ReadError(
        .layerField, "the \(what) is out of range",
        expected: range.count == 1
          ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)",
        found: "\(value)")
    }
  }
}
