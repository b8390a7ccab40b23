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
      let words = candidate.wrapperWords.map { "'\($0).'" }.joined(separator: ", ")
      remarks.append("\(words) taken out of the names")
    }
    if candidate.lacksRoot { remarks.append("'network.' put in front of the names") }
    remarks += unnamedAverages.map {
      "'\($0)' is an average without names, from which no network can be made"
    }
    return remarks + taken.fit.remarks
  }

  /// The key path and prefix of the one that was taken, joined by dots.
  public var path: String { taken.candidate.shortPath }
}

extension CandidateList {
  /// The candidates that a path leads to, the nearest only.
  fileprivate func named(_ key: String) throws(ReadError) -> [Candidate] {
    let distances = candidates.map { $0.distance(to: key) }
    if let nearest = distances.compactMap(\.self).min() {
      return zip(candidates, distances).filter { $1 == nearest }.map(\.0)
    }
    if let index = groups.firstIndex(where: { $0.keyPath == key }) { return [whole(index)] }
    let paths = candidates.map(\.shortPath) + groups.map(\.keyPath)
    var listed: [String] = []
    for path in paths where !listed.contains(path) { listed.append(path) }
    throw ReadError(
      .recognitionKey, "no state dict under that key",
      expected: "one of \(CandidateList.list(listed))", found: key,
      advice: key.nearest(in: listed.lazy.map(\.self)).map { "did you mean '\($0)'?" })
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

/// The decision among assessed candidates.
private struct Selection {
  let index: Int
  let reason: String

  init(
    _ assessments: [Assessment], _ policy: AveragePolicy, in list: CandidateList, isNamed: Bool
  ) throws(ReadError) {
    let matches = assessments.indices.filter { assessments[$0].isMatch }
    let averages = assessments.indices.filter { assessments[$0].role.kind == .average }
    // Where no candidate is the wanted network, the one that is nearest says what is wrong.
    guard !matches.isEmpty else {
      guard policy != .always || !averages.isEmpty else { throw Selection.noAverage(assessments, list) }
      let preferred =
        policy == .never ? assessments.indices.filter { !averages.contains($0) } : averages
      let pool = preferred.isEmpty ? Array(assessments.indices) : preferred
      let nearest = pool.max { left, right in
        assessments[right].fit.isNearer(than: assessments[left].fit)
          || !assessments[left].fit.isNearer(than: assessments[right].fit)
            && Selection.plainRank(assessments[right]) < Selection.plainRank(assessments[left])
      }
      index = nearest ?? 0
      reason = isNamed ? "asked for by its key" : "the nearest"
      return
    }
    if isNamed, matches.count == 1 {
      index = matches[0]
      reason = "asked for by its key"
      return
    }
    let whole = matches.filter { assessments[$0].role.kind == .average }
    let plain = matches.filter { assessments[$0].role.kind != .average }
    if policy != .never {
      if let first = whole.min(by: { assessments[$0].role.rank < assessments[$1].role.rank }) {
        let rank = assessments[first].role.rank
        let equals = whole.filter { assessments[$0].role.rank == rank }
        guard equals.count == 1 else { throw Selection.ambiguous(equals.map { assessments[$0] }) }
        index = first
        reason = policy == .always ? "the average, as asked for" : assessments[first].role.reason
        return
      }
      let partial = averages.first { assessments[$0].fit.share >= Selection.leastShare }
      if let partial {
        throw Selection.incomplete(assessments[partial], instead: plain.map { assessments[$0] })
      }
      guard policy == .auto else { throw Selection.noAverage(assessments, list) }
    }
    guard !plain.isEmpty else {
      throw ReadError(
        .recognitionKey, "the file has an average of the weights only", expected: "trained weights",
        found: CandidateList.list(whole.map { assessments[$0].candidate.shortPath }),
        remedy: .otherAverage)
    }
    let ranks = plain.map { Selection.plainRank(assessments[$0]) }
    let best = ranks.min() ?? 0
    let equals = zip(plain, ranks).filter { $1 == best }.map(\.0)
    guard equals.count == 1 else { throw Selection.ambiguous(equals.map { assessments[$0] }) }
    index = equals[0]
    let candidate = assessments[index].candidate
    if policy == .never, !averages.isEmpty {
      reason = "the trained weights, as asked for"
    } else if assessments.count == 1 {
      reason =
        candidate.shortPath.isEmpty
        ? "a bare state dict"
        : best < TrainerRule.plainKeys.count ? "the usual key" : "the only one of a GPUNet"
    } else if matches.count == 1 {
      reason = "the only one that fits"
    } else {
      reason = best < TrainerRule.plainKeys.count ? "the usual key" : assessments[index].role.reason
    }
  }

  /// The least share of the parameters that an average has which somebody would miss.
  private static let leastShare = 0.3

  /// How usual the place of trained weights is, 0 for the most.
  private static func plainRank(_ assessment: Assessment) -> Int {
    let candidate = assessment.candidate
    let usual = TrainerRule.plainKeys.count
    switch assessment.role.kind {
    case .trained:
      guard candidate.shortPath == candidate.keyPath else { return usual }
      return TrainerRule.plainKeys.firstIndex(of: candidate.keyPath) ?? usual
    case .average, .unsaid: return usual + 1
    }
  }

  /// What is said of a candidate that was not taken.
  static func remark(_ assessment: Assessment) -> String {
    let fit = assessment.fit
    guard assessment.isMatch else {
      let total = fit.architecture.entries.count
      return "not taken: \(fit.fittingLayerCount) of \(total) layers fit"
    }
    switch assessment.role.kind {
    case .average: return "not taken: \(assessment.role.reason)"
    case .trained: return "not taken: the trained weights"
    case .unsaid: return "not taken"
    }
  }

  private static func noAverage(_ assessments: [Assessment], _ list: CandidateList) -> ReadError {
    ReadError(
      .recognitionKey, "the file has no moving average of the weights", expected: "one",
      found: CandidateList.list(assessments.map(\.candidate.shortPath))
        + list.unnamedAverages.map { ", and '\($0)', a list without names" }.joined(),
      remedy: .otherAverage)
  }

  private static func ambiguous(_ assessments: [Assessment]) -> ReadError {
    let paths = assessments.map(\.candidate.shortPath)
    return ReadError(
      .recognitionAmbiguous, "several networks fit, and nothing in the file says which is meant",
      expected: "one", found: CandidateList.list(paths), remedy: .nameStateDict(paths))
  }

  private static func incomplete(_ average: Assessment, instead: [Assessment]) -> ReadError {
    ReadError(
      .recognitionAverage, "the average \(average.candidate.title) is not whole",
      expected: "every parameter of the network",
      found: "it lacks \(average.fit.missingText)",
      remedy: .nameStateDict(instead.map(\.candidate.shortPath)))
  }
}

extension ParameterFit {
  /// The parameters that are missing, counted by what they are: `13 running_mean, 13 running_var`.
  public var missingText: String {
    var counts: [(name: String, count: Int)] = []
    for specification in missing {
      let name = specification.localName
      if let index = counts.firstIndex(where: { $0.name == name }) {
        counts[index].count += 1
      } else {
        counts.append((name, 1))
      }
    }
    return counts.prefix(6).map { "\($0.count) \($0.name)" }.joined(separator: ", ")
  }
}
