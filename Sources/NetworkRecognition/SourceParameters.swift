public import BinaryInput
public import GPUNetIR
public import TensorData

/// A state dict under the names that the published code gives, whatever wrapped it.
public struct SourceParameters: Sendable {
  /// What stands before every published name: `module.`, `_orig_mod.`, `model.` or nothing.
  public let prefix: String
  /// Where the batch norms are.
  public let form: NormalizationForm
  /// The tensors under their published names, in the order of the source.
  public let parameters: StateDict
  /// The names of tensors that are not below the prefix.
  public let foreignNames: [String]

  /// The module that holds all layers.
  private static let root = "network."

  /// Whether a name is one of a layer's parameter, apart from a wrapper's prefix.
  public static func isLayerName(_ name: String) -> Bool {
    wrapperPrefix(of: name) != nil
  }

  /// Takes off the prefix that most names carry.
  public init(_ source: StateDict) {
    let prefixes = source.names.compactMap { SourceParameters.wrapperPrefix(of: $0) }
    let counts = Dictionary(prefixes.map { ($0, 1) }, uniquingKeysWith: +)
    let prefix =
      counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    var parameters = StateDict()
    var foreign: [String] = []
    for (name, tensor) in source {
      guard name.hasPrefix(prefix + SourceParameters.root),
        parameters.append(tensor, named: String(name.dropFirst(prefix.count)))
      else {
        foreign.append(name)
        continue
      }
    }
    self.prefix = prefix
    self.parameters = parameters
    foreignNames = foreign
    form = parameters.names.contains { $0.hasSuffix(".running_var") } ? .separate : .folded
  }

  /// What stands before `network.` in a name, or nil where that is no place for it.
  private static func wrapperPrefix(of name: String) -> String? {
    var rest = Substring(name)
    while !rest.hasPrefix(root) {
      guard let dot = rest.firstIndex(of: ".") else { return nil }
      rest = rest[rest.index(after: dot)...]
    }
    return String(name.dropLast(rest.count))
  }

  /// How the parameters differ from those that an architecture needs, in its order; tensors that
  /// it does not need come last.
  public func differences(from architecture: Architecture) -> [ParameterDifference] {
    let needed = architecture.parameters(form)
    var list = needed.compactMap { specification -> ParameterDifference? in
      let found = parameters[specification.name]?.shape
      guard found != specification.shape else { return nil }
      return ParameterDifference(
        name: specification.name, expected: specification.shape, found: found)
    }
    let names = Set(needed.map(\.name))
    for (name, tensor) in parameters where !names.contains(name) {
      list.append(ParameterDifference(name: name, expected: nil, found: tensor.shape))
    }
    return list
  }

  /// Finds the published network whose names and shapes these are, the classifier's width left
  /// free; tensors beyond its parameters do not count.
  ///
  /// - Throws: `recognition.unknown` with the nearest network and the first layers that differ.
  public func publishedNetwork() throws(ReadError) -> (PublishedNetwork, Architecture) {
    var nearest: (name: String, difference: LayerDifference)?
    for published in PublishedNetwork.all {
      let architecture = withOwnClassCount(published.architecture)
      let difference = LayerDifference(self, from: architecture)
      if difference.differing.isEmpty { return (published, architecture) }
      if nearest.map({ difference.isNearer(than: $0.difference) }) ?? true {
        nearest = (published.name, difference)
      }
    }
    guard let (name, difference) = nearest else {
      preconditionFailure("there are published networks")
    }
    let fitting = difference.layerCount - difference.differing.count
    throw ReadError(
      .recognitionUnknown, "the parameters are those of no published network",
      expected:
        "for example \(name), the nearest; \(fitting) of its \(difference.layerCount) layers are here",
      found: difference.description,
      remedy: .describeNetwork)
  }

  /// The architecture with as many classes as the classifier here has outputs.
  public func withOwnClassCount(_ architecture: Architecture) -> Architecture {
    let bias = architecture.parameters(form).last { $0.role == .linearBias }
    guard let name = bias?.name, let shape = parameters[name]?.shape, shape.count == 1,
      (1...Architecture.maximumClassCount).contains(shape[0])
    else { return architecture }
    return architecture.with(classCount: shape[0])
  }
}

/// A parameter that is missing, has another shape, or is not needed.
public struct ParameterDifference: Hashable, Sendable {
  /// The published name.
  public let name: String
  /// The shape that the architecture needs; nil where it needs no such parameter.
  public let expected: [Int]?
  /// The shape that the source has; nil where it has no such parameter.
  public let found: [Int]?
}

extension ParameterDifference: CustomStringConvertible {
  /// The name and both shapes.
  public var description: String {
    switch (expected, found) {
    case (let expected?, let found?): "\(name) \(found) in place of \(expected)"
    case (let expected?, nil): "\(name) \(expected) missing"
    case (nil, let found?): "\(name) \(found) not needed"
    case (nil, nil): name
    }
  }
}
