import BinaryInput
import NetworkFamilies
import NetworkProgram
import TensorData

/// The decision among assessed candidates: an index and a reason.
struct Selection {
  let index: Int
  let reason: String

  /// The least share of the parameters that an average has which somebody would miss.
  private static let leastShare = 0.3

  /// The most copies that are compared with each other.
  private static let maximumCopyCount = 8

  /// Decides.
  ///
  /// - Throws: `recognition.key`, `recognition.ambiguous` or `recognition.average`.
  init(
    _ assessments: [Assessment], _ policy: AveragePolicy, in list: CandidateList, isNamed: Bool
  ) throws(ReadError) {
    let options = Options(assessments, list)
    if options.matches.isEmpty {
      self = try options.nearest(policy, isNamed: isNamed)
    } else if isNamed, options.matches.count == 1 {
      self.init(index: options.matches[0], reason: "asked for by its key")
    } else if policy != .never, let average = try options.average(policy) {
      self = average
    } else {
      self = try options.trained(policy)
    }
  }

  private init(index: Int, reason: String) {
    self.index = index
    self.reason = reason
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
    case .unsaid:
      return assessment.role.reason.isEmpty
        ? "not taken" : "not taken: \(assessment.role.reason)"
    }
  }

  /// The candidates, sorted by what they are.
  private struct Options {
    let assessments: [Assessment]
    let list: CandidateList
    /// Those that are the wanted network.
    let matches: [Int]
    /// Those that are averages, whole or not.
    let averages: [Int]

    init(_ assessments: [Assessment], _ list: CandidateList) {
      self.assessments = assessments
      self.list = list
      matches = assessments.indices.filter { assessments[$0].isMatch }
      averages = assessments.indices.filter { assessments[$0].role.kind == .average }
    }

    /// One that only lacks its classifier is whole enough where nothing else is.
    private var wholeAverages: [Int] {
      let whole = matches.filter { assessments[$0].fit.isComplete }
      return (whole.isEmpty ? matches : whole).filter { averages.contains($0) }
    }
    private var trainedMatches: [Int] { matches.filter { !averages.contains($0) } }

    private func paths(_ indices: [Int]) -> [String] {
      indices.map { list.path(of: assessments[$0].candidate) }
    }

    /// The one that is nearest, where none is the wanted network: it shows what is wrong.
    func nearest(_ policy: AveragePolicy, isNamed: Bool) throws(ReadError) -> Selection {
      guard policy != .always || !averages.isEmpty else { throw noAverage }
      let preferred = assessments.indices.filter { averages.contains($0) == (policy != .never) }
      let pool = preferred.isEmpty ? Array(assessments.indices) : preferred
      let nearest = pool.max { left, right in
        let (a, b) = (assessments[left].fit, assessments[right].fit)
        return b.isNearer(than: a) || !a.isNearer(than: b) && plainRank(right) < plainRank(left)
      }
      return Selection(
        index: nearest ?? 0, reason: isNamed ? "asked for by its key" : "the nearest")
    }

    /// The average; nil where there is none and none is needed.
    func average(_ policy: AveragePolicy) throws(ReadError) -> Selection? {
      if let rank = wholeAverages.map({ assessments[$0].role.rank }).min() {
        let equals = wholeAverages.filter { assessments[$0].role.rank == rank }
        guard holdSameNumbers(equals) else { throw ambiguous(equals) }
        // What has other classes is no average of these weights.
        let classCount = assessments[equals[0]].fit.architecture.classCount
        let others = trainedMatches.filter {
          assessments[$0].fit.isComplete
            && assessments[$0].fit.architecture.classCount != classCount
        }
        guard others.isEmpty || policy == .always else { throw ambiguous(others + equals) }
        return Selection(
          index: equals[0],
          reason: policy == .always
            ? "the average, as asked for" : assessments[equals[0]].role.reason)
      }
      if let partial = averages.first(where: {
        assessments[$0].fit.share >= Selection.leastShare
      }) {
        throw ReadError(
          .recognitionAverage, "the average \(assessments[partial].candidate.title) is not whole",
          expected: "every parameter of the network",
          found: assessments[partial].fit.lackText,
          remedy: .nameStateDict(paths(trainedMatches)))
      }
      guard policy == .auto else { throw noAverage }
      return nil
    }

    /// The trained weights.
    func trained(_ policy: AveragePolicy) throws(ReadError) -> Selection {
      guard let best = trainedMatches.map(plainRank).min() else {
        throw ReadError(
          .recognitionKey, "the file has an average of the weights only",
          expected: "trained weights", found: CandidateList.list(paths(wholeAverages)),
          remedy: .otherAverage)
      }
      let equals = trainedMatches.filter { plainRank($0) == best }
      guard holdSameNumbers(equals) else { throw ambiguous(equals) }
      if let error = secondary(equals[0]) { throw error }
      let reason =
        if policy == .never, !averages.isEmpty {
          "the trained weights, as asked for"
        } else if assessments.count == 1, assessments[equals[0]].candidate.shortPath.isEmpty {
          "a bare state dict"
        } else if equals.count > 1 {
          "the first of \(equals.count) with the same numbers"
        } else if assessments.count > 1, matches.count == 1 {
          "the only one that fits"
        } else if best < TrainerRule.plainKeys.count {
          "the usual key"
        } else {
          assessments.count == 1 ? "the only one of a network" : "the trained weights"
        }
      return Selection(index: equals[0], reason: reason)
    }

    /// Whether all hold the same numbers, so that any of them will do.
    private func holdSameNumbers(_ indices: [Int]) -> Bool {
      let first = assessments[indices[0]]
      // More copies than anybody would have compared are asked about.
      guard indices.count <= Selection.maximumCopyCount else { return false }
      return indices.dropFirst().allSatisfy { index in
        let other = assessments[index]
        guard first.fit.isComplete, other.fit.isComplete, first.fit.form == other.fit.form,
          first.fit.architecture.classCount == other.fit.architecture.classCount
        else { return false }
        // Nothing reads how many batches a norm has seen.
        let names = first.fit.architecture.parameters(first.fit.form)
          .filter { $0.role != .batchCount }.map(\.name)
        let pairs = names.flatMap { name in
          zip(first.fit.sources[name]?.names ?? [], other.fit.sources[name]?.names ?? [])
        }
        let isLike = names.allSatisfy {
          first.fit.sources[$0]?.names.count == other.fit.sources[$0]?.names.count
        }
        return isLike
          && list.holdSameNumbers(
            pairs, inGroups: (first.candidate.groupIndex, other.candidate.groupIndex))
      }
    }

    /// Why a candidate is not what was trained; nil where nothing says so.
    private func objection(to index: Int) -> String? {
      let assessment = assessments[index]
      let isTeacher = PathWords.words(of: assessment.candidate.path)
        .contains { PathWords.teacher.contains($0) }
      if isTeacher { return "a teacher by its name" }
      return assessment.role.kind == .unsaid && !assessment.role.reason.isEmpty
        ? assessment.role.reason : nil
    }

    /// That what fits is not what was trained, which is there and fits but for its classifier.
    private func secondary(_ index: Int) -> ReadError? {
      guard let reason = objection(to: index) else { return nil }
      let others = assessments.indices.filter {
        objection(to: $0) == nil && !averages.contains($0)
          && assessments[$0].fit.differsInClassifierOnly
      }
      guard !others.isEmpty else { return nil }
      return ReadError(
        .recognitionAmbiguous,
        "\(assessments[index].candidate.title) fits, which is \(reason); the network that was "
          + "trained fits but for its classifier",
        expected: "a classifier of \(assessments[index].fit.architecture.classCount) classes",
        found: others.map {
          "\(assessments[$0].candidate.title): \(assessments[$0].fit.lackText)"
        }.joined(separator: "; "),
        remedy: .nameStateDict(paths([index] + others)))
    }

    /// How usual the place of trained weights is, 0 for the most.
    private func plainRank(_ index: Int) -> Int {
      let candidate = assessments[index].candidate
      let usual = TrainerRule.plainKeys.count
      switch assessments[index].role.kind {
      case .trained:
        guard candidate.shortPath == candidate.keyPath else { return usual }
        return TrainerRule.plainKeys.firstIndex(of: candidate.keyPath) ?? usual
      // What is known to be of no use comes last.
      case .average, .unsaid: return usual + (assessments[index].role.reason.isEmpty ? 1 : 2)
      }
    }

    private var noAverage: ReadError {
      ReadError(
        .recognitionKey, "the file has no moving average of the weights", expected: "one",
        found: CandidateList.list(paths(Array(assessments.indices)))
          + list.unnamedAverages.map { ", and '\($0)', a list without names" }.joined(),
        remedy: .otherAverage)
    }

    private func ambiguous(_ indices: [Int]) -> ReadError {
      ReadError(
        .recognitionAmbiguous, "several networks fit, and nothing in the file says which is meant",
        expected: "one", found: CandidateList.list(paths(indices)),
        remedy: .nameStateDict(paths(indices)))
    }
  }
}
