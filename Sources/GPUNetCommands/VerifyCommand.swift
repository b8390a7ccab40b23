import BinaryInput
public import CommandLineTool
import Equivalence
import GPUNetKit
import ModelFiles
import NetworkRecognition
import ONNXModel
import StrictJSON
import HDF5Weights

/// `gpunet-verify`: whether a file gives the answers that it should.
public enum VerifyCommand {
  private static let operatorTestsOption = OptionDescription.flag(
    "onnx-tests",
    help: """
      Run operator tests in the layout that the ONNX project publishes (model.onnx, \
      test_data_set_N/input_M.pb, output_M.pb) through the interpreter that verifies graphs.
      """)

  /// What the tool takes.
  public static let description = ToolDescription(
    name: "gpunet-verify", version: toolVersion,
    abstract: "Show that a model file is whole and gives the answers that it should.",
    discussion: """
      A .gpw file carries its fingerprint: what the network that it was converted from answered to \
      an input that is made again from the format's document. The network in the file is run in \
      64-bit arithmetic and compared with it, so that no other file is needed. With --golden, any \
      model is compared with outputs recorded from PyTorch, layer by layer where they were recorded.

      With --onnx-tests, every test that fails or has unsupported operators is one line; the last \
      one counts them.

      Exit codes: 0 verified; 1 the answers differ, or there is nothing to compare with; 64 usage; \
      65 damaged, malformed or unsupported input; 66 input cannot be opened; 74 \
      reading failed, or the worker for HDF5 files is not there.
      """,
    arguments: [ArgumentDescription("model", help: "The file to verify.")],
    forms: [
      ArgumentForm(
        with: operatorTestsOption.name,
        [
          ArgumentDescription(
            "folders", .oneOrMore, help: "With --onnx-tests: folders with tests, or with such.")
        ])
    ],
    options: SharedOptions.source + [
      .option(
        "golden", value: "file", .path,
        help: """
          Compare with outputs recorded from PyTorch: named arrays input, output and layers/… in an \
          .npz file or another container.
          """),
      operatorTestsOption,
      .flag("json", help: "Print the report as JSON."),
      .flag("quiet", short: "q", help: "Print errors only."),
    ])

  /// Runs the tool and ends the process.
  public static func main() -> Never {
    Interruption.handle { RunningWorkers.end() }
    description.run(body: run)
  }

  private static func run(_ arguments: ParsedArguments) throws(EarlyExit) -> ExitCode {
    if arguments.flag(operatorTestsOption.name) {
      return try runOperatorTests(arguments.positionals("folders"))
    }
    let sourceOptions = try SharedOptions.source(arguments, description)
    let report = try exiting {
      var request = ModelVerification.Request(model: arguments.positional("model") ?? "")
      request.architecture = try SharedOptions.architecture(arguments)
      request.source = sourceOptions
      request.selection = SharedOptions.selection(arguments)
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

  private static func runOperatorTests(_ folders: [String]) throws(EarlyExit) -> ExitCode {
    var tests: [String] = []
    for folder in folders {
      let names = try exiting { try FileStatus.entries(of: folder) }
      tests += names.contains("model.onnx") ? [folder] : names.map { "\(folder)/\($0)" }
    }
    var passed = 0
    var failed = 0
    var unsupported = 0
    for test in tests {
      switch ONNXOperatorTest.run(test) {
      case .passed: passed += 1
      case .failed(let difference):
        failed += 1
        try StandardStreams.writeOutput("failed: \(difference.escapedForDisplay())\n")
      case .unsupported(let operators):
        unsupported += 1
        let names = operators.joined(separator: ", ")
        try StandardStreams.writeOutput(
          "unsupported: \(test.escapedForDisplay()): \(names.escapedForDisplay())\n")
      }
    }
    try StandardStreams.writeOutput(
      "\(passed) passed, \(failed) failed, \(unsupported) unsupported\n")
    return failed > 0 || tests.isEmpty ? .negative : .success
  }

  private static func text(_ report: ModelVerification) -> String {
    let source = report.identified.source
    var lines = [sourceLine(report.identified)] + choiceLines(source)
    lines += warningLines(report.identified.warnings)
    lines += [
      networkLine(report.identified),
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
