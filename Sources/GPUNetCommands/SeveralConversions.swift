import BinaryInput
import CommandLineTool
import GPUNetKit
import ModelFiles
import StrictJSON

extension ConvertCommand {
  static let intoOption = OptionDescription.option(
    "into", value: "folder", .path,
    help: "Convert any number of inputs, each into a file of its own name in this folder.")
}

/// The conversion of several files into one folder.
struct SeveralConversions {
  /// A file and the file that is made of it.
  struct Pair: Equatable {
    let input: String
    let output: String
  }

  let folder: String
  let pairs: [Pair]
  let printsJSON: Bool
  let showsProgress: Bool

  /// What `--into` asks for; nil where it was not given.
  ///
  /// - Throws: An exit with ``ExitCode/usage`` where two inputs would give one file.
  init?(_ arguments: ParsedArguments, _ tool: ToolDescription) throws(EarlyExit) {
    guard let folder = arguments.value(ConvertCommand.intoOption.name) else { return nil }
    self.folder = folder
    printsJSON = arguments.flag("json")
    showsProgress = !arguments.flag("quiet")
    pairs = arguments.positionals("inputs").map {
      Pair(input: $0, output: (folder.hasSuffix("/") ? folder : folder + "/") + Self.name(for: $0))
    }
    var inputs: [String: String] = [:]
    for pair in pairs {
      if let other = inputs.updateValue(pair.input, forKey: pair.output) {
        throw tool.usageError(
          "'\(other.escapedForDisplay())' and '\(pair.input.escapedForDisplay())' would both become "
            + "'\(pair.output.escapedForDisplay())'")
      }
    }
  }

  /// What ends the names of the files that are made.
  static let outputSuffix = ModelFormat.gpw.suffixes[0]

  /// The name of the file that is made of the file at `input`.
  static func name(for input: String) -> String {
    let name = input.split(separator: "/").last.map(String.init) ?? "file"
    return ModelFormat.baseName(of: name) + outputSuffix
  }

  /// Converts one file after the other with the options of `options`.
  ///
  /// - Parameters:
  ///   - options: What is asked for beside the paths.
  ///   - report: Is given every report as it is made.
  /// - Returns: The worst exit code.
  /// - Throws: An exit with ``ExitCode/cannotCreate`` where the folder is none; where standard output
  ///   cannot be written.
  func run(
    _ options: Conversion.Request, report: (ConversionReport) throws(EarlyExit) -> Void
  ) throws(EarlyExit) -> ExitCode {
    guard FileStatus.isFolder(folder) else {
      throw EarlyExit(
        ReadError(
          .createFailed, "is no folder", path: [folder],
          advice: "give the path of a folder that exists"))
    }
    var worst = ExitCode.success
    var reports: [JSONValue] = []
    for pair in pairs {
      var request = options
      request.input = pair.input
      request.output = pair.output
      request.showsProgress(showsProgress)
      let result: ConversionReport
      do {
        result = try request.run()
      } catch {
        let failure = EarlyExit(error)
        StandardStreams.writeError(failure.errorOutput)
        worst = worst.worse(failure.code)
        reports.append(Self.json(failure, input: pair.input))
        continue
      }
      if printsJSON { reports.append(result.json) }
      try report(result)
    }
    if printsJSON {
      try StandardStreams.writeOutput(JSONValue.array(reports).serialized(pretty: true) + "\n")
    }
    return worst
  }

  /// A failure for machines; `Schemas/gpunet-convert-failure.schema.json` describes it.
  private static func json(_ failure: EarlyExit, input: String) -> JSONValue {
    [
      "schema": "gpunet-convert-failure/1",
      "input": .string(input),
      "error": .string(failure.message),
      "exitCode": JSONValue(Int(failure.code.rawValue)),
    ]
  }
}
