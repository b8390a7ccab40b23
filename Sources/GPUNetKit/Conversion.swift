public import BinaryInput
import Equivalence
import NetworkFamilies
public import NetworkProgram
import GPUNetRuntime
import GPWFormat
public import ModelFiles
import NetworkRecognition
import ONNXModel
import TensorData

/// One conversion of a file into another format.
public struct Conversion: Sendable {
  /// What is to be done.
  public struct Request: Sendable {
    /// The path of the source.
    public var input: String
    /// The path of the file to write.
    public var output: String
    /// The architecture, where it should not be recognised.
    public var architecture: ArchitectureChoice?
    /// The resolution to record, where it is not the architecture's own.
    public var resolution: Resolution?
    /// How much trust the source is given.
    public var source = SourceFile.Options()
    /// Which of the networks in it is meant.
    public var selection = NetworkSource.Selection()
    /// Whether tensors that no layer needs are left out instead of refused.
    public var allowsUnused = false
    /// The format to write, with what is asked of it.
    public var target: any ConversionTarget
    /// Whether NaNs and infinities among the parameters are written instead of refused; the file
    /// then carries no fingerprint, and nothing is proven by running it.
    public var allowsNonfinite = false
    /// Whether the written file's answers are compared with the source's.
    public var verifies = true
    /// Recorded outputs to compare with.
    public var golden: String?
    /// A file whose parameters have to be the same.
    public var counterpart: String?
    /// The path of a text with the names of the classes, where they are to be recorded.
    public var labels: String?
    /// What is to be recorded of the preprocessing.
    public var preprocessing = PreprocessingChoice()
    /// Whether an existing file is replaced.
    public var replaces = false
    /// Whether everything is done but keeping the file.
    public var isDryRun = false
    /// Is told how far the conversion is, on the thread that it runs on.
    public var progress: @Sendable (Progress) -> Void = { _ in }

    /// Asks for a conversion with default options; the format of the output is told by its name,
    /// and the native one where that tells none.
    public init(input: String, output: String) {
      self.input = input
      self.output = output
      target = ModelFormat.written(as: output)?.defaultTarget ?? NativeTarget()
    }

    /// The options that shape the content of the file, for its provenance.
    var contentOptions: [String] {
      let options: [String?] = [
        resolution.map { "resolution=\($0)" },
        allowsUnused ? "allow-unused" : nil,
        allowsNonfinite ? "allow-nonfinite" : nil,
        labels.map { "labels=\($0.lastPathComponent)" },
      ]
      return target.contentOptions + options.compactMap(\.self) + preprocessing.options
    }
  }

