import BinaryInput
import NetworkFamilies
import NetworkProgram
import NetworkRecognition
import TensorData
import TestSupport
import Testing

/// Names as somebody who wants to confuse recognition would write them: whatever they are, there is
/// an answer or an error, and what was chosen can be read.
@Suite struct `Names that were changed at random` {
  /// State dicts to begin with.
  enum Beginning: String, CaseIterable, Sendable {
    case plain, prefixed, pruned, normalized, average, marked, surrounded
  }

  private static func groups(
    _ beginning: Beginning, _ architecture: Architecture
  ) -> [(keyPath: String, tensors: StateDict)] {
    let plain = architecture.sampleParameters()
    func parts(_ first: String, _ second: String) -> StateDict {
      var result = StateDict()
      for (name, tensor) in plain {
        guard name.hasSuffix(".weight"), tensor.shape.count == 4 else {
          _ = result.append(tensor, named: name)
          continue
        }
        let stem = name.dropLast("weight".count)
        _ = result.append(tensor, named: stem + first)
        let count = tensor.shape.reduce(1, *)
        let mask = Tensor([Float](repeating: 1, count: count), shape: tensor.shape)
        _ = result.append(
          second.hasSuffix("_mask") ? mask : tensor, named: stem + second)
      }
      return result
    }
    switch beginning {
    case .plain: return [("", plain)]
    case .prefixed:
      return [
        ("state_dict", plain.renamed { "model._orig_mod." + $0 }),
        ("ema.module", plain.renamed { "module." + $0.replacing(".net.", with: ".module.net.") }),
      ]
    case .pruned: return [("model", parts("weight_orig", "weight_mask"))]
    case .normalized:
      return [
        ("", parts("parametrizations.weight.original0", "parametrizations.weight.original1"))
      ]
    case .average:
      var both = plain.renamed { "online_model." + $0 }
      for (name, tensor) in plain { _ = both.append(tensor, named: "ema_model." + name) }
      return [("", both.adding(Tensor([Int64(1)], shape: []), named: "initted"))]
    case .marked:
      var both = plain
      for (name, tensor) in plain { _ = both.append(tensor, named: name + "_ema") }
      return [("", both)]
    case .surrounded:
      func ones(_ shape: [Int]) -> Tensor {
        Tensor([Float](repeating: 1, count: shape.reduce(1, *)), shape: shape)
      }
      return [
        (
          "state_dict",
          plain.renamed { "model." + $0 }.adding(ones([9, 5]), named: "fc.weight")
            .adding(ones([3]), named: "norm.mean").adding(ones([]), named: "temperature")
            .adding(ones([5, 12]), named: "model.copy.weight")
        ), ("optimizer.state.0", StateDict().adding(ones([1]), named: "ax")),
      ]
    }
  }

  private static let pieces = [
    "module.", "_orig_mod.", "network.", "network", ".", "..", "", " layer6", "head: 2", "stage: 1",
    "weight", "weight_orig", "weight_u", "bias", "running_var", "num_batches_tracked", "ema.", "0.",
    "net.6", "parametrizations.", "*", "\u{0}", "é", "steps", "1", "_ema", ":0", "/", "_mask",
    "params.",
    "fc.", "mean", "logit", "teacher.", "criterion.", "lora_",
  ]

  /// A name with a piece cut out, put in or repeated.
  private static func changed(
    _ name: String, _ generator: inout SeededGenerator
  ) -> String {
    var characters = Array(name)
    let start = Int.random(in: 0...characters.count, using: &generator)
    let end = Int.random(in: start...min(start + 8, characters.count), using: &generator)
    switch Int.random(in: 0..<3, using: &generator) {
    case 0: characters.removeSubrange(start..<end)
    case 1: characters.insert(contentsOf: pieces.randomElement(using: &generator)!, at: start)
    default: characters.insert(contentsOf: characters[start..<end], at: start)
    }
    return String(characters)
  }

  @Test(arguments: Beginning.allCases)
  func `give an answer or an error`(beginning: Beginning) throws {
    let architecture = try Architecture.sample()
    let original = Self.groups(beginning, architecture)
    var answers = 0
    var errors = 0
    for seed in series(20_000, debugStep: 400) {
      var generator = SeededGenerator(seed: UInt64(seed))
      let count = Int.random(in: 1...12, using: &generator)
      let groups = original.map { keyPath, tensors in
        let places = Set(
          (0..<count).map { _ in Int.random(in: 0..<tensors.count, using: &generator) })
        var result = StateDict()
        for (index, (name, tensor)) in tensors.enumerated() {
          let new = places.contains(index) ? Self.changed(name, &generator) : name
          // A group has no name twice, which whoever reads it makes sure of.
          _ = result.append(tensor, named: new)
        }
        return (keyPath: keyPath, tensors: result)
      }
      let container = SampleContainer(groups, hasModules: seed % 2 == 0)
      let budget = WorkBudget()
      do {
        let choice = try NetworkChoice(
          among: CandidateList(container, budget: budget), as: .given(architecture, nil),
          average: AveragePolicy.allCases[seed % 3], budget: budget)
        _ = choice.taken.otherNames
        _ = choice.remarks
        // No tensor is both a parameter and beside the network.
        let beside = choice.bystanders.filter {
          $0.groupIndex == choice.taken.candidate.groupIndex
        }.map(\.name)
        let used = Set(choice.taken.fit.sources.values.flatMap(\.names))
        #expect(used.isDisjoint(with: beside) && Set(beside).count == beside.count, "seed \(seed)")
        _ = TensorLedger(choice, otherPaths: [], foldsBatchNorms: true)
        let parameters = try choice.taken.fit.parameters(
          from: container, ofGroup: choice.taken.candidate.groupIndex)
        if choice.taken.fit.isComplete {
          _ = try Network(
            architecture: architecture, form: choice.taken.fit.form, parameters: parameters)
        }
        answers += 1
      } catch {
        #expect(error.code.rawValue.hasPrefix("recognition."), "seed \(seed): \(error)")
        errors += 1
      }
    }
    #expect(answers > 0, "some changes leave a network")
    #expect(answers + errors == series(20_000, debugStep: 400).count)
  }
}
