import PictureFiles
import Spelling
import BinaryInput
public import CommandLineTool
import GPUNetKit
import HDF5Weights
import ImagePreparation
import ModelFiles
import StrictJSON
import Synchronization

/// `gpunet-run`: what a network sees in pictures.
public enum RunCommand {
  private static let csv = OptionDescription.flag("csv", help: "Print a line a class, as CSV.")

  /// What the tool takes.
  public static let description = ToolDescription(
    name: "gpunet-run", version: toolVersion,
    abstract: "Say what a network sees in pictures.",
    discussion: """
      Pictures (JPEG, PNG, WebP, GIF, PPM) are read, resized, cropped and normalised exactly as \
      Pillow and torchvision do it, so that the printed numbers are those of PyTorch. The network may \
      be any file that gpunet-convert reads; a .gpw file is used where it lies.

      A folder that holds folders alone, each named after a class, gives the share of the pictures \
      whose class comes first, or among the first five, and what is mistaken most.

      Exit codes: 0 every picture was classified; 1 a picture could not be read, or the network is \
      not known; 64 usage; 65 damaged, malformed or unsupported network; 66 input cannot be opened; \
      73 output cannot be created.
      """,
    arguments: [
      ArgumentDescription("model", help: "The network: any file that can be converted."),
      ArgumentDescription(
        "pictures", .oneOrMore, help: "Files, folders with pictures, or - for standard input."),
    ],
    forms: [
      ArgumentForm(
        with: TensorRunOptions.input.name,
        [ArgumentDescription("network", help: "With --input: the network alone.")])
    ],
    options: SharedOptions.source + RunOptions.all + TensorRunOptions.all + [
      .flag("no-winograd", help: "Compute every convolution by its definition."),
      .flag("json", help: "Print the report as JSON."),
      csv,
      .flag("quiet", short: "q", help: "Print no notes and no progress."),
    ])

  /// Runs the tool and ends the process.
  public static func main() -> Never {
    Interruption.handle {
      RunningWorkers.end()
      AtomicOutputFile.removeTemporaryFiles()
    }
    description.run(body: run)
  }

  private static func run(_ arguments: ParsedArguments) throws(EarlyExit) -> ExitCode {
    let (printsJSON, printsCSV) = (arguments.flag("json"), arguments.flag(csv.name))
    guard !(printsJSON && printsCSV) else {
      throw description.usageError("--json and --csv exclude each other")
    }
    let draws = arguments.flag(RunOptions.show.name)
    guard !(draws && (printsJSON || printsCSV)) else {
      throw description.usageError(
        "--show and --\(printsJSON ? "json" : csv.name) exclude each other")
    }
    let request = try RunOptions.classifier(arguments, description)
    if TensorRunOptions.all.contains(where: { arguments.isGiven($0) }) {
      return try TensorRunOptions.run(request, arguments, description)
    }
    // Created first, so that a page that cannot be is known before anything is read.
    var page = try RunOptions.page(arguments, description)
    let classifier = try exiting { try Classifier(request) }
    let list = try exiting {
      try PictureList(
        arguments.positionals("pictures"), isRecursive: arguments.flag(RunOptions.recursive.name),
        classifier)
    }
    guard !list.paths.isEmpty else {
      throw EarlyExit(.negative, "there are no pictures where they were looked for")
    }
    try exiting { try page?.begin(classifier, list) }
    let isQuiet = arguments.flag("quiet")
    var notes = RunReport.notes(classifier)
    if list.otherCount > 0 {
      notes.append("\(list.otherCount.counted("file")) in the folders are no pictures")
    }
    if !isQuiet { for note in notes { StandardStreams.writeError("note: \(note)\n") } }

    var run = RunOptions.run(classifier, arguments)
    let top = run.count
    if list.classes != nil { run.count = max(run.count, Accuracy.rankCount) }
    let printsText = !printsJSON && !printsCSV
    let drawing = draws ? RunDrawing.onTerminal : nil
    run.keepsShown = page != nil || drawing != nil
    let progress = PictureProgress(count: list.paths.count, isShown: !isQuiet)
    let state = Mutex(State(report: RunReport(classifier: classifier, top: top), page: page))
    if list.classes != nil { state.withLock { $0.report.accuracy = Accuracy() } }
    let classes = list.classes
    try exiting {
      try run.run(list.paths) { index, outcome in
        progress.erase()
        state.withLock { state in
          state.report.outcomes.append(outcome.withoutShown())
          switch outcome.result {
          case .success(let seen):
            if let classes { state.report.accuracy?.count(seen.classes, actual: classes[index]) }
            if let orientation = seen.unappliedOrientation, !isQuiet {
              StandardStreams.writeError(
                "note: \(outcome.path.escapedForDisplay()) is to be turned (Exif orientation "
                  + "\(orientation.rawValue)) and was not, as in the original; --orient turns it\n")
            }
          case .failure(let error):
            StandardStreams.writeError(EarlyExit(error).errorOutput)
          }
          guard state.failure == nil else { return }
          do throws(EarlyExit) {
            try exiting { try state.page?.append(outcome) }
            guard printsText else { return }
            let text = try exiting {
              try drawing.map { try $0.text(outcome, top) } ?? outcome.text(top)
            }
            if let text { try StandardStreams.writeOutput(text) }
          } catch {
            state.failure = error
          }
        }
        progress.show(done: index + 1)
      }
    }
    progress.erase()
    let (report, failure) = state.withLock { ($0.report, $0.failure) }
    if let failure { throw failure }
    try exiting {
      try state.withLock { (state) throws(ReadError) in
        try state.page.take()?.finish(state.report)
      }
    }
    if printsJSON {
      let json = try exiting { try report.json() }
      try StandardStreams.writeOutput(json.serialized(pretty: true) + "\n")
    } else if printsCSV {
      try StandardStreams.writeOutput(report.csv)
    } else if let accuracy = report.accuracy {
      try StandardStreams.writeOutput(report.text(accuracy))
    }
    let failed = report.outcomes.contains { if case .failure = $0.result { true } else { false } }
    return failed ? .negative : .success
  }

  /// What is known while pictures are classified.
  private struct State: ~Copyable {
    var report: RunReport
    /// The page that is being written, where one is asked for.
    var page: RunPage?
    /// That standard output or the page cannot be written any more.
    var failure: EarlyExit?
  }
}
