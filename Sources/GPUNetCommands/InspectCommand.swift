import ArchitectureConfiguration
import BinaryInput
public import CommandLineTool
import NetworkFamilies
import NetworkProgram
import GPUNetKit
import ModelFiles
import GPUNetRuntime
import GPWFormat
import GPUNetValidation
import NetworkRecognition
import Spelling
import StrictJSON
import TensorData
import HDF5Weights

/// `gpunet-inspect`: what network a file holds.
public enum InspectCommand {
  private enum Format: String, CaseIterable {
    case text, table, markdown, layers, config, json
  }

  /// What the tool takes.
  public static let description = ToolDescription(
    name: "gpunet-inspect", version: toolVersion,
    abstract:
      "Print the architecture of the network in a file of any format, and what its tensors are.",
    discussion: """
      Formats: text is what PyTorch prints of the model, and its sizes; table and markdown have a \
      line a layer; layers is a description of any network, which --arch reads back; config is \
      NVIDIA's JSON form of a GPUNet, which --arch reads back, too; json is for machines.

      --stats, --hash and --check take the named tensors of any file, whosever they are; --key \
      names a group of them.

      Exit codes: 0 yes; 1 the answer is no (unknown network, findings of --validate, \
      other tensors than --check wants); 64 usage; \
      65 malformed or unsupported input; 66 input cannot be opened; 74 \
      reading failed, or the worker for HDF5 files is not there.
      """,
    arguments: [ArgumentDescription("file", help: "The file to inspect.")],
    forms: [ArgumentForm(with: "cpu", []), ArgumentForm(with: "list-networks", [])],
    options: SharedOptions.source + [
      SharedOptions.resolutionOption,
      .option(
        "format", value: "format", .choice(Format.allCases.map(\.rawValue)),
        default: Format.text.rawValue, help: "What to print."),
      .flag("json", help: "The same as --format json."),
      .flag(
        "tensors",
        help: """
          Print every tensor of the state dict: name, type, shape, bytes; of all there are where no \
          network is recognised.
          """),
      .flag("validate", help: "Check the layer strings against the tensors' shapes."),
      .flag(
        "list-networks",
        help: "Print the networks that --arch takes by name, and their published weights."),
      .flag("cpu", help: "Print this processor's features and the kernels that gpunet-bench uses."),
    ] + namedTensorOptions, subcommands: [DiffCommand.description])

  /// Runs the tool and ends the process.
  public static func main() -> Never {
    Interruption.handle { RunningWorkers.end() }
    description.run(body: run)
  }

  private static func run(_ arguments: ParsedArguments) throws(EarlyExit) -> ExitCode {
    if arguments.subcommand != nil { return try DiffCommand.run(arguments) }
    if arguments.flag("cpu") {
      try StandardStreams.writeOutput(try exiting { try kernelTable() })
      return .success
    }
    if arguments.flag("list-networks") {
      try StandardStreams.writeOutput(networkTable().plainText())
      return .success
    }
    if let code = try runOnNamedTensors(arguments) { return code }
    let resolution = try SharedOptions.resolution(arguments, description)
    let options = try SharedOptions.source(arguments, description)
    let selection = SharedOptions.selection(arguments)
    let file = try exiting {
      try SourceFile(opening: arguments.positional("file") ?? "", options: options)
    }
    let given = try exiting { try SharedOptions.architecture(arguments) }
    if arguments.flag("tensors") {
      let table = try exiting { try tensorTable(file, selection, given: given) }
      try StandardStreams.writeOutput(table)
      return .success
    }
    var identified = try exiting { try file.identify(given: given, selecting: selection) }
    if let resolution {
      identified.architecture = identified.architecture.with(resolution: resolution)
    }
    if arguments.flag("validate") { return try validate(identified) }
    let format =
      wantsJSON(arguments)
      ? .json : arguments.value("format").flatMap { Format(rawValue: $0) } ?? .text
    let output = try exiting {
      // A picture of a network that does not fit would be a lie.
      _ = try identified.network(allowsUnused: true)
      return try printed(identified, as: format)
    }
    try StandardStreams.writeOutput(output)
    return .success
  }

