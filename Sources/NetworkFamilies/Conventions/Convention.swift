import NetworkProgram

/// What the author of a family of networks has in common in all of them: how layers are computed where
/// no layer string says it, and what parameters are called.
public struct Convention: Sendable {
  /// The name that descriptions give it: `gpunet`.
  public let name: String
  /// The set that its networks' layers are of.
  public let grammar: Grammar
  /// How layers are computed where a network does not state it.
  public let rules: LayerRules
  /// How the names of its networks' parameters begin; nil where layers have names that no other module
  /// has.
  public let naming: Naming?
  /// Whether the names of layers between the first and the last one tell their stages.
  public let namesStages: Bool

  /// The one table of the names of its modules; nil for a layer that its networks do not have.
  let modules: @Sendable (Layer, LayerPlace) -> ModuleNames?

  init(
    _ name: String, grammar: Grammar, rules: LayerRules, namesStages: Bool,
    naming: Naming? = nil, modules: @escaping @Sendable (Layer, LayerPlace) -> ModuleNames?
  ) {
    self.name = name
    self.grammar = grammar
    self.rules = rules
    self.namesStages = namesStages
    self.naming = naming
    self.modules = modules
  }

  /// All conventions.
  public static let all: [Convention] = [
    .gpunet, .distilledGPUNet, .timm, .timmTensorFlow, .torchvision, .torchvisionMobileNetV2,
    .torchvisionMnasNet, .efficientNetPyTorch,
  ]

  /// Whether its networks are GPUNets, whose modules have names of their own.
  public var isGPUNet: Bool { naming == nil }

  /// Whether its networks have such a layer.
  public func has(_ layer: Layer) -> Bool {
    layer.kind.facts.grammar == grammar
      && modules(layer, LayerPlace(index: 0, stage: 0, indexInStage: 0, previousStage: nil)) != nil
  }

  /// The convention of that name; nil for others.
  public init?(named name: some StringProtocol) {
    guard let match = Convention.all.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// How the names of parameters begin that a convention gives.
public struct Naming: Hashable, Sendable {
  /// The name of the first convolution's weight, which shows where a network's names begin.
  public let anchor: String
  /// The outermost modules.
  public let roots: Set<String>

  init(anchor: String, roots: Set<String>) {
    self.anchor = anchor
    self.roots = roots
  }
}

extension Convention: Hashable {
  /// Whether both are the same; a name stands for one convention.
  public static func == (left: Convention, right: Convention) -> Bool { left.name == right.name }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// Where a layer stands in its network, as far as names depend on it.
struct LayerPlace: Hashable {
  /// The index of the layer.
  let index: Int
  /// The stage, where the network gives one.
  let stage: Int?
  /// How many layers of the same stage stand before it.
  let indexInStage: Int
  /// The stage of the layer before it, where that has one.
  let previousStage: Int?
}

/// What the modules of a layer are called.
struct ModuleNames {
  /// The name that reports and recordings give the layer.
  let label: String
  /// The units, by their full paths.
  let units: [UnitNames]

  /// Names the units of a layer that has a module of its own.
  ///
  /// - Parameters:
  ///   - label: The name that reports give the layer.
  ///   - path: The path of its module.
  ///   - units: What its units are called inside.
  init(_ label: String, at path: String, _ units: [UnitNames]) {
    self.init(
      label,
      units.map { UnitNames("\(path).\($0.weights)", $0.norm.map { "\(path).\($0)" }) })
  }

  /// Names the units of a layer by their full paths.
  init(_ label: String, _ units: [UnitNames]) {
    self.label = label
    self.units = units
  }
}
