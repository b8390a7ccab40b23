internal import BinaryInput

/// What to do with files that hold a model instead of its state dict.
enum ModuleAdvice {
  private static let save = "torch.save(module.state_dict(), \"state_dict.pth\")"

  /// For a TorchScript program.
  static let script =
    "in Python: module = torch.jit.load(\"model.pt\", map_location=\"cpu\"); \(save)"
  /// For a pickled module, whose code PyTorch imports and runs when it loads it.
  static let pickle =
    "where you trust the file and its code can be imported, in Python: module = "
    + "torch.load(\"model.pth\", map_location=\"cpu\", weights_only=False); \(save)"
}

extension ReadError {
  /// Says that a pickle is a whole module, where reading it with all classes inert shows that.
  ///
  /// - Parameters:
  ///   - reader: At the beginning of the pickle.
  ///   - dialect: How the pickle refers to its storages.
  /// - Returns: The error with the explanation, or as it was.
  func explained(by reader: ByteReader, _ dialect: PickleMachine.Dialect) -> ReadError {
    var reader = reader
    guard code == .pickleUnsafeGlobal,
      let tree = try? PickleMachine.read(&reader, dialect: dialect, keepsUnknownClasses: true),
      tree.holdsModule, let search = try? TensorSearch(tree),
      search.groups.allSatisfy({ PickleTree.isInModule($0.keyPath) })
    else { return self }
    var error = self
    error.what = "this is a whole pickled module, which is code, and not a state dict: \(what)"
    error.advice = ModuleAdvice.pickle
    return error
  }
}

extension PickleTree {
  /// Whether some value has the attributes that `torch.nn.Module` keeps its parts in.
  fileprivate var holdsModule: Bool {
    nodes.indices.contains { node in
      let names = Set(items(of: node).compactMap { text($0.key) })
      return names.isSuperset(of: ["_parameters", "_buffers", "_modules"])
    }
  }

  fileprivate static func isInModule(_ keyPath: String) -> Bool {
    let name = keyPath.split(separator: ".").last
    return name == "_parameters" || name == "_buffers"
  }
}
