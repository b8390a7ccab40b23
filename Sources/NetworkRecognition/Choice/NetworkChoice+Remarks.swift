import Spelling
import TensorData

extension NetworkChoice {
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
        + "network: pixels may be normalised by it, and it is not recorded"
    }
    let besides = Set(modules.beside.map(\.path))
    remarks += NetworkChoice.listed(modulesElsewhere.filter { !besides.contains($0.path) }) {
      "'\($0)' (\($1.counted("tensor"))) "
        + (CandidateRole.averageWord(in: $0) == nil
          ? "stands beside the network, and is not part of the result"
          : "is an average under other names, from which no network can be made")
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
}
