import GPUNetIR

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
