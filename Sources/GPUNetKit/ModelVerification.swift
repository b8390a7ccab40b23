public import BinaryInput
public import Equivalence
public import NetworkProgram
import GPUNetRuntime
import GPWFormat
public import ModelFiles
import NetworkRecognition
import TensorData

/// The verification of one file: against what it carries itself, and against recorded outputs.
public struct ModelVerification: Sendable {
  /// What is to be verified, and with what.
  public struct Request: Sendable {
    /// The path of the file.
    public var model: String
    /// The architecture, where it should not be recognised.
    public var architecture: ArchitectureChoice?
    /// How the file is read.
    public var source = SourceFile.Options()
    /// Which of the networks in it is meant.
    public var selection = NetworkSource.Selection()
    /// Recorded outputs to compare with.
    public var golden: String?

    /// Asks for a verification with default options.
    public init(model: String) {
      self.model = model
    }
  }

  /// The file and its architecture.
  public let identified: IdentifiedNetwork
  /// How many tensors were read, checksums verified.
  public let tensorCount: Int
  /// The network against the fingerprint in its file; nil where it carries none.
  public let fingerprint: ComparisonReport?
  /// The size of the fingerprint's input in pixels; nil where the file carries none.
  public let fingerprintResolution: Resolution?
  /// The network against recorded outputs; nil where none were given.
  public let golden: ComparisonReport?

  /// Whether every comparison is within its bound.
  public var isVerified: Bool { firstMismatch == nil }

  /// The first comparison that is not.
  public var firstMismatch: ComparisonReport? {
    [fingerprint, golden].compactMap(\.self).first { $0.firstMismatch != nil }
  }

  /// Reads the file, every checksum verified, and compares its answers.
  ///
  /// - Throws: A ``Rejection`` where the network does not fit together or there is nothing to
  ///   compare with; a `ReadError` where something is broken.
  public init(_ request: Request) throws {
    identified = try SourceFile(opening: request.model, options: request.source)
      .identify(given: request.architecture, selecting: request.selection)
    let source = identified.source
    let network = try identified.network()
    try NumberCheck(network).require(
      path: request.model, isOfGraph: identified.source.lifted != nil)
    tensorCount = network.parameters.count
    let recorded = source.model?.fingerprint
    guard recorded != nil || request.golden != nil else {
      throw Rejection(
        ReadError(
          .verifyNothing, "there is nothing to compare the file's answers with",
          path: [request.model], expected: "a fingerprint in the file, or recorded outputs",
          found: "checksums that are right",
          remedy: source.model == nil ? .compareWithRecording : .convertWithVerification),
        reasons: [])
    }
    fingerprintResolution = recorded?.resolution
    fingerprint = try recorded?.comparison(with: network)
    golden = try request.golden.map { path in
      let golden = try GoldenFile(opening: path, options: request.source)
      let tolerance = try golden.tolerance()
      let rounding = Tolerance.rounding(
        unitRoundoff: network.unitRoundoff, convolutionCount: network.convolutionCount)
      return try ComparisonReport(
        ReferenceExecutor(network), withGolden: golden, subject: "the file against the recording",
        tolerance: network.form == .folded ? tolerance + rounding : tolerance)
    }
  }
}

extension Remedy {
  /// Recorded outputs may be given; only native files carry a fingerprint.
  public static let compareWithRecording = Remedy(
    "compare-with-recording", "give recorded outputs")
  /// The model may be converted again with a fingerprint, or recorded outputs be given.
  public static let convertWithVerification = Remedy(
    "convert-with-verification", "convert it again with verification, or give recorded outputs")
}

extension ErrorCode {
  /// A file carries no fingerprint and no recorded outputs were given.
  public static let verifyNothing = ErrorCode("verify.nothing", .negative)
}

extension Fingerprint {
  /// Compares the network of a file with the fingerprint that the file carries.
  func comparison(with network: Network) throws(ReadError) -> ComparisonReport {
    let recording = Recording(
      input: Fingerprint.input(channels: network.program.input.channels, resolution: resolution),
      logits: Tensor(logits, shape: [1, logits.count]))
    return try ComparisonReport(
      ReferenceExecutor(network), with: recording, subject: "the file against its fingerprint",
      tolerance: Tolerance(output: tolerance, layer: tolerance, reason: "recorded in the file"))
  }

  /// A recording of the output alone.
  private struct Recording: LayerRecording {
    let input: Tensor
    let logits: Tensor

    func layer(_ moduleName: String) -> Tensor? { nil }

    func output() -> Tensor { logits }
  }
}
