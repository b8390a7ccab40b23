import BinaryInput
public import TensorData

/// The modules of a file that was saved as a whole, as far as they are the network's or stand beside
/// it.
public struct NetworkModules: Sendable {
  /// The modules of the network's layers, with the paths that the published code gives them.
  public private(set) var own: [TensorGroup.Module] = []
  /// The modules between the layers, which are none of them.
  public private(set) var between: [TensorGroup.Module] = []
  /// The outermost modules beside the network that may compute something.
  public private(set) var beside: [TensorGroup.Module] = []
  /// The modules that hold the network and are of a class that nobody knows here.
  public private(set) var around: [TensorGroup.Module] = []

  /// The ends of the names of classes that only training has a use for.
  private static let trainingEndings = [
    "Loss", "Accuracy", "Metric", "Metrics", "MetricCollection",
  ]
  /// The ends of the names of classes that only hold a module.
  private static let holderEndings = [
    "Sequential", "ModuleList", "ModuleDict", "DataParallel", "AveragedModel", "OptimizedModule",
    "EMA", "Ema",
  ]
  /// Classes of what is cut after the logits.
  private static let tails: Set<Substring> = ["Softmax", "LogSoftmax", "Sigmoid"]

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
    guard candidate.conventions.isEmpty else {
      for module in modules where !module.isIdle {
        if let name = candidate.libraryName(ofModule: module.path) {
          own.append(module.renamed(name))
        } else if module.changesForward, candidate.prefix.hasPrefix(module.path) {
          around.append(module)
        }
      }
      return
    }
    for module in modules
    where !module.isIdle && !NetworkModules.has(module, NetworkModules.trainingEndings) {
      let path = module.path + "."
      if path == "." || candidate.prefix.hasPrefix(path) {
        let isHolder =
          candidate.prefix.count <= path.count
          || NetworkModules.has(module, NetworkModules.holderEndings)
        if !isHolder || module.changesForward { around.append(module) }
      } else if let name = candidate.publishedName(ofModule: module.path) {
        if !name.isEmpty {
          own.append(module.renamed(name))
        } else if module.changesForward {
          around.append(module)
        }
      } else if candidate.isBetweenLayers(module.path) {
        // An empty container computes nothing.
        guard module.hasChildren || module.hasTensors || !module.isContainer else { continue }
        if NetworkModules.tails.contains(module.shortClassName) {
          beside.append(module)
        } else {
          between.append(module)
        }
      } else if !others.contains(where: { path.hasPrefix($0.place) || $0.place.hasPrefix(path) }),
        // What is inside a module follows it.
        !(beside.last.map { path.hasPrefix($0.path + ".") } ?? false)
      {
        beside.append(module)
      }
    }
  }

  private static func has(_ module: TensorGroup.Module, _ endings: [String]) -> Bool {
    endings.contains { module.shortClassName.hasSuffix($0) }
  }
}

extension TensorGroup.Module {
  fileprivate var isContainer: Bool {
    ["Sequential", "ModuleList", "ModuleDict"].contains(shortClassName)
  }
}

extension Candidate {
  /// What the paths of its layers' modules begin with.
  fileprivate var place: String {
    prefix.isEmpty && !lacksRoot ? "\(ModuleNames.root)." : prefix
  }

  /// The path that the published code gives to a module of the network: empty for what only holds
  /// the layers, nil for what is no part of it.
  fileprivate func publishedName(ofModule path: String) -> String? {
    guard (path + ".").hasPrefix(prefix) else { return nil }
    let parts = path.dropFirst(prefix.count)
      .split(separator: ".", omittingEmptySubsequences: false)
    let own = WrapperWord.split(parts).own
    let inside = lacksRoot ? own[...] : own.dropFirst()
    guard lacksRoot || own.first == ModuleNames.root[...] else { return own.isEmpty ? "" : nil }
    guard let layer = inside.first else { return "" }
    return ModuleNames.isLayer(layer)
      ? ([ModuleNames.root[...]] + inside).joined(separator: ".") : nil
  }

  /// The path that the code of a library gives to a module of the network; nil for what is no part
  /// of it.
  fileprivate func libraryName(ofModule path: String) -> String? {
    guard (path + ".").hasPrefix(prefix) else { return nil }
    let parts = path.dropFirst(prefix.count)
      .split(separator: ".", omittingEmptySubsequences: false)
    let name = WrapperWord.split(parts).own.joined(separator: ".")
    return isAmongLayers(name) ? name : nil
  }

  /// Whether a module stands directly among the layers.
  fileprivate func isBetweenLayers(_ path: String) -> Bool {
    guard (path + ".").hasPrefix(prefix) else { return false }
    let parts = path.dropFirst(prefix.count)
      .split(separator: ".", omittingEmptySubsequences: false)
    let own = WrapperWord.split(parts).own
    return lacksRoot ? own.count == 1 : own.count == 2 && own[0] == ModuleNames.root[...]
  }
}
