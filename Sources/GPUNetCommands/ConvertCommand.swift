import BinaryInput
public import CommandLineTool
import Equivalence
import NetworkFamilies
import NetworkProgram
import GPUNetKit
import GPUNetValidation
import GPWFormat
import HDF5Weights
import ModelFiles
import NetworkRecognition
import ONNXModel
import StrictJSON
import TensorData

/// `gpunet-convert`: a checkpoint in, a native file out, and the proof that nothing was lost.
public enum ConvertCommand {
  /// What the tool takes.
  public static let description = ToolDescription(
    name: "gpunet-convert", version: toolVersion,
    abstract: "Convert a network from one file format into another and show that nothing was lost.",
    discussion: """
      The input is recognised by its content: \(ModelFormat.readTitles), or a folder with one; the \
      output's format by its name, which ends in \(ModelFormat.writtenSuffixes()). The layers of an \
      ONNX graph are recognised by what it computes, and the graph itself is executed to verify the \
      result. In .gpw and .onnx files batch norms are folded into the convolutions unless \
      --keep-batch-norm is given; a file of named tensors has the tensors of its source, under \
      their names and bit for bit. The written file is read back and compared with its source, and \
      appears under its name only if everything matches.

      With --into, every input is converted into a file of its own name in that folder, with .gpw \
      in place of the ending that tells its format. One that fails is reported and does not \
      keep the others from being converted. The exit code is the worst one, in the order 70, 74, \
      73, 66, 65, 64, 1, 0; --json prints an array.

      Exit codes: 0 converted; 1 the answer is no (unknown network, parameters that do not fit, \
      unused tensors, answers that differ); 64 usage; 65 malformed or unsupported input; 66 input \
      cannot be opened; 73 output cannot be created; 74 input or output failed.
      """,
    arguments: [
      ArgumentDescription("input", help: "The file to convert."),
      ArgumentDescription(
        "output", help: "The file to write, which ends in \(ModelFormat.writtenSuffixes())."),
    ],
    forms: [
      ArgumentForm(
        with: intoOption.name,
        [ArgumentDescription("inputs", .oneOrMore, help: "With --into: the files to convert.")])
    ],
    options: SharedOptions.source + [
      SharedOptions.resolutionOption
    ] + TargetOptions.options + [
      .flag("allow-unused", help: "Leave out tensors that belong to no layer."),
      .flag(
        "allow-nonfinite",
        help: """
          Convert although parameters hold NaN or infinities; the file carries no fingerprint, and \
          nothing is proven.
          """),
      .option(
        "golden", value: "file", .path,
        help: """
          Compare with outputs recorded from PyTorch: named arrays input, output and layers/… in an \
          .npz file or another container.
          """),
      .option(
        "against", value: "file", .path,
        help: """
          Show that this file holds the same parameters, without running either: batch norms \
          folded in 64 bits, channel by channel.
          """),
    ] + PreprocessingOptions.all + [
      .flag(
        "no-verify",
        help: "Do not compare the written file's answers with its source's; it is only read back."),
      intoOption,
      TensorsOnly.option,
      .flag("force", short: "f", help: "Replace the output where it exists."),
      .flag("dry-run", help: "Do everything but keep the file."),
      .flag("json", help: "Print the report as JSON."),
      .flag("quiet", short: "q", help: "Print errors only."),
      .flag("verbose", short: "v", help: "Name the tensors that met each fate."),
    ])

  /// Runs the tool and ends the process.
  public static func main() -> Never {
    Interruption.handle {
      RunningWorkers.end()
      AtomicOutputFile.removeTemporaryFiles()
      ProgressLine.erase()
    }
    description.run(body: run)
  }

  private static func run(_ arguments: ParsedArguments) throws(EarlyExit) -> ExitCode {
    if arguments.flag(TensorsOnly.option.name) {
      try TensorsOnly.run(arguments, description)
      return .success
    }
    let resolution = try SharedOptions.resolution(arguments, description)
    let several = try SeveralConversions(arguments, description)
    let sourceOptions = try SharedOptions.source(arguments, description)
    let preprocessing = try PreprocessingOptions.choice(arguments, description)
    let outputName =
      several == nil ? arguments.positional("output") ?? "" : SeveralConversions.outputSuffix
    let target = try TargetOptions.target(for: outputName, arguments, description)
    let request = try exiting {
      var request = Conversion.Request(
        input: arguments.positional("input") ?? "", output: arguments.positional("output") ?? "")
      request.architecture = try SharedOptions.architecture(arguments)
      request.resolution = resolution
      request.source = sourceOptions
      request.selection = SharedOptions.selection(arguments)
      request.target = target
      request.allowsNonfinite = arguments.flag("allow-nonfinite")
      request.allowsUnused = arguments.flag("allow-unused")
      request.verifies = !arguments.flag("no-verify")
      request.golden = arguments.value("golden")
      request.counterpart = arguments.value("against")
      request.labels = arguments.value(PreprocessingOptions.labels.name)
      request.preprocessing = preprocessing
      request.replaces = arguments.flag("force")
      request.isDryRun = arguments.flag("dry-run")
      request.showsProgress(!arguments.flag("quiet"))
      return request
    }
    if let several {
      return try several.run(request) { (report) throws(EarlyExit) in
        if !arguments.flag("json"), !arguments.flag("quiet") {
          try StandardStreams.writeOutput(text(report, isVerbose: arguments.flag("verbose")))
        }
      }
    }
    let report = try exiting { try request.run() }
    if arguments.flag("json") {
      try StandardStreams.writeOutput(report.json.serialized(pretty: true) + "\n")
    } else if !arguments.flag("quiet") {
      try StandardStreams.writeOutput(text(report, isVerbose: arguments.flag("verbose")))
    }
    return .success
  }

