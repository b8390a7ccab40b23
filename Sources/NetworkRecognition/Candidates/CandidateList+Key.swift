import BinaryInput
import NetworkFamilies
import Spelling
import TensorData

extension CandidateList {
  /// The candidates that a path leads to, the nearest only.
  func named(_ key: String) throws(ReadError) -> [Candidate] {
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
  func noNetwork(
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
        expected: CandidateList.expectedNames,
        found:
          "\(container.otherPaths.count.counted("tensor")) without names, the first at '\(path)'",
        advice: "save the state dict, which has the names: torch.save(model.state_dict(), path)")
    }
    let expected = CandidateList.expectedNames
    guard let example = groups.lazy.compactMap(\.entries.first).first else {
      return ReadError(
        .recognitionKey, "there are no tensors here", expected: expected, found: "none",
        advice: "give the file that has the weights")
    }
    return ReadError(
      .recognitionKey, "no state dict here is that of a network that is known here",
      expected: expected,
      found:
        "\(CandidateList.list(groups.map(\.keyPath))), with names like '\(example.name)'",
      remedy: .knownNetworks)
  }

  /// What names are looked for: those of a GPUNet, or of the first convolution of another network.
  private static let expectedNames =
    "names like 'network.head: 2.net.0.weight'"
    + Set(Convention.all.compactMap { $0.naming?.anchor }).sorted().map { ", '\($0)'" }.joined()

  /// Paths for a message, ten at most.
  static func list(_ paths: [String]) -> String {
    let names = paths.prefix(10).map { $0.isEmpty ? "the top level" : "'\($0)'" }
    let rest = paths.count > 10 ? " and \(paths.count - 10) more" : ""
    return paths.isEmpty ? "none" : names.joined(separator: ", ") + rest
  }
}
