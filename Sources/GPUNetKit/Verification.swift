public import BinaryInput
import Equivalence
import NetworkProgram
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

  /// Whether the written weights are others than the source's: folded, or rounded to a narrower type.
  private let changesWeights: Bool

  /// Whether parameters of the source were computed, and so rounded once more than the recorded
  /// network's.
  private let sourceIsRounded: Bool

  /// What the source answers on the verification's inputs, at the smallest size where every tap of
  /// every convolution meets a real pixel; nil where that is not asked for.
  private let answers: RecordedRun?

  private let progress: @Sendable (Conversion.Progress) -> Void

  /// Runs the source, where its answers are wanted.
  ///
  /// - Parameters:
  ///   - source: The network as it was read.
  ///   - isRounded: Whether parameters of it were computed.
  ///   - writtenForm: Where the batch norms of the written file are.
  ///   - writtenType: What its weights were rounded to; nil for the source's own type.
  ///   - runsSource: Whether the written file will be compared with the source.
  ///   - progress: Is told which layer runs.
  /// - Throws: `io.memory`.
  init(
    of source: Network, isRounded: Bool = false, writtenForm: NormalizationForm,
    writtenType: ElementType?, runsSource: Bool,
    progress: @escaping @Sendable (Conversion.Progress) -> Void
  ) throws(ReadError) {
    self.source = source
    sourceIsRounded = isRounded
    self.progress = progress
    let written = writtenType?.unitRoundoff ?? 0
    changesWeights =
      source.form != writtenForm
      || source.tensors.values.contains {
        $0.elementType.unitRoundoff.map { $0 < written } ?? false
      }
    tolerance =
      changesWeights
      ? .rounding(
        unitRoundoff: writtenType?.unitRoundoff ?? source.unitRoundoff,
        convolutionCount: source.convolutionCount)
      : .doublePrecision
    guard runsSource else {
      answers = nil
      return
    }
    let input = try VerificationInput.batch(
      channels: source.program.input.channels,
      resolution: Verification.resolution(of: source.program))
    answers = try RecordedRun(
      ReportingExecutor(ReferenceExecutor(source)) { progress(.running(layer: $0, of: $1)) },
      on: input)
  }

  /// The smallest size where every tap of every convolution meets a real pixel.
  static func resolution(of program: Program) -> Resolution {
    guard let resolution = Resolution(square: program.smallestCoveringSide) else {
      preconditionFailure("the covering side is a resolution")
    }
    return resolution
  }

  /// The source's answer to the first image of the verification, by which the file is verified
  /// wherever it goes; nil where the source was not run.
  func fingerprint() throws(ReadError) -> Fingerprint? {
    guard let answers else { return nil }
    return Fingerprint(
      resolution: Verification.resolution(of: source.program),
      logits: Array(try answers.output().doubles().prefix(source.program.classCount)),
      tolerance: tolerance.output)
  }

  /// Compares the written file with its source, layer by layer; nil where the source was not run.
  func compareWithSource(_ written: Network) throws(ReadError) -> ComparisonReport? {
    guard let answers else { return nil }
    return try ComparisonReport(
      executor(written), with: answers, subject: "written file against its source",
      tolerance: tolerance)
  }

  /// Compares a network with the graph that another was recognised in, which is executed node by
  /// node; nil where the source was not run.
  func compare(
    _ network: Network, with lifted: LiftedNetwork, subject: String
  ) throws(ReadError) -> ComparisonReport? {
    guard let answers else { return nil }
    let recording: any LayerRecording
    do {
      recording = try ONNXInterpreter.recording(of: lifted.classifier, on: answers.input)
    } catch {
      throw error.within("running the graph")
    }
    // A graph states the epsilons of its norms in 32 bits.
    let hasNorms = lifted.file.operatorTypes.contains("BatchNormalization")
    let single = Tolerance.rounding(
      unitRoundoff: ElementType.f32.unitRoundoff ?? 0, convolutionCount: source.convolutionCount)
    return try ComparisonReport(
      executor(network), with: recording, subject: subject,
      tolerance: hasNorms && tolerance.output < single.output ? single : tolerance)
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
    // Whoever folded the source's norms rounded its weights.
    let ofSource =
      source.form == .folded || sourceIsRounded
      ? recorded
        + .rounding(
          unitRoundoff: source.unitRoundoff, convolutionCount: source.convolutionCount)
      : recorded
    return ConversionReport.GoldenComparison(
      path: golden.path,
      source: try ComparisonReport(
        executor(source), withGolden: golden, subject: "source against the recording",
        tolerance: ofSource),
      written: try ComparisonReport(
        executor(written), withGolden: golden,
        subject: "written file against the recording",
        tolerance: changesWeights ? ofSource + tolerance : ofSource))
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
    program.layers.flatMap(\.operations).flatMap(\.convolutions).count
  }
}

extension Remedy {
  /// A model may be converted without a comparison of answers.
  public static let leaveOutVerification = Remedy(
    "leave-out-verification", "convert it without comparing answers")
}
