import NetworkProgram

extension ParameterFit {
  /// What is missing or of another shape, in one phrase.
  var lackText: String {
    let shapes = misshapen.prefix(2).map { misfit in
      "\(misfit.found) in place of \(misfit.specification.shape) for "
        + "'\(misfit.specification.name)'"
    }
    return [missing.isEmpty ? nil : "it lacks \(missingText)", shapes.isEmpty ? nil : "shapes "]
      .compactMap(\.self).joined(separator: ", and ") + shapes.joined(separator: ", ")
  }

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
