import BinaryInput
import Equivalence
import GPUNetIR
import GPUNetRuntime
import TensorData

/// The comparisons that stand behind a conversion.
struct Verification {
  /// The network as it was read, its batch norms not folded.
  let source: Network
  /// The network as it was read back from the written file.
  let written: Network
  /// Is told which layer is compared.
  var progress: @Sendable (Conversion.Progress) -> Void = { _ in }

  /// The bound for what rounding the folded weights may change.
  private var roundingTolerance: Tolerance {
    guard source.form != written.form else { return .doublePrecision }
    let convolutions = written.programs.flatMap(\.operations).flatMap(\.convolutions)
    return .rounding(
      unitRoundoff: written.unitRoundoff, convolutionCount: convolutions.count)
  }

  /// Compares the written file with its source, layer by layer, at the smallest size where every
  /// tap of every convolution meets a real pixel.
  func compareWithSource() throws(ReadError) -> ComparisonReport {
    let side = source.architecture.smallestCoveringSide
    guard let resolution = Resolution(square: side) else {
      preconditionFailure("the covering side is a resolution")
    }
    return try ComparisonReport(
      ReferenceExecutor(written), with: ReferenceExecutor(source),
      on: VerificationInput.batch(channels: source.inputChannels, resolution: resolution),
      subject: "written file against its source", tolerance: roundingTolerance,
      progress: { progress(.verifying(layer: $0, of: $1)) })
  }

  /// Compares both sides with recorded outputs.
  func compare(with golden: GoldenFile) throws(ReadError) -> ConversionReport.GoldenComparison {
    let recorded: Tolerance =
      try golden.output().elementType == .f64 ? .doublePrecision : .singlePrecision
    return ConversionReport.GoldenComparison(
      path: golden.path,
      source: try ComparisonReport(
        ReferenceExecutor(source), with: golden, subject: "source against the recording",
        tolerance: recorded, progress: { progress(.verifying(layer: $0, of: $1)) }),
      written: try ComparisonReport(
        ReferenceExecutor(written), with: golden, subject: "written file against the recording",
        tolerance: source.form == written.form ? recorded : recorded + roundingTolerance,
        progress: { progress(.verifying(layer: $0, of: $1)) }))
  }

  /// The answer no, naming the first layer that differs and its worst element.
  static func rejection(_ report: ComparisonReport, path: String) -> Rejection {
    let mismatches = report.comparisons.filter { !$0.isMatch }
    return Rejection(
      ReadError(
        .notEquivalent, "\(report.subject): the answers differ", path: [path],
        expected: "every layer within its bound (\(report.tolerance.reason))",
        found: "\(mismatches.count) of \(report.comparisons.count) out of it",
        advice: "nothing was written"),
      reasons: mismatches.map(\.description))
  }
}