  private static func text(_ report: ConversionReport, isVerbose: Bool) -> String {
    let request = report.request
    let architecture = report.identified.architecture
    var lines = [sourceLine(report.identified)] + choiceLines(report.identified.source)
    lines += warningLines(report.warnings)
    lines.append(architecture.printedForm)
    lines.append(networkLine(report.identified))
    lines += tensorLines(report.ledger, isVerbose: isVerbose)
    let form = report.model.writtenForm
    let written =
      "\(grouped(report.byteCount)) bytes, \(report.tensorCount) tensors, "
      + "batch norms \(form.rawValue), \(report.model.layout.rawValue)"
    lines.append(
      request.isDryRun
        ? "dry run: \(request.output.escapedForDisplay()) would have \(written)"
        : "wrote \(request.output.escapedForDisplay()): \(written)")
    if let data = report.externalData {
      lines.append(
        "  beside it \(data.fileName.escapedForDisplay()): \(grouped(data.byteCount)) bytes, "
          + "the weights")
    }
    if !report.numberFindings.isEmpty, report.comparisons.copiedCount == nil {
      lines.append(
        "not verified: NaN and infinities prove nothing, and the file carries no fingerprint")
      lines += listed(report.numberFindings.map { "  " + $0.description.escapedForDisplay() })
    }
    if let count = report.comparisons.copiedCount {
      lines.append(
        "proven: each of the \(grouped(count)) tensors, read back, has the bits that were read from its source"
      )
    }
    if let verification = report.comparisons.verification {
      let side = architecture.program(.folded).smallestCoveringSide
      lines.append(
        "verified: the file, read back, gives its source's answers on "
          + "\(VerificationInput.imageCount) images of \(side)×\(side) px")
      lines.append("  " + differences(verification))
      if let graph = report.comparisons.writtenGraph {
        lines.append("the written graph, executed node by node, answers the same")
        lines.append("  " + differences(graph))
      }
      if let graph = report.comparisons.graph {
        lines.append("the graph itself, executed node by node, answers the same")
        lines.append("  " + differences(graph))
        lines.append(
          """
            proven: strides, padding, activations and epsilons are those of the graph, and every \
          parameter was read, folded, rounded and written right
          """)
      } else {
        let proven =
          """
            proven: every parameter was read, folded, rounded and written right (at this size every \
          tap of every convolution meets a pixel)
          """
        lines.append(
          report.hasModules
            ? """
            \(proven)
              stated by the file's modules, and the same: strides, padding, epsilons, kinds of \
            activations; their order is in code, which no file has: only --golden shows it
            """
            : """
            \(proven)
              not proven: the facts that no checkpoint states (strides, padding, activations, \
            epsilons), which both sides share; only --golden shows them
            """)
      }
    }
    if let counterpart = report.comparisons.counterpart {
      let worst = counterpart.worst
      lines.append(
        "same parameters as \(counterpart.path.escapedForDisplay()): "
          + "\(grouped(counterpart.parameterCount)) tensors, channel by channel, folded in 64 bits")
      lines.append(
        "  relative difference \(worst.difference.threeDigits) at most "
          + "(\(worst.name), channel \(worst.channel); bound \(counterpart.bound.threeDigits))")
      lines += evidenceLines(report.evidence, isVerbose: isVerbose)
    }
    if let golden = report.comparisons.golden {
      let layers = golden.source.comparisons.count - 1
      lines.append(
        "matches \(golden.path.escapedForDisplay()): output and \(layers) recorded layers")
      lines.append("  source, 64-bit: " + differences(golden.source))
      lines.append("  written file:   " + differences(golden.written))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func tensorLines(_ ledger: TensorLedger, isVerbose: Bool) -> [String] {
    let counts = ledger.counts
    func names(_ names: [String]) -> [String] {
      listed(names.map { $0.escapedForDisplay() }).map { "    " + $0 }
    }
    var lines = [
      "\(grouped(ledger.entries.count)) tensors in the source: \(grouped(counts.used)) used, "
        + "\(grouped(counts.folded)) folded into convolutions, \(grouped(counts.ignored)) ignored"
    ]
    if isVerbose, counts.used > 0 {
      lines += ["  \(grouped(counts.used)) used:"] + names(ledger.usedNames)
    }
    if isVerbose, counts.folded > 0 {
      lines += ["  \(grouped(counts.folded)) folded:"]
      lines += names(ledger.foldedNames.map { "\($0.name) into \($0.target)" })
    }
    for (why, count) in ledger.ignoredCounts {
      lines.append("  \(grouped(count)) ignored: \(why.escapedForDisplay())")
      if isVerbose { lines += names(ledger.ignoredNames(why: why)) }
    }
    if counts.unused > 0 {
      lines.append("  \(grouped(counts.unused)) unused, left out:")
      lines += names(ledger.unusedNames)
    }
    return lines
  }
}
