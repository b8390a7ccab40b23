import NetworkProgram

extension Architecture {
  /// The same layers with the stages that the names of parameters tell; where they tell none, with
  /// those that are there.
  ///
  /// - Complexity: O(*n* · *m*) in the numbers of layers and of possible stages.
  public func takingStages(from names: [String]) -> Architecture {
    guard convention.namesStages else { return self }
    let names = Set(names)
    let renamed = entries.indices.map { index in
      guard entries[index].stage != nil else { return entries[index] }
      let stage = (0...entries.count).first { stage in
        label(at: index, stage: stage).units.contains { unit in
          names.contains(unit.parameter(.convolutionWeight))
        }
      }
      return Entry(entries[index].layer, stage: stage ?? entries[index].stage)
    }
    do {
      return try Architecture(
        convention: convention, rules: rules, entries: renamed, resolution: resolution,
        classCount: classCount)
    } catch {
      preconditionFailure("other stages make no other structure: \(error)")
    }
  }
}
