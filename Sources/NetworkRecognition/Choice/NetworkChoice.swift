public import BinaryInput
import GPUNetIR
import Spelling
public import TensorData

/// Which of the networks in a file is meant, and why.
public struct NetworkChoice: Sendable {
  /// The one that was taken.
  public let taken: Assessment
  /// Why, as a phrase.
  public let reason: String
  /// The others, and why each was not taken, in the order of the file.
  public let others: [(candidate: Candidate, reason: String)]
  /// The tensors that are neither the network's nor another one's, in the order of the file.
  public let bystanders: [Bystander]
  /// The modules of a file that was saved as a whole; none of other files.
  public let modules: NetworkModules
  /// Where averages without names stand, from which no network can be made.
  public let unnamedAverages: [String]
  /// All groups of the file.
  public let groups: [TensorGroup]

  /// Chooses among the candidates of a file.
  ///
  /// Recognition decides first: a candidate that is the wanted network comes before one that is not.
  /// Among those that are, the file decides, by the table of ``TrainerRule``s and the policy. Where
  /// nothing says which is meant, none is taken.
  ///
  /// - Parameters:
  ///   - list: The candidates.
  ///   - wanted: What they are held against.
  ///   - average: Whether a moving average of the weights is preferred.
  ///   - key: The path that was asked for, if any.
  ///   - budget: What looking may cost.
  /// - Throws: `recognition.key` where nothing fits what was asked for, `recognition.ambiguous`
  ///   where several do, `recognition.average` where the average is not whole; `work.budget`.
  public init(
    among list: CandidateList, as wanted: WantedNetwork, average: AveragePolicy = .auto,
    key: String? = nil, budget: WorkBudget
  ) throws(ReadError) {
    groups = list.groups
    unnamedAverages = list.unnamedAverages
    var candidates = list.candidates
    if let key { candidates = try list.named(key) }
    guard !candidates.isEmpty else { throw try list.noNetwork(wanted, budget) }
    var assessments: [Assessment] = []
    for candidate in candidates {
      try budget.spend(
        steps: candidate.members.count * 4 + 10_000, on: "recognising networks")
      assessments.append(Assessment(candidate, as: wanted, in: list))
    }
    let selection = try Selection(assessments, average, in: list, isNamed: key != nil)
    taken = assessments[selection.index]
    reason = selection.reason
    modules = try NetworkModules(taken.candidate, in: list, budget: budget)
    var search = BystanderSearch(taken, in: list)
    bystanders = try search.bystanders(among: assessments, budget)
    others =
      assessments.indices.filter { $0 != selection.index }.map { index in
        (assessments[index].candidate, Selection.remark(assessments[index]))
      }
      + list.candidates.filter { candidate in
        !candidates.contains { $0.isSame(as: candidate) }
      }.map { ($0, "not asked for") }
  }

  /// What was done to its names and tensors to make them fit, for people.
  public var remarks: [String] {
    let candidate = taken.candidate
    var remarks: [String] = []
    if !candidate.wrapperWords.isEmpty {
      let words = candidate.wrapperWords.map { "'\($0)'" }.joined(separator: ", ")
      remarks.append("\(words) taken out of the names")
    }
    if candidate.lacksRoot { remarks.append("'network.' put in front of the names") }
    remarks += NetworkChoice.listed(unnamedAverages) {
      "'\($0)' is an average without names, from which no network can be made"
    }
    let normalizations = bystanders.compactMap { bystander -> (name: String, values: [Double])? in
      if case .normalization(let values) = bystander.role { (bystander.name, values) } else { nil }
    }
    remarks += NetworkChoice.listed(normalizations) { name, values in
      "'\(name)' (\(values.map { "\(Float($0))" }.joined(separator: ", "))) stands beside the "
        + "network: pixels are normalised by it, and it is not recorded"
    }
    let besides = Set(modules.beside.map(\.path))
    remarks += NetworkChoice.listed(modulesElsewhere.filter { !besides.contains($0.path) }) {
      "'\($0)' (\($1.counted("tensor"))) stands beside the network, and is not part of the result"
    }
    remarks += NetworkChoice.listed(modules.beside) {
      "'\($0.path)' (\($0.shortClassName)) stands beside the network, and is not part of the result"
    }
    remarks += NetworkChoice.listed(modules.around) {
      "'\($0.className)' holds the network, and what else it computes is not known"
    }
    return remarks + taken.fit.remarks
  }

  /// The modules of tensors that stand in another place, and how many those are.
  private var modulesElsewhere: [(path: String, count: Int)] {
    var order: [String] = []
    var counts: [String: Int] = [:]
    for case (let module, .elsewhere) in bystanders.map({ ($0.module, $0.role) }) {
      if counts[module] == nil { order.append(module) }
      counts[module, default: 0] += 1
    }
    return order.map { ($0, counts[$0] ?? 0) }
  }

  /// The most remarks of one kind.
  private static let remarkCount = 8

