import BinaryInput
import NetworkFamilies
import NetworkProgram
import NetworkRecognition
import TensorData
import TestSupport
import Testing

/// Chooses among groups of tensors.
func choose(
  _ groups: [(keyPath: String, tensors: StateDict)], facts: [String: String] = [:],
  as wanted: WantedNetwork = .published, average: AveragePolicy = .auto, key: String? = nil
) throws(ReadError) -> NetworkChoice {
  let budget = WorkBudget()
  return try NetworkChoice(
    among: CandidateList(SampleContainer(groups, facts: facts), budget: budget), as: wanted,
    average: average, key: key, budget: budget)
}

@Suite struct `Choosing a network` {
  /// The sample network's parameters with something before every name, other numbers for each.
  private static func network(_ prefixes: String..., seed: Int = 1) throws -> StateDict {
    var all = StateDict()
    for prefix in prefixes {
      let seed = prefix.utf8.reduce(UInt64(seed)) { $0 &* 31 &+ UInt64($1) }
      for (name, tensor) in try Architecture.sample().sampleParameters(seed: seed) {
        _ = all.append(tensor, named: prefix + name)
      }
    }
    return all
  }

  @Test func `an average that has counted nothing is taken only where there is nothing else`()
    throws
  {
    for (count, expected) in [(Int64(0), "model"), (3, "swa_model")] {
      var average = try Self.network("module.")
      _ = average.append(Tensor([count], shape: []), named: "n_averaged")
      let groups = [("model", try Self.network("")), ("swa_model", average)]
      let choice = try choose(groups, as: Self.wanted())
      #expect(choice.taken.candidate.keyPath == expected)
      let alone = try choose([groups[1]], as: Self.wanted())
      #expect(alone.taken.candidate.keyPath == "swa_model")
    }
  }

  private static func wanted() throws -> WantedNetwork { .given(try Architecture.sample(), nil) }

  struct Case: Sendable, CustomTestStringConvertible {
    let keys: [String]
    let average: AveragePolicy
    var key: String?
    let expected: String?
    var code = ErrorCode.recognitionKey
    var testDescription: String { "\(keys) \(average) \(key ?? "")" }
  }

  @Test(arguments: [
    Case(keys: [""], average: .auto, expected: ""),
    Case(keys: ["state_dict"], average: .auto, expected: "state_dict"),
    Case(keys: ["model"], average: .never, expected: "model"),
    Case(keys: ["model_state_dict"], average: .auto, expected: "model_state_dict"),
    Case(keys: ["state_dict", "state_dict_ema"], average: .auto, expected: "state_dict_ema"),
    Case(keys: ["state_dict", "state_dict_ema"], average: .always, expected: "state_dict_ema"),
    Case(keys: ["state_dict", "state_dict_ema"], average: .never, expected: "state_dict"),
    Case(keys: ["state_dict"], average: .always, expected: nil),
    Case(keys: ["state_dict_ema"], average: .never, expected: nil),
    Case(keys: ["student.weights"], average: .auto, expected: "student.weights"),
    Case(
      keys: ["student", "teacher"], average: .auto, expected: nil, code: .recognitionAmbiguous),
    Case(keys: ["student", "teacher"], average: .auto, key: "teacher", expected: "teacher"),
    Case(keys: ["student", "teacher"], average: .auto, key: "coach", expected: nil),
    Case(keys: ["student", "teacher"], average: .auto, key: "teacher.", expected: "teacher"),
    Case(
      keys: ["student", "teacher"], average: .auto, key: "student.network", expected: "student"),
    Case(keys: [], average: .auto, expected: nil),
    Case(keys: ["ema.module", "model"], average: .auto, expected: "ema.module"),
    Case(keys: ["ema.module", "model"], average: .never, expected: "model"),
    Case(keys: ["ema.module", "model"], average: .auto, key: "ema", expected: "ema.module"),
    Case(keys: ["net", "ema_net"], average: .auto, expected: "ema_net"),
    Case(keys: ["model", "swa_model"], average: .auto, expected: "swa_model"),
    Case(keys: ["model", "modelEMA"], average: .auto, expected: "modelEMA"),
    Case(keys: ["model", "emaModel"], average: .auto, expected: "emaModel"),
    Case(keys: ["model", "ema1"], average: .auto, expected: "ema1"),
    // What denies an average, means of something else, and what an optimizer keeps.
    Case(keys: ["state_dict", "state_dict_no_ema"], average: .auto, expected: "state_dict"),
    Case(keys: ["model", "model_non_ema"], average: .auto, expected: "model"),
    Case(keys: ["state_dict", "pre_swa_state_dict"], average: .auto, expected: "state_dict"),
    Case(keys: ["state_dict", "ema_backup"], average: .auto, expected: "state_dict"),
    Case(keys: ["state_dict", "best_mean_acc_state_dict"], average: .auto, expected: "state_dict"),
    Case(keys: ["model", "optimizer.exp_avg"], average: .auto, expected: "model"),
    Case(
      keys: ["state_dict", "callbacks.StochasticWeightAveraging.average_model_state"],
      average: .auto, expected: "state_dict"),
    Case(
      keys: ["state_dict", "callbacks.EMA.ema_state_dict"], average: .auto,
      expected: "callbacks.EMA.ema_state_dict"),
    Case(
      keys: ["ema_0.99", "ema_0.999"], average: .auto, expected: nil, code: .recognitionAmbiguous),
    Case(keys: ["best", "polyak_average"], average: .auto, expected: "polyak_average"),
    Case(keys: ["current_model_state", "state_dict"], average: .auto, expected: "state_dict"),
    Case(
      keys: ["current_model_state", "state_dict"], average: .never,
      expected: "current_model_state"),
    Case(
      keys: ["model", "model_ema.online_model", "model_ema.ema_model"], average: .auto,
      expected: "model_ema.ema_model"),
    Case(keys: ["model", "ema.online", "ema.averaged"], average: .auto, expected: "ema.averaged"),
    Case(keys: ["model", "model_sq_mean"], average: .auto, expected: "model"),
    Case(keys: ["model", "opt_m_mean"], average: .auto, expected: "model"),
    Case(keys: ["state_dict", "hyper_parameters.model"], average: .auto, expected: "state_dict"),
    Case(keys: ["", "module"], average: .auto, key: "", expected: ""),
  ])
  func `follows the wishes and what trainers are known to write`(test: Case) throws {
    let optimizer = StateDict(["0.exp_avg", "1.exp_avg"])
    let groups =
      try [(keyPath: "optimizer.state", tensors: optimizer)]
      + test.keys.enumerated().map { (keyPath: $1, tensors: try Self.network("", seed: $0)) }
    let choice = Result {
      try choose(groups, as: Self.wanted(), average: test.average, key: test.key)
    }
    switch choice {
    case .success(let choice):
      #expect(choice.path == test.expected)
      #expect(!choice.reason.isEmpty)
      #expect(choice.others.count == test.keys.count - 1)
    case .failure(let error):
      #expect(test.expected == nil)
      #expect((error as? ReadError)?.code == test.code)
    }
  }

