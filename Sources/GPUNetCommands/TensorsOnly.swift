import BinaryInput
import CommandLineTool
import GPUNetKit
import ModelFiles
import Spelling
import StrictJSON
import TensorData

/// `gpunet-convert --tensors-only`: named tensors from file to file, whosever they are.
enum TensorsOnly {
  static let option = OptionDescription.flag(
    "tensors-only",
    help: """
      Carry the named tensors over as they are, whosever they are: no network is looked for. With \
      --key, those under that key; with --allow-unused, without those that cannot be \
      read or that the format cannot have.
      """)

  /// The options that mean something where no network is looked for.
  private static let names: Set<String> = [
    option.name, "allow-opaque", "allow-hard-links", "max-bytes", "key", "allow-unused", "dtype",
    "compression", "layout-of-kernels", "force", "dry-run", "json", "quiet", "verbose",
  ]

  /// Runs the transfer that was asked for.
  ///
  /// - Throws: An exit with ``ExitCode/usage`` where an option asks for something of a network; what
  ///   the transfer's errors lead to.
  static func run(
    _ arguments: ParsedArguments, _ tool: ToolDescription
  ) throws(EarlyExit) {
    if let stray = tool.options.first(where: {
      arguments.isGiven($0) && !names.contains($0.name)
    }) {
      throw tool.usageError(
        "'--\(stray.name)' cannot be used with '--\(option.name)', which looks for no network")
    }
    let output = arguments.positional("output") ?? ""
    let options = try SharedOptions.source(arguments, tool)
    guard let target = try TargetOptions.target(for: output, arguments, tool) as? TensorTarget
    else {
      throw tool.usageError(
        "'--\(option.name)' writes files of named tensors: give an output that ends in "
          + ModelFormat.writtenSuffixes(holdingTensors: true))
    }
    var request = TensorTransfer.Request(
      input: arguments.positional("input") ?? "", output: output, target: target)
    request.key = arguments.value(SharedOptions.keyOption.name)
    request.source = options
    request.allowsUnused = arguments.flag("allow-unused")
    request.replaces = arguments.flag("force")
    request.isDryRun = arguments.flag("dry-run")
    let report = try exiting { [request] in try request.run(shows: !arguments.flag("quiet")) }
    if arguments.flag("json") {
      try StandardStreams.writeOutput(report.json.serialized(pretty: true) + "\n")
    } else if !arguments.flag("quiet") {
      try StandardStreams.writeOutput(text(report, isVerbose: arguments.flag("verbose")))
    }
  }

  private static func text(_ report: TensorTransfer.Report, isVerbose: Bool) -> String {
    let request = report.request
    let count = report.entries.count.counted("tensor")
    let written = "\(grouped(report.byteCount)) bytes, \(count)"
    var lines = [
      "\(request.input.escapedForDisplay()): \(report.sourceFormat)",
      request.isDryRun
        ? "dry run: \(request.output.escapedForDisplay()) would have \(written)"
        : "wrote \(request.output.escapedForDisplay()): \(written)",
    ]
    if isVerbose {
      lines += listed(
        report.entries.map { entry in
          let shape = (entry.shape ?? []).map { "\($0)" }.joined(separator: "×")
          return "  \(entry.name.escapedForDisplay()) \(entry.elementType?.rawValue ?? "") \(shape)"
        })
    }
    if !report.leftOut.isEmpty {
      lines.append("  \(report.leftOut.count.counted("tensor")) left out:")
      lines += listed(
        report.leftOut.map { "    \($0.refusal.description(RemedyWords.text))" })
    }
    if !report.otherPaths.isEmpty {
      lines.append(
        "  \(report.otherPaths.count.counted("tensor")) without a name of its own left out:")
      lines += listed(report.otherPaths.map { "    \($0.escapedForDisplay())" })
    }
    if report.leftOutFactCount > 0 {
      lines.append("  \(report.leftOutFactCount.counted("attribute")) of the file left out")
    }
    if report.copiedCount != nil {
      lines.append("proven: each of them, read back, has the bits of its source")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension TensorTransfer.Report {
  /// The report for machines; `Schemas/gpunet-convert-tensors.schema.json` describes it.
  fileprivate var json: JSONValue {
    [
      "schema": "gpunet-convert-tensors/1",
      "input": .string(request.input),
      "inputFormat": .string(sourceFormat),
      "output": request.isDryRun ? nil : .string(request.output),
      "outputByteCount": JSONValue(byteCount),
      "tensors": .array(
        entries.map { entry in
          [
            "name": .string(entry.name),
            "type": entry.elementType.map { .string($0.rawValue) } ?? nil,
            "shape": .array((entry.shape ?? []).map { JSONValue($0) }),
          ]
        }),
      "leftOut": .array(leftOut.map { .string($0.name) } + otherPaths.map { .string($0) }),
      "leftOutAttributes": JSONValue(leftOutFactCount),
      "copiedTensors": copiedCount.map { JSONValue($0) } ?? nil,
    ]
  }
}