  /// Reads, checks, writes beside the target, reads back, compares, and only then gives the file
  /// its name.
  ///
  /// - Throws: A ``Rejection`` where the answer is no; a `ReadError` where something is broken.
  ///   Whatever is thrown, the target is as it was.
  public static func run(_ request: Request) throws -> ConversionReport {
    try check(request)
    let target = request.target
    // Created first, so that an output that cannot be is known before anything is read.
    var outputs = try target.prepare(
      path: request.output, replacing: request.replaces || request.isDryRun)
    request.progress(.reading)
    let file = try SourceFile(opening: request.input, options: request.source)
    try outputs.requireOther(than: file)
    var identified = try file.identify(
      given: request.architecture, selecting: request.selection)
    let source = identified.source
    if let resolution = request.resolution {
      identified.architecture = identified.architecture.with(resolution: resolution)
    }
    let network = try identified.network(allowsUnused: request.allowsUnused)
    let numbers = try NumberCheck(network)
    try numbers.require(
      path: request.input, isOfGraph: source.lifted != nil,
      allowsNonfinite: request.allowsNonfinite)
    // A NaN is no answer, so that comparing answers would show nothing.
    let verifies = request.verifies && !numbers.isNonfinite
    let summaries = try identified.summaries()
    let counterpart = try counterpart(of: network, identified, request)
    let golden = try request.golden.map { try GoldenFile(opening: $0, options: request.source) }
    let labels = try request.labels.map { try ClassLabels(path: $0) }
    try labels?.require(count: network.program.classCount)
    guard let writtenForm = target.normalization.form(of: network.form) else {
      throw ReadError(
        .unsuitableRequest, "the batch norms are folded already", path: [request.input],
        expected: "a source that still has them", remedy: .foldNorms)
    }
    // A native file keeps its fingerprint, which it must deserve.
    if verifies, let fingerprint = source.model?.fingerprint {
      let comparison = try fingerprint.comparison(with: network)
      guard comparison.isMatch else { throw Rejection(comparison, path: request.input) }
    }
    // Where nothing is folded or rounded, the same bits prove more than the same answers; only a
    // native file says what its network answers.
    let isCopied = target.copies(network.form) && target.format.holdsTensors
    let verification = try Verification(
      of: network, isRounded: source.choice?.taken.fit.roundsParameters ?? false,
      writtenForm: writtenForm, writtenType: target.elementType,
      runsSource: verifies && !isCopied, progress: request.progress)
    var model = GPWModel(
      network: network, writtenForm: writtenForm, layout: target.layout(writtenForm),
      name: identified.published?.name,
      preprocessing: request.preprocessing.applied(to: identified.preprocessing),
      labels: labels?.names ?? source.notes.labels,
      fingerprint: numbers.isNonfinite
        ? nil : try source.model?.fingerprint ?? verification.fingerprint(),
      provenance: GPWModel.Provenance(
        sourceName: request.input.lastPathComponent, sourceSHA256: file.sha256(),
        sourceFormat: file.formatName, key: source.choice?.path ?? "",
        toolVersion: toolVersion,
        options: request.contentOptions + source.graphRemarks + file.externalDigests))
    model.licence = source.model?.licence ?? identified.published?.weights?.licence
    model.assumesPreprocessing =
      request.preprocessing.options.isEmpty
      && identified.assumesPreprocessing

    let written = try target.write(model, to: &outputs) { [progress = request.progress] in
      progress(.writing(byteCount: $0, of: $1))
    }
    var comparisons = ConversionReport.Comparisons()
    comparisons.counterpart = counterpart
    if isCopied {
      do {
        comparisons.copiedCount = try CopyCheck.require(written.network, sameAs: network)
      } catch {
        throw error.within("reading back \(request.output)")
      }
    }
    comparisons.verification = try verification.compareWithSource(written.network)
    if let lifted = source.lifted {
      comparisons.graph = try verification.compare(
        written.network, with: lifted, subject: "written file against the graph, node by node")
    }
    if let lifted = written.lifted {
      comparisons.writtenGraph = try verification.compare(
        network, with: lifted, subject: "source against the written graph, node by node")
    }
    if let golden {
      comparisons.golden = try verification.compare(written.network, with: golden)
    }
    if let report = comparisons.firstMismatch {
      throw Rejection(report, path: request.input, advice: "nothing was written")
    }
    try file.requireUnchanged()
    // There may be one more than at the beginning.
    try outputs.requireOther(than: file)
    let byteCount = outputs.byteCount
    if !request.isDryRun { try outputs.commit(written) }
    return ConversionReport(
      request: request, identified: identified, summaries: summaries, model: model,
      byteCount: byteCount, externalData: written.externalData, tensorCount: written.tensorCount,
      ledger: source.ledger(
        foldsBatchNorms: writtenForm != network.form, countsBatches: target.countsBatches),
      numberFindings: numbers.findings,
      comparisons: comparisons)
  }

  /// The comparison with the parameters of another file, where that is asked for.
  private static func counterpart(
    of network: Network, _ identified: IdentifiedNetwork, _ request: Request
  ) throws -> CounterpartComparison? {
    guard let path = request.counterpart else { return nil }
    var selection = request.selection
    selection.key = nil
    let file = try SourceFile(opening: path, options: request.source)
    // What the source is, in whichever library's names.
    let alike = identified.published.flatMap { published in
      published.architecture.convention.isGPUNet
        ? nil : ArchitectureChoice(alike: published)
    }
    var other = try NetworkSource(file, selection, given: alike)
    if other.choice != nil, identified.published == nil {
      // A checkpoint that is no published network is taken for what the source is.
      other = try NetworkSource(
        file, selection,
        given: ArchitectureChoice(
          identified.architecture.takingStages(from: other.parameterNames)))
    }
    let otherIdentified = try other.identify()
    return try CounterpartComparison(
      of: network, at: request.input,
      with: try otherIdentified.network(allowsUnused: request.allowsUnused), of: other)
  }

  private static func check(_ request: Request) throws(ReadError) {
    try checkPaths(request.input, request.output, request.target.format)
    try request.target.check(outputPath: request.output)
  }

  /// Makes sure that a path says the format that is to be written, and is not the input's.
  static func checkPaths(
    _ input: String, _ output: String, _ format: ModelFormat
  ) throws(ReadError) {
    guard format.isNamed(output) else {
      throw ReadError(
        .unsuitableRequest, "the format of the output is unknown", path: [output],
        expected: "a path that ends in \(ModelFormat.writtenSuffixes())")
    }
    if let identity = FileStatus.identity(of: input), identity == FileStatus.identity(of: output) {
      throw ReadError(
        .sameFile, "input and output are the same file", path: [output],
        advice: "give the output another name")
    }
  }
}

extension Remedy {
  /// Norms may be folded.
  public static let foldNorms = Remedy("fold-norms", "do not ask for norms to be kept")
}

/// The version of this package and its tools.
public let toolVersion = packageVersion