  /// The processor's features, and the kernels with the ones marked that are used.
  private static func kernelTable() throws -> String {
    let preferred = try KernelSet.preferred()
    var table = TextTable(columns: [
      .init(""), .init("kernels"), .init("need"), .init("present"), .init("pixels × blocks"),
    ])
    for kernels in KernelSet.all {
      table.append([
        kernels.name == preferred.name ? "*" : "", kernels.name, kernels.neededFeatures,
        kernels.isSupported ? "yes" : "no", kernels.tile,
      ])
    }
    let features = ProcessorFeatures.all.map { "\($0.name) \($0.isPresent ? "yes" : "no")" }
    return """
      features: \(features.joined(separator: ", "))

      \(table.plainText())
      * is used; \(KernelSet.environmentVariable) chooses another.

      """
  }

  private static func validate(_ identified: IdentifiedNetwork) throws(EarlyExit) -> ExitCode {
    let findings = identified.findings()
    let path = identified.source.file.path.escapedForDisplay()
    guard findings.isEmpty else {
      let lines = findings.map { "  " + $0.description.escapedForDisplay() }
      try StandardStreams.writeOutput(
        (["\(path): \(findings.count.counted("finding"))"] + lines).joined(separator: "\n") + "\n")
      return .negative
    }
    try StandardStreams.writeOutput(
      """
      \(path): no findings
        \(identified.architecture.entries.count) layers fit each other and the shapes of \
      \(grouped(identified.source.parameterNames.count)) tensors at \
      \(identified.architecture.resolution) px
      \(evidenceLines(identified.evidence, isVerbose: false).joined(separator: "\n"))

      """)
    return .success
  }

  private static func printed(
    _ identified: IdentifiedNetwork, as format: Format
  ) throws -> String {
    let architecture = identified.architecture
    let summaries = try identified.summaries()
    switch format {
    case .text:
      return ([architecture.printedForm] + facts(identified, NetworkTotals(summaries)))
        .joined(separator: "\n") + "\n"
    case .table:
      return layerTable(summaries).plainText()
    case .markdown:
      return layerTable(summaries).markdown()
    case .layers:
      return architecture.descriptionText
    case .config:
      guard architecture.convention.isGPUNet else {
        throw ReadError(
          .unsuitableRequest, "NVIDIA's configurations describe GPUNets alone",
          path: [identified.source.file.path], expected: "a GPUNet",
          found: identified.published?.name ?? architecture.convention.name,
          advice: "--format layers describes any network")
      }
      return configurationText(architecture)
    case .json:
      return identified.json(summaries).serialized(pretty: true) + "\n"
    }
  }

  /// The networks that have a name, and what is published for them.
  private static func networkTable() -> TextTable {
    var table = TextTable(columns: [
      .init("network"), .init("pixels", .right), .init("parameters", .right), .init("epsilon"),
      .init("padding"), .init("published weights"),
    ])
    for network in PublishedNetwork.gpunets + PublishedNetwork.ofLibraries {
      let architecture = network.architecture
      let learned = architecture.parameters(.separate).filter(\.isLearned)
      let weights =
        NetworkCatalogue.entries.first { $0.qualifiedName == network.name }?.published
        .compactMap { $0.tag ?? $0.file } ?? [network.publishedAs]
      table.append([
        network.name, "\(architecture.resolution)",
        grouped(learned.reduce(0) { $0 + $1.shape.reduce(1, *) }),
        "\(architecture.rules.epsilon)", "\(architecture.rules.padding)",
        weights.joined(separator: " "),
      ])
    }
    return table
  }

