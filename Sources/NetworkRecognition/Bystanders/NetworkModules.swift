import BinaryInput
public import TensorData

/// The modules of a file that was saved as a whole, as far as they are the network's or stand beside
/// it.
public struct NetworkModules: Sendable {
  /// The modules of the network's layers, with the paths that the published code gives them.
  public private(set) var own: [TensorGroup.Module] = []
  /// The outermost modules beside the network that may compute something.
  public private(set) var beside: [TensorGroup.Module] = []

  /// The ends of the names of classes that compute nothing in inference.
  private static let idleEndings = ["Identity", "Dropout", "Loss", "Accuracy", "Metric", "Metrics"]

  /// Sorts the modules of the network's group.
  ///
  /// - Throws: `work.budget`.
  init(
    _ candidate: Candidate, in list: CandidateList, budget: WorkBudget
  ) throws(ReadError) {
    let others = list.candidates.filter {
      $0.groupIndex == candidate.groupIndex && !$0.isSame(as: candidate)
    }
    let modules = list.groups[candidate.groupIndex].modules
    try budget.spend(steps: modules.count * (others.count + 4), on: "looking at modules")
    for module in modules {
      let path = module.path + "."
      if candidate.holds(path), let name = ModuleNames.published(module.path) {
        own.append(
          TensorGroup.Module(name, className: module.className, settings: module.settings))
      } else if !candidate.prefix.hasPrefix(path), !candidate.holds(path), !module.path.isEmpty,
        !others.contains(where: { $0.holds(path) || $0.prefix.hasPrefix(path) }),
        // What is inside a module follows it.
        !(beside.last.map { path.hasPrefix($0.path + ".") } ?? false)
      {
        beside.append(module)
      }
    }
    beside.removeAll { module in
      NetworkModules.idleEndings.contains { module.shortClassName.hasSuffix($0) }
    }
  }
}

extension Candidate {
  /// Whether a module's path, a dot behind it, leads to the network or into it.
  fileprivate func holds(_ path: String) -> Bool {
    prefix.isEmpty && !lacksRoot ? path.hasPrefix(ModuleNames.root + ".") : path.hasPrefix(prefix)
  }
}
