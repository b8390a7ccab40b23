public import BinaryInput
public import TensorData

/// A container of named tensors in memory.
public struct SampleContainer: TensorContainer {
  private let dictionaries: [StateDict]
  /// The groups.
  public let groups: [TensorGroup]
  /// What is said beside the tensors.
  public let facts: [TensorFact]

  /// Makes a container of state dicts under key paths.
  ///
  /// - Parameters:
  ///   - groups: The state dicts.
  ///   - facts: What is said beside them.
  ///   - hasModules: Whether each is a whole module's, with a module around every tensor.
  public init(
    _ groups: [(keyPath: String, tensors: StateDict)], facts: [String: String] = [:],
    hasModules: Bool = false
  ) {
    dictionaries = groups.map(\.tensors)
    self.groups = groups.map { group in
      TensorGroup(
        keyPath: group.keyPath,
        entries: group.tensors.map {
          TensorGroup.Entry($0.name, shape: $0.tensor.shape, elementType: $0.tensor.elementType)
        }, modules: hasModules ? SampleContainer.modules(of: group.tensors) : [])
    }
    self.facts = facts.sorted { $0.key < $1.key }.map { TensorFact(path: $0.key, value: $0.value) }
  }

  private static func modules(of tensors: StateDict) -> [TensorGroup.Module] {
    tensors.names.map { name in
      let path = name.split(separator: ".", omittingEmptySubsequences: false).dropLast()
      return TensorGroup.Module(
        path.joined(separator: "."), className: "models.Layer", settings: ["stride": "(1, 1)"])
    }
  }

  /// No format of a file.
  public var formatName: String { "sample" }
  /// Nothing is around it.
  public var innerName: String? { nil }
  /// Every tensor has a name.
  public var otherPaths: [String] { [] }

  /// Every tensor can be read.
  public func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)] { [] }

  /// Some tensors of a group.
  public func tensors(_ names: [String], ofGroup index: Int) -> StateDict {
    var result = StateDict()
    for name in names {
      guard let tensor = dictionaries[index][name] else {
        preconditionFailure("the group has '\(name)'")
      }
      _ = result.append(tensor, named: name)
    }
    return result
  }
}
