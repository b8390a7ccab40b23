import BinaryInput
import Equivalence
import GPUNetIR
import GPUNetRuntime
import GPWFormat
import ONNXModel
import TensorData

/// The comparisons that stand behind a conversion.
struct Verification {
  /// The network as it was read, its batch norms not folded.
  let source: Network
  /// The bounds for what folding and rounding may change.
  let tolerance: Tolerance

  /// What the source answers on the verification's inputs, at the smallest size where every tap of
  /// every convolution meets a real pixel; nil where that is not asked for.
  private let answers: RecordedRun?

  private let progress: @Sendable (Conversion.Progress) -> Void

  /// Runs the source, where its answers are wanted.
  ///
  /// - Parameters:
  ///   - source: The network as it was read.
  ///   - writtenForm: Where the batch norms of the written file are.
  ///   - runsSource: Whether the written file will be compared with the source.
  ///   - progress: Is told which layer runs.
  /// - Throws: `io.memory`.
  init(
    of source: Network, writtenForm: NormalizationForm, runsSource: Bool,
    progress: @escaping @Sendable (Conversion.Progress) -> Void
  ) throws(ReadError) {
    self.source = source
    self.progress = progress
    tolerance =
      source.form == writtenForm
      ? .doublePrecision
      : .rounding(unitRoundoff: source.unitRoundoff, convolutionCount: source.convolutionCount)
    guard runsSource else {
      answers = nil
      return
    }
    let input = try VerificationInput.batch(
      channels: source.inputChannels, resolution: Verification.resolution(of: source.architecture))
    answers = try RecordedRun(
      ReportingExecutor(ReferenceExecutor(source)) { progress(.running(layer: $0, of: $1)) },
      on: input)
  }

  /// The smallest size where every tap of every convolution meets a real pixel.
  static func resolution(of architecture: Architecture) -> Resolution {
    guard let resolution = Resolution(square: architecture.smallestCoveringSide) else {
      preconditionFailure("the covering side is a resolution")
    }
    return resolution
  }

  /// The source's answer to the first image of the verification, by which the file is verified
  /// wherever it goes; nil where the source was not run.
  func fingerprint() throws(ReadError) -> Fingerprint? {
    guard let answers else { return nil }
    return Fingerprint(
      resolution: Verification.resolution(of: source.architecture),
      logits: Array(try answers.output().doubles().prefix(source.architecture.classCount)),
      tolerance: tolerance.output)
  }

  /// Compares the written file with its source, layer by layer; nil where the source was not run.
  func compareWithSource(_ written: Network) throws(ReadError) -> ComparisonReport? {
    guard let answers else { return nil }
    return try ComparisonReport(
      executor(written), with: answers, subject: "written file against its source",
      tolerance: tolerance)
  }

  /// Compares the written file with the graph that the source is, node by node executed; nil where
  /// the source is no graph or was not run.
  func compareWithGraph(
    _ source: SourceFile, _ written: Network
  ) throws(ReadError) -> ComparisonReport? {
    guard let answers, let graph = source.graph, let lifted = source.lifted else { return nil }
    let recording: any LayerRecording
    do {
      recording = try ONNXInterpreter.recording(
        of: graph, inputName: lifted.inputName, on: answers.input)
    } catch {
      throw error.within("running the graph").within(source.file.path)
    }
    return try ComparisonReport(
      executor(written), with: recording, subject: "written file against the graph, node by node",
      tolerance: tolerance)
  }

  private func executor(_ network: Network) -> some NetworkExecutor {
    ReportingExecutor(ReferenceExecutor(network)) { [progress] in
      progress(.verifying(layer: $0, of: $1))
    }
  }

  /// Compares both sides with recorded outputs.
  func compare(
    _ written: Network, with golden: GoldenFile
  ) throws(ReadError) -> ConversionReport.GoldenComparison {
    let recorded = try golden.tolerance()
    // Folded weights were rounded when they were folded, here or by whoever wrote the source.
    let folded =
      recorded
      + .rounding(
        unitRoundoff: source.unitRoundoff, convolutionCount: source.convolutionCount)
    return ConversionReport.GoldenComparison(
      path: golden.path,
      source: try ComparisonReport(
        executor(source), withGolden: golden, subject: "source against the recording",
        tolerance: source.form == .folded ? folded : recorded),
      written: try ComparisonReport(
        executor(written), withGolden: golden,
        subject: "written file against the recording",
        tolerance: written.form == .folded ? folded : recorded))
  }
}

extension GoldenFile {
  /// The bounds that the recording's own arithmetic justifies.
  func tolerance() throws(ReadError) -> Tolerance {
    try output().elementType == .f64 ? .doublePrecision : .singlePrecision
  }
}

extension Network {
  /// How many convolutions follow each other.
  var convolutionCount: Int {
    programs.flatMap(\.operations).flatMap(\.convolutions).count
  }
}
