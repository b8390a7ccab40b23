public import BinaryInput
public import NetworkProgram

/// A network without its weights: the layers in their order and what they are used with.
public struct Architecture: Hashable, Sendable {
  /// A layer and the stage its module is named after.
  public struct Entry: Hashable, Sendable {
    /// The layer.
    public let layer: Layer
    /// The stage, where the configuration gives one.
    public let stage: Int?

    /// Creates an entry.
    public init(_ layer: Layer, stage: Int?) {
      self.layer = layer
      self.stage = stage
    }
  }

  /// Whose network it is: what its parameters are called.
  public let convention: Convention
  /// How its layers are computed where no layer string says it.
  public let rules: LayerRules
  /// The layers, first to last.
  public let entries: [Entry]
  /// The resolution that the network is meant for.
  public let resolution: Resolution
  /// The number of outputs.
  public let classCount: Int

  /// The largest number of layers.
  public static let maximumLayerCount = 1_000
  /// The largest number of classes.
  public static let maximumClassCount = 1_000_000

  /// Creates an architecture.
  ///
  /// Whether each layer's input fits the output before it is a question for validation, which
  /// answers it together with all others.
  ///
  /// - Parameters:
  ///   - convention: Whose network it is; nil for a GPUNet, of the kind that its first layer has.
  ///   - rules: How its layers are computed; nil for the convention's own.
  ///   - entries: The layers, first to last.
  ///   - resolution: The resolution that it is meant for.
  ///   - classCount: The number of outputs.
  /// - Throws: `architecture.structure` where a layer stands where it may not, is none of the
  ///   convention's, or lacks the stage its name needs; or where there are too many layers or classes.
  public init(
    convention: Convention? = nil, rules: LayerRules? = nil, entries: [Entry],
    resolution: Resolution, classCount: Int
  ) throws(ReadError) {
    guard let first = entries.first, (2...Architecture.maximumLayerCount).contains(entries.count)
    else {
      throw ReadError(
        .architectureStructure, "the number of layers is out of range",
        expected: "2 to \(Architecture.maximumLayerCount)", found: "\(entries.count)")
    }
    guard (1...Architecture.maximumClassCount).contains(classCount) else {
      throw ReadError(
        .architectureStructure, "the number of classes is out of range",
        expected: "1 to \(Architecture.maximumClassCount)", found: "\(classCount)")
    }
    let convention = convention ?? .gpunet(first.layer.kind.facts.grammar)
    let grammar = convention.grammar
    for (index, entry) in entries.enumerated() {
      let facts = entry.layer.kind.facts
      let position: LayerPosition =
        index == 0 ? .first : index == entries.count - 1 ? .last : .inner
      guard facts.grammar == grammar, facts.position == position else {
        throw ReadError(
          .architectureStructure, "layer \(index + 2) may not stand there",
          expected: "a \(position) layer of the \(grammar) grammar",
          found: entry.layer.description)
      }
      guard convention.has(entry.layer) else {
        throw ReadError(
          .architectureStructure, "layer \(index + 2) is none of the convention's",
          expected: "a layer that \(convention.name) has", found: entry.layer.description)
      }
      let place = LayerPlace(
        index: index, stage: entry.stage, indexInStage: 0, previousStage: nil)
      guard convention.modules(entry.layer, place) != nil else {
        throw ReadError(
          .architectureStructure, "layer \(index + 2) has no stage",
          expected: "a stage, which its parameters are named after",
          found: entry.layer.description)
      }
    }
    self.convention = convention
    self.rules = rules ?? convention.rules
    self.entries = entries
    self.resolution = resolution
    self.classCount = classCount
  }

  /// The layers, first to last.
  public var layers: [Layer] { entries.map(\.layer) }

  /// The same layers for another resolution or number of classes, or padded otherwise.
  ///
  /// - Precondition: `classCount` is in range.
  public func with(
    resolution: Resolution? = nil, classCount: Int? = nil, padding: PaddingStyle? = nil
  ) -> Architecture {
    var rules = rules
    if let padding { rules.padding = padding }
    do {
      return try Architecture(
        convention: convention, rules: rules, entries: entries,
        resolution: resolution ?? self.resolution, classCount: classCount ?? self.classCount)
    } catch {
      preconditionFailure("changed facts of an architecture are out of range: \(error)")
    }
  }
}