  private static func facts(
    _ identified: IdentifiedNetwork, _ totals: NetworkTotals
  ) -> [String] {
    let architecture = identified.architecture
    let source = identified.source
    var rows = [
      ("network", identified.published?.name ?? "not a published one"),
      ("convention", conventionText(architecture)),
      ("resolution", "\(architecture.resolution)"),
      ("classes", grouped(architecture.classCount)),
      ("parameters", grouped(totals.parameterCount)),
      ("multiply-adds", grouped(totals.multiplyAdds)),
      ("batch norms", source.form.rawValue),
      ("bytes", grouped(source.file.bytes.count)),
      ("source", sourceLine(identified)),
    ]
    rows += choiceLines(source).map { ("", String($0.drop { $0 == " " })) }
    for file in source.file.externalFiles {
      rows.append(
        ("beside it", "\(file.path.escapedForDisplay()): \(grouped(file.bytes.count)) bytes"))
    }
    rows += identified.warnings.map { ("warning", $0.escapedForDisplay()) }
    if let layout = source.layoutName { rows.append(("layout", layout)) }
    if identified.hasOwnPreprocessing {
      rows.append(
        (
          "preprocessing",
          preprocessingText(identified.preprocessing)
            + (identified.assumesPreprocessing ? "; assumed, as is usual for it" : "")
        ))
    }
    if let licence = identified.licence {
      rows.append(("licence", licence.escapedForDisplay()))
    }
    if let labels = source.notes.labels {
      let shown = labels.prefix(3).map { $0.escapedForDisplay(limit: 60) }
      let rest =
        labels.count > shown.count ? " and \(grouped(labels.count - shown.count)) more" : ""
      rows.append(("labels", shown.joined(separator: ", ") + rest))
    }
    if let provenance = source.model?.provenance, !provenance.sourceName.isEmpty {
      let key = provenance.key.isEmpty ? "" : ", '\(provenance.key)'"
      rows.append(
        (
          "made from",
          "\(provenance.sourceName) (\(provenance.sourceFormat)\(key)), SHA-256 \(provenance.sourceSHA256)"
            .escapedForDisplay()
        ))
      if !provenance.options.isEmpty {
        rows.append(("made with", provenance.options.joined(separator: " ").escapedForDisplay()))
      }
    }
    return rows.map { name, value in
      name + String(repeating: " ", count: 15 - name.count) + value
    }
  }

  private static func preprocessingText(_ preprocessing: Preprocessing) -> String {
    func list(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: ", ") }
    return "mean \(list(preprocessing.mean)); std \(list(preprocessing.standardDeviation)); "
      + "crop \(preprocessing.cropFraction); "
      + preprocessing.interpolation.escapedForDisplay()
  }

  private static func layerTable(_ summaries: [LayerSummary]) -> TextTable {
    let totals = NetworkTotals(summaries)
    let whole = Double(max(totals.multiplyAdds, 1))
    var table = TextTable(columns: [
      .init("module"), .init("layer"), .init("input"), .init("output"),
      .init("parameters", .right), .init("multiply-adds", .right), .init("share", .right),
    ])
    for summary in summaries {
      let tenths = Int((Double(summary.multiplyAdds) * 1_000 / whole).rounded())
      table.append([
        summary.label.moduleName, summary.label.text, "\(summary.input)", "\(summary.output)",
        grouped(summary.parameterCount), grouped(summary.multiplyAdds),
        "\(tenths / 10).\(tenths % 10)%",
      ])
    }
    table.append([
      "all", "", "", "", grouped(totals.parameterCount), grouped(totals.multiplyAdds), "100.0%",
    ])
    return table
  }

  /// One object a line, as the published files have it.
  private static func configurationText(_ architecture: Architecture) -> String {
    let objects = architecture.configuration.array ?? []
    return "[\n" + objects.map { "  " + $0.serialized(pretty: false) }.joined(separator: ",\n")
      + "\n]\n"
  }

  private static func tensorTable(
    _ file: SourceFile, _ selection: NetworkSource.Selection, given: ArchitectureChoice?
  ) throws(ReadError) -> String {
    var chosen: NetworkSource?
    do throws(ReadError) {
      let source = try NetworkSource(file, selection, given: given)
      chosen = source
      _ = try source.identify()
    } catch {
      // An architecture that was asked for has to be there.
      guard given == nil, error.code.kind != .inputOutput else { throw error }
      // The key of a network may have the prefix of its names behind that of its group.
      let key = selection.key.map { chosen?.choice?.taken.candidate.keyPath ?? $0 }
      return tensorTable(try NamedTensors(file, key: key))
    }
    guard let source = chosen else { preconditionFailure("a network that was identified") }
    let group = try NamedTensors(file, key: source.choice?.taken.candidate.keyPath)
    return group.entries.contains { $0.refusal != nil }
      ? tensorTable(group) : try tensorTable(source)
  }

  private static func tensorTable(_ source: NetworkSource) throws(ReadError) -> String {
    // Only a native file has a choice.
    let showsLayout = source.model != nil
    var table = TextTable(
      columns: [.init("tensor"), .init("type"), .init("shape")]
        + (showsLayout ? [.init("layout")] : []) + [.init("bytes", .right)])
    for (name, tensor) in try source.tensors() {
      table.append(
        [
          name.escapedForDisplay(), tensor.elementType.rawValue,
          shapeText(tensor.shape),
        ] + (showsLayout ? [tensor.layout.rawValue] : []) + [grouped(tensor.byteCount)])
    }
    return table.plainText()
  }
}
