import BinaryInput
import CommandLineTool
import GPUNetKit
import ModelFiles
import NetworkRecognition
import StrictJSON

/// `gpunet-inspect diff`: what two files have in common, and what not.
enum DiffCommand {
  private static let leftKeyOption = OptionDescription.option(
    "key-a", value: "path", .anyText, help: "The same as --key, for <a> only.")
  private static let rightKeyOption = OptionDescription.option(
    "key-b", value: "path", .anyText, help: "The same as --key, for <b> only.")

  /// What the subcommand takes.
  static let description = ToolDescription(
    name: "gpunet-inspect diff", version: toolVersion,
    abstract: "Compare two files, whatever their formats.",
    discussion: """
      Compared are the architectures, where both networks are recognised, and the names, shapes, \
      types and values of the tensors. Tensors under other names are found by their content. \
      Distances are the largest absolute difference, and the sum of the squared differences over \
      that of the squares in <a>, in decibels.

      Of a file with several groups of tensors those of the network are compared, or all, each \
      with its key in front of the names, where not both networks are recognised. A file that is \
      called diff is inspected as ./diff.

      Exit codes: 0 the same; 1 different; 64 usage; 65 malformed or unsupported input; 66 input \
      cannot be opened; 74 reading failed, or the worker for HDF5 files is not there.
      """,
    arguments: [
      ArgumentDescription("a", help: "The file to begin with."),
      ArgumentDescription("b", help: "The file to compare it with."),
    ],
    options: [
      SharedOptions.architectureOption, SharedOptions.keyOption, leftKeyOption, rightKeyOption,
      SharedOptions.averageOption,
    ] + SharedOptions.reading + [
      .flag("json", help: "Print JSON for machines."),
      .flag("verbose", short: "v", help: "Print lists whole, and not their first ten lines."),
    ])

  /// Compares the files that are named.
  ///
  /// - Throws: What reading throws, as an exit.
  static func run(_ arguments: ParsedArguments) throws(EarlyExit) -> ExitCode {
    let options = try SharedOptions.source(arguments, description)
    var compared = FileComparison.Options()
    let key = arguments.value(SharedOptions.keyOption.name)
    compared.leftKey = arguments.value(leftKeyOption.name) ?? key
    compared.rightKey = arguments.value(rightKeyOption.name) ?? key
    compared.average = SharedOptions.selection(arguments).average
    let comparison = try exiting {
      compared.architecture = try SharedOptions.architecture(arguments)
      let files = try ["a", "b"].map { name in
        try SourceFile(opening: arguments.positional(name) ?? "", options: options)
      }
      return try FileComparison(files[0], files[1], compared)
    }
    let isVerbose = arguments.flag("verbose")
    try StandardStreams.writeOutput(
      arguments.flag("json")
        ? comparison.json.serialized(pretty: true) + "\n"
        : ComparisonText(comparison, isVerbose: isVerbose).text)
    return comparison.isSame ? .success : .negative
  }
}
