public import BinaryInput
public import GPUNetIR
public import TensorData

extension ComparisonReport {
  /// Compares an executor with recorded outputs, fed with the recorded input; `progress` is told
  /// which layer, counted from 1, was computed, and how many there are.
  ///
  /// - Throws: `golden.shape` where a recorded output has another shape than the network gives;
  ///   `golden.array` where it is of the wrong kind or of no layer; `network.input` where the recorded input does not fit; the golden's path in front.
  public init(
    _ executor: some NetworkExecutor, with golden: GoldenFile, subject: String,
    tolerance: Tolerance, progress: (_ layer: Int, _ count: Int) -> Void = { _, _ in }
  ) throws(ReadError) {
    self.init(subject: subject, tolerance: tolerance)
    do {
      try compare(executor, with: golden, progress)
    } catch {
      throw error.within(golden.path)
    }
  }

  private mutating func compare(
    _ executor: some NetworkExecutor, with golden: GoldenFile, _ progress: (Int, Int) -> Void
  ) throws(ReadError) {
    let names = executor.network.programs.map(\.moduleName)
    let unknown = golden.unknownLayers(names)
    guard unknown.isEmpty else {
      throw ReadError(
        .golden, "recorded layers are not layers of this network",
        expected: names.prefix(3).joined(separator: ", ") + " …",
        found: unknown.prefix(3).joined(separator: ", "))
    }
    var comparisons: [LayerComparison] = []
    let output = try executor.run(golden.input) { (index, found) throws(ReadError) -> Bool in
      progress(index + 1, names.count)
      if let reference = try golden.layer(names[index]) {
        comparisons.append(
          try LayerComparison(
            of: found, from: reference, moduleName: names[index], bound: tolerance.layer))
      }
      return true
    }
    comparisons.append(
      try LayerComparison(
        of: output, from: try golden.output(), moduleName: nil, bound: tolerance.output))
    self.comparisons = comparisons
  }

  /// Compares two executors of the same architecture on the same input, layer by layer; `progress`
  /// is told which layer, counted from 1, is about to be, and how many there are.
  ///
  /// - Throws: `network.input` where the input does not fit.
  public init(
    _ executor: some NetworkExecutor, with reference: some NetworkExecutor, on input: Tensor,
    subject: String, tolerance: Tolerance,
    progress: (_ layer: Int, _ count: Int) -> Void = { _, _ in }
  ) throws(ReadError) {
    self.init(subject: subject, tolerance: tolerance)
    var found = input
    var expected = input
    for (index, program) in reference.network.programs.enumerated() {
      progress(index + 1, reference.network.programs.count)
      found = try executor.runLayer(index, on: found)
      expected = try reference.runLayer(index, on: expected)
      let difference = try Difference(of: found, from: expected)
      comparisons.append(
        LayerComparison(
          moduleName: program.moduleName, difference: difference, bound: tolerance.layer))
      if index == reference.network.programs.count - 1 {
        comparisons.append(
          LayerComparison(moduleName: nil, difference: difference, bound: tolerance.output))
      }
    }
  }

  private init(subject: String, tolerance: Tolerance) {
    self.subject = subject
    self.tolerance = tolerance
  }
}

extension LayerComparison {
  fileprivate init(
    of found: Tensor, from reference: Tensor, moduleName: String?, bound: Double
  ) throws(ReadError) {
    let path = [moduleName.map { "layers/\($0)" } ?? "output"]
    guard reference.elementType.isFloatingPoint else {
      throw ReadError(
        .golden, "the recorded output is not of floating-point numbers", path: path,
        expected: "f64, f32 or f16", found: reference.elementType.rawValue)
    }
    guard found.shape == reference.shape else {
      throw ReadError(
        .goldenShape, "the network gives an output of another shape than was recorded", path: path,
        expected: "\(reference.shape)", found: "\(found.shape)",
        advice: "strides, padding or classes are not those of the recorded network; check --arch")
    }
    self.init(
      moduleName: moduleName, difference: try Difference(of: found, from: reference), bound: bound)
  }
}
