public import BinaryInput
public import NetworkProgram

extension Architecture {
  /// Reads the labels of a program, which have to be lowered to the very same program again.
  ///
  /// - Parameter program: A program with layer strings and a convention.
  /// - Throws: `architecture.labels` where they are none, or say something else than what it computes.
  public init(labelsOf program: Program) throws(ReadError) {
    func misfit(_ what: String, _ expected: String, _ found: String) -> ReadError {
      ReadError(
        .architectureLabels, what, expected: expected, found: found,
        advice:
          "the program can be run, but nothing says which network it is; convert the source again")
    }
    guard let (convention, rules) = Convention.parsed(program.convention) else {
      throw misfit(
        "the convention is unknown",
        Convention.all.map(\.name).joined(separator: ", "), program.convention)
    }
    do throws(ReadError) {
      var entries: [Entry] = []
      for layer in program.layers {
        entries.append(Entry(try Layer(parsing: layer.label.text), stage: layer.label.stage))
      }
      try self.init(
        convention: convention, rules: rules, entries: entries,
        resolution: program.resolution, classCount: max(program.classCount, 1))
    } catch {
      throw misfit(
        "the layer strings describe no network: \(error.what)", error.expected ?? "a layer string",
        error.found ?? "another")
    }
    let own = self.program(program.form)
    guard own.input.channels == program.input.channels, own.layers.count == program.layers.count
    else {
      throw misfit(
        "the layer strings are not those of the program", "\(program.input)", "\(own.input)")
    }
    for (layer, stated) in zip(own.layers, program.layers) where layer != stated {
      throw misfit(
        "the layer string '\(stated.label.text)' says something else than its steps and names",
        layer.operations == stated.operations
          ? "\(layer.label.units.map(\.weights))" : "\(layer.operations.count) steps",
        layer.operations == stated.operations
          ? "\(stated.label.units.map(\.weights))" : "others")
    }
  }
}
