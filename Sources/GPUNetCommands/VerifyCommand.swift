import BinaryInput
public import CommandLineTool
import Equivalence
import GPUNetIR
import GPUNetKit
import NetworkRecognition
import StrictJSON

/// `gpunet-verify`: whether a file gives the answers that it should.
public enum VerifyCommand {
  /// What the tool takes.
  public static let description = ToolDescription(
    name: "gpunet-verify", version: toolVersion,
    abstract: "Show that a model file is whole and gives the answers that it should.",
    discussion: """
      A .gpw file carries its fingerprint: what the network that it was converted from answered to \
      an input that is made again from the format's document. The network in the file is run in \
      64-bit arithmetic and compared with it, so that no other file is needed. With --golden, any \
      model is compared with outputs recorded from PyTorch, layer by layer where they were recorded.

      Exit codes: 0 verified; 1 the answers differ, or there is nothing to compare with; 64 usage; \
      65 damaged, malformed or unsupported input; 66 input cannot be opened.
      """,
    arguments: [ArgumentDescription("model", help: "The file to verify.")],
    options: SharedOptions.source + [
      .option(
        "golden", value: "file", .path,
        help: "Compare with outputs recorded from PyTorch (.npz: input, output, layers/…)."),
      .flag("json", help: "Print the report as JSON."),
      .flag("quiet", short: "q", help: "Print errors only."),
    ])

  /// Runs the tool and ends the process.
  public static func main() -> Never {
    Interruption.handle {}
    description.run(body: run)
  }

  private static func run(_ arguments: ParsedArguments) throws(EarlyExit) -> ExitCode {
    let checkpointOptions = try SharedOptions.checkpointOptions(arguments, description)
    let report = try exiting {
      var request = ModelVerification.Request(model: arguments.positional("model") ?? "")
      request.architecture = try SharedOptions.architecture(arguments)
      request.average = SharedOptions.average(arguments)
      request.key = arguments.value("key")
      request.checkpointOptions = checkpointOptions
      request.golden = arguments.value("golden")
      return try ModelVerification(request)
    }
    if arguments.flag("json") {
      try StandardStreams.writeOutput(report.json.serialized(pretty: true) + "\n")
    } else if !arguments.flag("quiet") {
      try StandardStreams.writeOutput(text(report))
    }
    guard let mismatch = report.firstMismatch else { return .success }
    throw EarlyExit(Rejection(mismatch, path: report.identified.source.file.path))
  }

  private static func text(_ report: ModelVerification) -> String {
    let source = report.identified.source
    var lines = [
      sourceLine(report.identified), networkLine(report.identified),
      source.model == nil
        ? "\(grouped(report.tensorCount)) tensors read"
        : "\(grouped(report.tensorCount)) tensors, every checksum right",
    ]
    if let fingerprint = report.fingerprint, let size = report.fingerprintResolution {
      lines.append(
        "fingerprint at \(size) px: \(fingerprint.isMatch ? "matches" : "DIFFERS"), "
          + differences(fingerprint))
    }
    if let golden = report.golden {
      let layers = golden.comparisons.count - 1
      lines.append(
        "recorded output and \(layers) layers: \(golden.isMatch ? "match" : "DIFFER"), "
          + differences(golden))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
