import BinaryInput
import CommandLineTool
import GPUNetKit
import ModelFiles
import Spelling
import StrictJSON
import TensorData

extension InspectCommand {
  /// What asks for the tensors of a file, whosever they are.
  static let namedTensorOptions: [OptionDescription] = [
    .flag(
      "stats",
      help: """
        Print what the numbers of every tensor are like: ends, mean, deviation, zeros, NaNs, what \
        half precision would lose, and how they are distributed.
        """),
    .flag(
      "hash",
      help: """
        Print the SHA-256 of every tensor and of all together as sha256sum does; they do not depend \
        on the file's format.
        """),
    .option(
      "check", value: "manifest", .path,
      help: "Compare the tensors with what --hash printed into a file."),
  ]

  /// Does what one of ``namedTensorOptions`` asks for; nil where none is given.
  ///
  /// - Throws: What reading throws, as an exit.
  static func runOnNamedTensors(_ arguments: ParsedArguments) throws(EarlyExit) -> ExitCode? {
    let asked = namedTensorOptions.filter { arguments.isGiven($0) }
    guard let first = asked.first else { return nil }
    guard asked.count == 1 else {
      throw description.usageError(
        "The options '--\(first.name)' and '--\(asked[1].name)' do not go together")
    }
    if first.name != "stats", wantsJSON(arguments) {
      throw description.usageError(
        "'--\(first.name)' prints lines as sha256sum does, and cannot be used with '--json'")
    }
    let options = try SharedOptions.source(arguments, description)
    let path = arguments.positional("file") ?? ""
    // Opened first, since it is short.
    let expected = try arguments.value("check").map { manifest throws(EarlyExit) in
      try exiting { try self.manifest(manifest) }
    }
    let tensors = try exiting {
      try NamedTensors(
        SourceFile(opening: path, options: options),
        key: arguments.value(SharedOptions.keyOption.name))
    }
    if arguments.flag("stats") {
      let statistics = try exiting { try FileStatistics(of: tensors) }
      let table = statisticsTable(statistics)
      try StandardStreams.writeOutput(
        wantsJSON(arguments)
          ? statistics.json.serialized(pretty: true) + "\n"
          : arguments.value("format") == "markdown" ? table.markdown() : table.plainText())
      warn(of: tensors)
      return .success
    }
    let found = try exiting { try TensorManifest(of: tensors) }
    warn(of: tensors)
    guard let expected else {
      try StandardStreams.writeOutput(found.text)
      return .success
    }
    let check = ManifestCheck(expected, found: found)
    try StandardStreams.writeOutput(checkLines(check))
    if check.isSame { return .success }
    throw EarlyExit(
      ReadError(
        .hashMismatch, "the tensors are not those of the manifest", path: [path],
        found: "\(check.count(.different)) different, \(check.count(.missing)) missing, "
          + "\(check.count(.unlisted)) not listed"))
  }

  private static func manifest(_ path: String) throws(ReadError) -> TensorManifest {
    do {
      return try TensorManifest(parsing: MappedFile(path: path).bytes)
    } catch {
      throw error.path.first == path ? error : error.within(path)
    }
  }

  /// Says that tensors have no name, so that they are in no list.
  private static func warn(of tensors: NamedTensors) {
    guard let first = tensors.otherPaths.first else { return }
    let line =
      "\(tensors.otherPaths.count.counted("tensor")) without a name left out, as '\(first)'"
    StandardStreams.writeError(warningLines([line]).joined() + "\n")
  }

  /// As `sha256sum --check` prints it, and two outcomes that it does not have.
  private static func checkLines(_ check: ManifestCheck) -> String {
    let lines = check.results.map { name, outcome in
      let text =
        switch outcome {
        case .same: "OK"
        case .different: "FAILED"
        case .missing: "MISSING"
        case .unlisted: "NOT LISTED"
        }
      return "\(name.escapedForDisplay()): \(text)"
    }
    let whole = check.wholeIsSame.map { ["all tensors: \($0 ? "OK" : "FAILED")"] } ?? []
    return (lines + whole).map { "\($0)\n" }.joined()
  }

  /// Whether machines read the output.
  static func wantsJSON(_ arguments: ParsedArguments) -> Bool {
    arguments.flag("json") || arguments.value("format") == "json"
  }

  /// Every named tensor of a file in which no network is recognised, and why one cannot be read.
  static func tensorTable(_ tensors: NamedTensors) -> String {
    let hasRefusals = tensors.entries.contains { $0.refusal != nil }
    var table = TextTable(
      columns: [.init("tensor"), .init("type"), .init("shape"), .init("bytes", .right)]
        + (hasRefusals ? [.init("cannot be read")] : []))
    for entry in tensors.entries {
      table.append(
        [
          entry.name.escapedForDisplay(), entry.elementType?.rawValue ?? "",
          entry.shape.map { shapeText($0) } ?? "", entry.byteCount.map { grouped($0) } ?? "",
        ] + (hasRefusals ? [entry.refusal.map { refusalText($0) } ?? ""] : []))
    }
    return table.plainText()
  }
}