  /// Prefixes in one state dict, and which is taken; nil for none.
  @Test(
    arguments: [
      (["online_model.", "ema_model."], "ema_model"), (["student.", "momentum."], nil),
      (["model.", "model_ema."], "model_ema"), (["model.", "teacher."], nil),
      (["", "ema."], "ema"), (["module.", "module.ema."], "ema"),
      (["model.online_model.", "model.ema_model."], "model.ema_model"),
    ] as [([String], String?)])
  func `tells networks in one state dict apart by their prefixes`(
    prefixes: [String], expected: String?
  ) throws {
    var all = StateDict()
    for prefix in prefixes {
      for (name, tensor) in try Self.network(prefix) { _ = all.append(tensor, named: name) }
    }
    guard let expected else {
      let error = #expect(throws: ReadError.self) {
        try choose([("state_dict", all)], as: Self.wanted())
      }
      #expect(error?.code == .recognitionAmbiguous)
      // What is said to type leads to each of them.
      let paths = try #require(error?.remedy?.subjects)
      #expect(paths.count == prefixes.count)
      for path in paths {
        #expect(try choose([("state_dict", all)], as: Self.wanted(), key: path).path == path)
      }
      return
    }
    #expect(try choose([("", all)], as: Self.wanted()).path == expected)
    #expect(
      try choose([("state_dict", all)], as: Self.wanted()).path == "state_dict.\(expected)")
    #expect(
      try choose([("state_dict", all)], as: Self.wanted(), key: expected).taken.fit.isComplete)
  }

  @Test func `knows that MMEngine exchanges both when it saves`() throws {
    let network = try Self.network("")
    let groups = [(keyPath: "state_dict", tensors: network), ("ema_state_dict", network)]
    let facts = ["meta.mmengine_version": "0.10.4"]
    #expect(try choose(groups, facts: facts, as: Self.wanted()).path == "state_dict")
    #expect(
      try choose(groups, facts: facts, as: Self.wanted(), average: .never).path == "ema_state_dict")
    // Without that mark the usual meaning holds.
    #expect(try choose(groups, as: Self.wanted()).path == "ema_state_dict")
    // Without an average there is nothing to exchange.
    #expect(
      try choose([groups[0]], facts: facts, as: Self.wanted(), average: .never).path == "state_dict"
    )
  }

  @Test func `takes the only one that fits, whatever the others are called`() throws {
    let other = try Architecture.sample(sampleDistilledTexts).sampleParameters()
    let choice = try choose(
      [("ema", other), ("anything", Self.network(""))], as: Self.wanted())
    #expect(choice.path == "anything")
    #expect(choice.reason == "the only one that fits")
    #expect(choice.others.map(\.reason) == ["not taken: 0 of 5 layers fit"])
  }

  @Test func `says what an average lacks, and what to take instead`() throws {
    let whole = try Self.network("")
    let average = whole.renamed { $0.contains("running") ? nil : $0 }
    let error = #expect(throws: ReadError.self) {
      try choose([("model", whole), ("ema", average)], as: Self.wanted())
    }
    #expect(error?.code == .recognitionAverage)
    #expect(error?.found == "it lacks 8 running_mean, 8 running_var")
    #expect(error?.remedy?.subjects == ["model"])
    #expect(
      try choose([("model", whole), ("ema", average)], as: Self.wanted(), average: .never).path
        == "model")
  }

  @Test func `refuses more networks than any training leaves`() throws {
    var many = StateDict()
    for index in 0...256 {
      _ = many.append(Tensor([1.0], shape: [1]), named: "m\(index).network.head: 2.net.0.weight")
    }
    let error = #expect(throws: ReadError.self) { try choose([("", many)]) }
    #expect(error?.code == .recognitionLimit)
  }

  @Test func `pays for what it looks at`() throws {
    let budget = WorkBudget(WorkBudget.Limits(stepCount: 20_000))
    let container = SampleContainer([("a", try Self.network("")), ("b", try Self.network(""))])
    let list = try CandidateList(container, budget: budget)
    let error = #expect(throws: ReadError.self) {
      try NetworkChoice(among: list, as: .published, budget: budget)
    }
    #expect(error?.code == .workBudget)
  }
}
