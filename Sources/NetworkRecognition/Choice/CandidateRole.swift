import TensorData

/// What a copy of the weights is in its training, as far as the file says.
struct CandidateRole: Hashable, Sendable {
  /// The kinds of copies.
  enum Kind: Hashable, Sendable {
    /// A moving average of the weights, or another mean of them.
    case average
    /// The weights as they were trained.
    case trained
    /// Neither is said.
    case unsaid
  }

  /// What it is.
  let kind: Kind
  /// The place in the table of rules, by which one average is preferred to another.
  let rank: Int
  /// What says so, as a phrase.
  let reason: String
}

/// Who writes which copy of the weights where: the table by which copies are told apart.
struct TrainerRule: Sendable {
  /// The key path, and the prefix behind it, of the average; `*` stands for any part.
  let average: String
  /// The same for the trained weights beside it.
  let trained: String
  /// What stands in the file beside them where the rule holds.
  let mark: Mark
  /// What says that the one is the average, as a phrase.
  let reason: String

  /// What has to be in a file for a rule to hold.
  enum Mark: Hashable, Sendable {
    /// Nothing else.
    case none
    /// A fact whose path begins so, and a group under that key.
    case fact(String, group: String)
    /// A group under that key.
    case group(String)
    /// A fact whose path begins and ends so, and its value.
    case statement(beginning: String, end: String, value: String)
  }

  init(average: String, trained: String, mark: Mark = .none, reason: String) {
    self.average = average
    self.trained = trained
    self.mark = mark
    self.reason = reason
  }

  /// The known trainers, the most certain first; of two averages in one file the one whose rule
  /// stands first is taken.
  static let all = [
    // The hook exchanges both before it saves, and back.
    TrainerRule(
      average: "state_dict", trained: "ema_state_dict",
      mark: .fact("meta.mmengine_version", group: "ema_state_dict"),
      reason: "the moving average: MMEngine exchanges state_dict and ema_state_dict as it saves"),
    TrainerRule(
      average: "state_dict", trained: "current_model_state", mark: .group("current_model_state"),
      reason: "the average, as Lightning's WeightAveraging keeps it, the trained weights being in "
        + "current_model_state"),
    // Whatever key its state dict stands under.
    TrainerRule(
      average: "*.ema_model", trained: "*.online_model",
      reason: "the moving average, as ema-pytorch keeps it"),
    TrainerRule(
      average: "ema_model", trained: "online_model",
      reason: "the moving average, as ema-pytorch keeps it"),
    // The algorithm exchanges both while it is at work.
    TrainerRule(
      average: "state.model", trained: "state.algorithms.*.*.ema_model",
      mark: .statement(
        beginning: "state.algorithms", end: "ema_weights_active", value: "True"),
      reason: "the moving average: Composer's EMA has exchanged it with the trained weights"),
    TrainerRule(
      average: "state.algorithms.*.*.ema_model", trained: "state.model",
      reason: "the moving average, as Composer's EMA keeps it"),
    TrainerRule(
      average: "state_dict_ema", trained: "state_dict",
      reason: "the moving average, as the published evaluation uses it"),
    TrainerRule(
      average: "model_ema", trained: "model",
      reason: "the moving average, as torchvision's references keep it"),
    TrainerRule(
      average: "ema_state_dict", trained: "state_dict",
      reason: "the moving average beside the state dict"),
    TrainerRule(
      average: "callbacks.*.ema_state_dict", trained: "state_dict",
      reason: "the moving average, as a callback of Lightning keeps it"),
    TrainerRule(
      average: "ema.module", trained: "model",
      reason: "the moving average, as detection trainers keep it"),
    TrainerRule(
      average: "ema", trained: "model", reason: "the moving average beside the model"),
    TrainerRule(
      average: "ema_net", trained: "net",
      reason: "the moving average, as super-gradients keeps it"),
    TrainerRule(
      average: "swa_model", trained: "model",
      reason: "the average of stochastic weight averaging"),
  ]

  /// Places that hold weights of no use, and why.
  static let otherPlaces = [
    (
      path: "callbacks.*.average_model_state",
      reason: "Lightning's running average, whose batch norms are those from before the training; "
        + "its end is in state_dict"
    ),
    (
      path: "hyper_parameters",
      reason: "an argument of the training, which holds the weights from before it or the same ones"
    ),
  ]

