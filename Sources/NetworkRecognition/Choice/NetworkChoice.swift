public import BinaryInput
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
