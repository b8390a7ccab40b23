public import BinaryInput
public import NetworkProgram
import TensorData

extension ComparisonReport {
  /// Compares an executor with recorded outputs, fed with the recorded input.
  ///
  /// - Throws: `golden.shape` where a recorded output has another shape than the network gives;
  ///   `golden.array` where it is of the wrong kind; `network.input` where the recorded input does
  ///   not fit.
  public init(
    _ executor: some NetworkExecutor, with recording: some LayerRecording, subject: String,
    tolerance: Tolerance
  ) throws(ReadError) {
    self.subject = subject
    self.tolerance = tolerance
    let names = executor.network.program.layers.map(\.moduleName)
    var comparisons: [LayerComparison] = []
    let output = try executor.run(recording.input) { (index, found) throws(ReadError) -> Bool in
      if let reference = try recording.layer(names[index]) {
        comparisons.append(
          try LayerComparison(
            of: found, from: reference, moduleName: names[index], bound: tolerance.layer))
      }
      executor.network.releasePages(ofLayer: index)
      return true
    }
    comparisons.append(
      try LayerComparison(
        of: output, from: try recording.output(), moduleName: nil, bound: tolerance.output))
    self.comparisons = comparisons
  }

  /// Compares an executor with a golden file.
  ///
  /// - Throws: What comparing with any recording throws, and `golden.array` where a recorded layer
  ///   is none of the network's; the golden's path in front.
  public init(
    _ executor: some NetworkExecutor, withGolden golden: GoldenFile, subject: String,
    tolerance: Tolerance
  ) throws(ReadError) {
    do throws(ReadError) {
      let names = executor.network.program.layers.map(\.moduleName)
      let unknown = golden.unknownLayers(names)
      guard unknown.isEmpty else {
        throw ReadError(
          .golden, "recorded layers are not layers of this network",
          expected: names.prefix(3).joined(separator: ", ") + " …",
          found: unknown.prefix(3).joined(separator: ", "))
      }
      try self.init(executor, with: golden, subject: subject, tolerance: tolerance)
    } catch {
      throw error.within(golden.path)
    }
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
        remedy: .givenArchitecture)
    }
    self.init(
      moduleName: moduleName, difference: try Difference(of: found, from: reference), bound: bound)
  }
}
