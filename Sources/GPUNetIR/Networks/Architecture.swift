public import BinaryInput

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

  /// The family of the layers.
  public let grammar: Grammar
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
  /// - Throws: `architecture.structure` where a layer stands where it may not, belongs to the other
  ///   family, or lacks the stage its name needs; or where there are too many layers or classes.
  public init(
    entries: [Entry], resolution: Resolution, classCount: Int
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
    grammar = first.layer.kind.facts.grammar
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
      if facts.moduleName.contains("@"), entry.stage == nil {
        throw ReadError(
          .architectureStructure, "layer \(index + 2) has no stage",
          expected: "a stage, which its parameters are named after",
          found: entry.layer.description)
      }
    }
    self.entries = entries
    self.resolution = resolution
    self.classCount = classCount
  }

  /// The layers, first to last.
  public var layers: [Layer] { entries.map(\.layer) }

  /// The name of a layer's module in `network`, as in `stage: 1 layer3`.
  public func moduleName(at index: Int) -> String {
    moduleName(at: index, stage: entries[index].stage ?? 0)
  }

  private func moduleName(at index: Int, stage: Int) -> String {
    let entry = entries[index]
    var name = ""
    for character in entry.layer.kind.facts.moduleName {
      switch character {
      case "#": name += "\(index + 2)"
      case "@": name += "\(stage)"
      default: name.append(character)
      }
    }
    return name
  }

  /// The same layers for another resolution or number of classes.
  ///
  /// - Precondition: `classCount` is in range.
  public func with(resolution: Resolution? = nil, classCount: Int? = nil) -> Architecture {
    do {
      return try Architecture(
        entries: entries, resolution: resolution ?? self.resolution,
        classCount: classCount ?? self.classCount)
    } catch {
      preconditionFailure("changed facts of an architecture are out of range: \(error)")
    }
  }

  /// The same layers with the stages that the names of parameters tell; where they tell none, with
  /// those that are there.
  public func takingStages(from names: [String]) -> Architecture {
    // The name of a layer's module has no dot: `network.stage: 1 layer3.conv.weight`.
    let modules = Set(names.compactMap { $0.split(separator: ".").dropFirst().first })
    let limit = entries.count
    let renamed = entries.indices.map { index in
      let stage = (0...limit).first { stage in
        modules.contains(Substring(moduleName(at: index, stage: stage)))
      }
      return Entry(entries[index].layer, stage: stage ?? entries[index].stage)
    }
    do {
      return try Architecture(entries: renamed, resolution: resolution, classCount: classCount)
    } catch {
      preconditionFailure("other stages make no other structure: \(error)")
    }
  }

  /// What PyTorch's `print(model)` prints, without a line feed at the end.
  public var printedForm: String {
    let lines = entries.indices.map { index in
      "    (\(moduleName(at: index))): \(entries[index].layer.publishedText)"
    }
    return (["GPUNet(", "  (network): Sequential("] + lines + ["  )", ")"])
      .joined(separator: "\n")
  }
}