  private static func listed<Element>(
    _ elements: [Element], _ text: (Element) -> String
  ) -> [String] {
    let rest = elements.count - remarkCount
    return elements.prefix(remarkCount).map(text) + (rest > 0 ? ["and \(rest) more of these"] : [])
  }

  /// What is known of the parameters, and of the tensors among them that no layer needs and nothing
  /// explains, without reading them.
  public var entries: [TensorGroup.Entry] {
    let explained = Set(bystandersBeside.map(\.name))
    let harmless = Set(bystanders.filter(isBeside).filter(\.isHarmless).map(\.name))
    return taken.fit.entries(taken.candidate)
      + taken.fit.leftOver.filter {
        !explained.contains($0.sourceName) && !harmless.contains($0.sourceName)
      }.map { TensorGroup.Entry($0.name, shape: $0.shape, elementType: $0.elementType) }
  }

  /// The tensors that may matter and stand beside the network, not among its layers.
  public var bystandersBeside: [Bystander] {
    let members = Set(taken.fit.leftOver.map(\.sourceName))
    return bystanders.filter { bystander in
      switch bystander.role {
      case .connected: true
      case .unknown: !isBeside(bystander) || !members.contains(bystander.name)
      default: false
      }
    }
  }

  private func isBeside(_ bystander: Bystander) -> Bool {
    bystander.groupIndex == taken.candidate.groupIndex
  }

  /// The key path and prefix of the one that was taken, joined by dots.
  public var path: String { taken.candidate.shortPath }
}

extension CandidateList {
  /// The candidates that a path leads to, the nearest only.
  fileprivate func named(_ key: String) throws(ReadError) -> [Candidate] {
    let found = nearest(to: key)
    if !found.isEmpty { return found }
    if let index = groups.firstIndex(where: { $0.keyPath == key }) { return [whole(index)] }
    // Whoever copies what stands before the layers' names may end with a dot, or with their root.
    let root = ".\(ModuleNames.root)"
    for ending in [".", root, root + "."] where key.hasSuffix(ending) {
      let found = nearest(to: String(key.dropLast(ending.count)))
      if !found.isEmpty { return found }
    }
    let paths = candidates.isEmpty ? groups.map(\.keyPath) : candidates.map(path(of:))
    var listed: [String] = []
    for path in paths where !listed.contains(path) { listed.append(path) }
    throw ReadError(
      .recognitionKey, "no state dict under that key",
      expected: "one of \(CandidateList.list(listed))", found: key,
      advice: key.nearest(in: listed.lazy.map(\.self)).map { "did you mean '\($0)'?" })
  }

  private func nearest(to key: String) -> [Candidate] {
    let distances = candidates.map { $0.distance(to: key) }
    guard let nearest = distances.compactMap(\.self).min() else { return [] }
    return zip(candidates, distances).filter { $1 == nearest }.map(\.0)
  }

  /// That no names are those of layers; where the tensors are a network's by order and shape, that
  /// they are under other names.
  fileprivate func noNetwork(
    _ wanted: WantedNetwork, _ budget: WorkBudget
  ) throws(ReadError) -> ReadError {
    for (index, group) in groups.enumerated() {
      try budget.spend(steps: group.entries.count * 4, on: "looking for other names")
      if let error = Assessment(whole(index), as: wanted, in: self).otherNames { return error }
    }
    if let flat = groups.lazy.flatMap(\.entries).first(where: {
      $0.name.split(separator: ".").last?.hasSuffix("flat_param") ?? false
    }) {
      return ReadError(
        .recognitionKey, "the parameters are in flat tensors, as fully sharded training keeps them",
        expected: "a tensor for each parameter", found: "'\(flat.name)'",
        advice: "gather them before saving: FSDP.state_dict_type(model, "
          + "StateDictType.FULL_STATE_DICT)")
    }
    if groups.isEmpty, let path = container.otherPaths.first {
      return ReadError(
        .recognitionKey, "the tensors have no names",
        expected: "names like 'network.head: 2.net.0.weight'",
        found:
          "\(container.otherPaths.count.counted("tensor")) without names, the first at '\(path)'",
        advice: "save the state dict, which has the names: torch.save(model.state_dict(), path)")
    }
    return ReadError(
      .recognitionKey, "no state dict here is a GPUNet's",
      expected: "names like 'network.head: 2.net.0.weight'",
      found: groups.isEmpty
        ? "no named tensors"
        : "\(CandidateList.list(groups.map(\.keyPath))), with names like "
          + "'\(groups[0].entries.first?.name ?? "")'",
      advice: "if it is one under other names, rename its parameters to the published ones")
  }

  /// Paths for a message, ten at most.
  static func list(_ paths: [String]) -> String {
    let names = paths.prefix(10).map { $0.isEmpty ? "the top level" : "'\($0)'" }
    let rest = paths.count > 10 ? " and \(paths.count - 10) more" : ""
    return paths.isEmpty ? "none" : names.joined(separator: ", ") + rest
  }
}
