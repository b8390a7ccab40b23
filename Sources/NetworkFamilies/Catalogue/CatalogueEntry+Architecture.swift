extension CatalogueEntry {
  /// The network's layers as its library builds them.
  ///
  /// - Complexity: O(*n*) in the number of layers; they are made each time.
  public var architecture: Architecture {
    do {
      var rules = convention.rules.with(epsilon: epsilon)
      rules.padding = padding
      return try Architecture(
        convention: convention, rules: rules,
        entries: layers.map { Architecture.Entry(try Layer(parsing: $0.text), stage: $0.stage) },
        resolution: resolution, classCount: classCount)
    } catch {
      preconditionFailure("the table of \(qualifiedName) is wrong: \(error)")
    }
  }
}
