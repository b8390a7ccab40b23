import BinaryInput
import Equivalence
public import GPUNetIR
import GPUNetRuntime
import GPWFormat
import NetworkRecognition
import ONNXModel
public import TensorData

/// One conversion of a file into the native format or ONNX.
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
    /// How the source is read.
    public var source = SourceFile.Options()
    /// Whether tensors that no layer needs are left out instead of refused.
    public var allowsUnused = false
    /// Whether batch norms stay as they are.
    public var keepsBatchNorm = false
    /// The order of the weights in the written file; nil for `blocked` where the norms are folded,
    /// else `rowMajor`.
    public var layout: TensorLayout?
    /// The version of ONNX's operators that an ONNX file is written with; nil for the usual one.
    public var opset: Int?
    /// The type of the weights of an ONNX file; nil for the source's own.
    public var elementType: ElementType?
    /// Whether the weights of an ONNX file are written to a file beside it, whose name has `.data`
    /// behind; they are in any case where it would be too large with them.
    public var hasExternalData = false
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

    /// Asks for a conversion with default options.
    public init(input: String, output: String) {
      self.input = input
      self.output = output
    }

    /// Whether the output is an ONNX file, by its name.
    var writesGraph: Bool { output.hasSuffix(Request.graphSuffix) }

    /// The path of the file with the weights of an ONNX file, where they are not inside.
    var weightsPath: String { output + ".data" }

    /// What ends the names of ONNX files.
    static let graphSuffix = ".onnx"

    /// The options that shape the content of the file, for its provenance.
    var contentOptions: [String] {
      let options: [String?] = [
        keepsBatchNorm ? "keep-batch-norm" : nil,
        elementType.map { "dtype=\($0.rawValue)" },
        layout == .rowMajor && !keepsBatchNorm ? "layout=row-major" : nil,
        resolution.map { "resolution=\($0)" },
        allowsUnused ? "allow-unused" : nil,
        labels.map { "labels=\($0.lastPathComponent)" },
      ]
      return options.compactMap(\.self) + preprocessing.options
    }
  }

  /// Reads, checks, writes beside the target, reads back, compares, and only then gives the file
  /// its name.
  ///
  /// - Throws: A ``Rejection`` where the answer is no; a `ReadError` where something is broken.
  ///   Whatever is thrown, the target is as it was.
  public static func run(_ request: Request) throws -> ConversionReport {
    try check(request)
    // Created first, so that an output that cannot be is known before anything is read.
    var outputs = try OutputFiles(request)
    request.progress(.reading)
    let source = try SourceFile(opening: request.input, options: request.source)
    try outputs.requireOther(than: source)
    var identified = try source.identify(given: request.architecture)
    if let resolution = request.resolution {
      identified.architecture = identified.architecture.with(resolution: resolution)
    }
    let network = try identified.network(allowsUnused: request.allowsUnused)
    let summaries = try identified.summaries()
    let counterpart = try counterpart(of: network, identified, request)
    let golden = try request.golden.map { try GoldenFile(path: $0) }
    let labels = try request.labels.map { try ClassLabels(path: $0) }
    try labels?.require(count: network.architecture.classCount)
    let folds = network.form == .separate && !request.keepsBatchNorm
    guard !(network.form == .folded && request.keepsBatchNorm) else {
      throw ReadError(
        .unsuitableRequest, "the batch norms are folded already", path: [request.input],
        expected: "a source that still has them", advice: "leave out --keep-batch-norm")
    }
    // A native file keeps its fingerprint, which it must deserve.
    if request.verifies, let fingerprint = source.model?.fingerprint {
      let comparison = try fingerprint.comparison(with: network)
      guard comparison.isMatch else { throw Rejection(comparison, path: request.input) }
    }
    let writtenForm: NormalizationForm = folds ? .folded : network.form
    let writesGraph = request.writesGraph
    let layout =
      request.layout ?? (writtenForm == .folded && !writesGraph ? .blocked : .rowMajor)
    let verification = try Verification(
      of: network, writtenForm: writtenForm, writtenType: request.elementType,
      runsSource: request.verifies, progress: request.progress)
    let model = GPWModel(
      network: network, writtenForm: writtenForm, layout: layout, name: identified.published?.name,
      preprocessing: request.preprocessing.applied(to: identified.preprocessing),
      labels: labels?.names ?? source.notes.labels,
      fingerprint: try source.model?.fingerprint ?? verification.fingerprint(),
      provenance: GPWModel.Provenance(
        sourceName: request.input.lastPathComponent, sourceSHA256: source.sha256(),
        sourceFormat: source.format.rawValue, key: source.choice?.keyPath ?? "",
        toolVersion: toolVersion, options: request.contentOptions + source.externalDigests))

    let export = writesGraph ? try graph(of: network, as: model, request) : nil
    let written: Network
    var writtenGraph: ONNXFile?
    if let export {
      let graph = try outputs.write(export, request.progress)
      writtenGraph = graph
      do {
        written = try LiftedNetwork(graph).network(namedAs: identified.architecture)
      } catch {
        throw error.within("reading back \(request.output)")
      }
    } else {
      written = try outputs.write(model, request.progress).network
    }
    var comparisons = ConversionReport.Comparisons()
    comparisons.counterpart = counterpart
    comparisons.verification = try verification.compareWithSource(written)
    if let graph = source.lifted?.file {
      comparisons.graph = try verification.compare(
        written, with: graph, subject: "written file against the graph, node by node")
    }
    if let writtenGraph {
      comparisons.writtenGraph = try verification.compare(
        network, with: writtenGraph, subject: "source against the written graph, node by node")
    }
    if let golden {
      comparisons.golden = try verification.compare(written, with: golden)
    }
    if let report = comparisons.firstMismatch {
      throw Rejection(report, path: request.input, advice: "nothing was written")
    }
    try source.requireUnchanged()
    // There may be one more than at the beginning.
    try outputs.requireOther(than: source)
    let byteCount = outputs.byteCount
    if !request.isDryRun {
      try outputs.commit { (weightsName, file) throws(ReadError) in
        try graph(of: network, as: model, request, weights: .beside(fileName: weightsName))
          .write(to: &file)
      }
    }
    return ConversionReport(
      request: request, identified: identified, summaries: summaries, model: model,
      byteCount: byteCount, externalData: export?.externalData,
      tensorCount: network.architecture.parameters(writtenForm).count {
        // A graph has nothing that inference does not read.
        !writesGraph || $0.isFloatingPoint
      },
      ledger: source.ledger(identified.architecture, foldsBatchNorms: folds),
      comparisons: comparisons)
  }

  /// The comparison with the parameters of another file, where that is asked for.
  private static func counterpart(
    of network: Network, _ identified: IdentifiedNetwork, _ request: Request
  ) throws -> CounterpartComparison? {
    guard let path = request.counterpart else { return nil }
    var options = request.source
    options.key = nil
    let other = try SourceFile(opening: path, options: options)
    let otherIdentified: IdentifiedNetwork
    if other.lifted == nil, other.model == nil, identified.published == nil {
      // A checkpoint that is no published network is taken for what the source is.
      otherIdentified = IdentifiedNetwork(
        source: other,
        architecture: identified.architecture.takingStages(
          from: other.parameters.parameters.names),
        published: nil)
    } else {
      otherIdentified = try other.identify()
    }
    return try CounterpartComparison(
      of: network, at: request.input,
      with: try otherIdentified.network(allowsUnused: request.allowsUnused), of: other)
  }

  private static func check(_ request: Request) throws(ReadError) {
    guard !(request.keepsBatchNorm && request.layout == .blocked) else {
      throw ReadError(
        .unsuitableRequest, "only a network whose batch norms are folded can be blocked",
        path: [request.output], advice: "leave out --keep-batch-norm or --layout")
    }
    let writesGraph = request.writesGraph
    guard writesGraph || request.output.hasSuffix(".gpw") else {
      throw ReadError(
        .unsuitableRequest, "the format of the output is unknown", path: [request.output],
        expected: "a path that ends in .gpw or \(Request.graphSuffix)")
    }
    guard !(writesGraph && request.layout == .blocked) else {
      throw ReadError(
        .unsuitableRequest, "an ONNX file has no blocked weights", path: [request.output],
        advice: "leave out --layout")
    }
    guard
      writesGraph
        || (request.elementType == nil && request.opset == nil && !request.hasExternalData)
    else {
      throw ReadError(
        .unsuitableRequest,
        "only an ONNX file has operators, another type of weights and external data",
        path: [request.output], advice: "leave out --opset, --dtype and --external-data")
    }
    if let identity = FileStatus.identity(of: request.input),
      identity == FileStatus.identity(of: request.output)
    {
      throw ReadError(
        .sameFile, "input and output are the same file", path: [request.output],
        advice: "give the output another name")
    }
  }

  /// The network as an ONNX file that says where it comes from; where its weights are is the
  /// request's choice if nothing else is said.
  private static func graph(
    of network: Network, as model: GPWModel, _ request: Request,
    weights: ONNXExport.Options.WeightPlace? = nil
  ) throws(ReadError) -> ONNXExport {
    var options = ONNXExport.Options(form: model.writtenForm)
    if let opset = request.opset { options.opset = opset }
    options.elementType = request.elementType
    let weightsName = request.weightsPath.lastPathComponent
    options.weights =
      weights
      ?? (request.hasExternalData
        ? .beside(fileName: weightsName) : .insideUnlessTooLarge(fileName: weightsName))
    let provenance = model.provenance
    return try ONNXExport(
      network, name: model.name, producerVersion: toolVersion,
      provenance: [
        ONNXFile.Property("gpunet.source", provenance.sourceName),
        ONNXFile.Property("gpunet.source.sha256", provenance.sourceSHA256),
        ONNXFile.Property("gpunet.source.format", provenance.sourceFormat),
        ONNXFile.Property("gpunet.options", provenance.options.joined(separator: "\n")),
      ].filter { !$0.value.isEmpty } + RecordedNotes.properties(model),
      documentation: "\(model.name ?? "GPUNet"), from \(provenance.sourceName)", options: options)
  }
}

/// The version of this package and its tools.
public let toolVersion = "0.1.0"

extension String {
  /// What follows the last slash of a path.
  var lastPathComponent: String { String(split(separator: "/").last ?? "") }
}