  /// Names that only an average has beside it.
  static let averageCounters: Set<String> = ["n_averaged", "num_averaged"]

  /// The keys of trained weights, the most usual first; the first is a bare state dict.
  static let plainKeys = ["", "state_dict", "model", "model_state_dict"]

  /// Whether it holds for a file.
  func holds(_ list: CandidateList) -> Bool {
    switch mark {
    case .none: true
    case .group(let key): list.groups.contains { $0.keyPath == key }
    case .statement(let beginning, let end, let value):
      list.facts.contains {
        $0.path.hasPrefix(beginning + ".") && $0.path.hasSuffix("." + end) && $0.value == value
      }
    case .fact(let path, let key):
      list.facts.contains { $0.path.hasPrefix(path) }
        && list.groups.contains { $0.keyPath == key }
    }
  }

  /// Whether a candidate is the average that the rule means, or part of it.
  func isAverage(_ candidate: Candidate) -> Bool {
    TrainerRule.matches(average, candidate, exactly: false)
      && !PathWords.otherMeanings.contains(
        candidate.shortPath.split(separator: ".")
          .dropFirst(average.split(separator: ".").count).first.map(String.init) ?? "")
  }

  /// Whether a candidate is the trained network that the rule means, and no part of something else.
  func isTrained(_ candidate: Candidate) -> Bool {
    TrainerRule.matches(trained, candidate, exactly: mark == .none)
  }

  fileprivate static func matches(
    _ pattern: String, _ candidate: Candidate, exactly: Bool
  ) -> Bool {
    let path = candidate.shortPath.split(separator: ".")
    let parts = pattern.split(separator: ".")
    return zip(parts, path).allSatisfy { $0 == "*" || $0 == $1 }
      && (exactly ? path.count == parts.count : path.count >= parts.count)
  }
}

extension CandidateRole {
  /// A word of a path that means an average of weights; nil where none does, or one beside it says
  /// otherwise: `state_dict_no_ema`, `best_mean_acc`, `exp_avg`.
  static func averageWord(in path: String) -> String? {
    guard !PathWords.isOptimizers(path) else { return nil }
    let words = PathWords.words(of: path)
    return words.indices.first { index in
      PathWords.average.contains(words[index])
        && !(index > 0 && PathWords.denying.contains(words[index - 1]))
        && !(index + 1 < words.count && PathWords.otherMeanings.contains(words[index + 1]))
    }.map { words[$0] }
  }

  /// What the file says of a candidate.
  init(_ candidate: Candidate, in list: CandidateList) {
    let general = TrainerRule.all.count
    if let place = TrainerRule.otherPlaces.first(where: {
      TrainerRule.matches($0.path, candidate, exactly: false)
    }) {
      self.init(kind: .unsaid, rank: general, reason: place.reason)
      return
    }
    if list.isAverageOfNothing(candidate) {
      self.init(
        kind: .unsaid, rank: general, reason: "an average of nothing yet: its count is 0")
      return
    }
    if let word = PathWords.words(of: candidate.path).first(where: {
      PathWords.moments.contains($0)
    }) {
      self.init(kind: .unsaid, rank: general, reason: "no weights, by the word '\(word)'")
      return
    }
    for (rank, rule) in TrainerRule.all.enumerated() where rule.holds(list) {
      if rule.isAverage(candidate) {
        self.init(kind: .average, rank: rank, reason: rule.reason)
        return
      }
      if rule.isTrained(candidate) {
        self.init(kind: .trained, rank: rank, reason: "the trained weights")
        return
      }
    }
    if candidate.foreignNames.contains(where: { TrainerRule.averageCounters.contains($0) }) {
      self.init(kind: .average, rank: general, reason: "an average: it counts n_averaged")
      return
    }
    if let word = CandidateRole.averageWord(in: candidate.path) {
      self.init(kind: .average, rank: general, reason: "an average, by the word '\(word)'")
      return
    }
    let className = candidate.className?.split(separator: ".").last.map(String.init) ?? ""
    if CandidateRole.averageWord(in: className) != nil {
      self.init(kind: .average, rank: general, reason: "an average, by its class \(className)")
      return
    }
    let isPlain =
      TrainerRule.plainKeys.contains(candidate.keyPath) && candidate.shortPath == candidate.keyPath
    self.init(kind: isPlain ? .trained : .unsaid, rank: general, reason: "")
  }
}
