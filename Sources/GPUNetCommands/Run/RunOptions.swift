import BinaryInput
import CommandLineTool
import GPUNetKit
import ImagePreparation
import NetworkProgram
import PictureFiles

/// What `gpunet-run` is asked for.
enum RunOptions {
  static let labels = OptionDescription.option(
    "labels", value: "file", .path,
    help: """
      The names of the classes: a text in UTF-8 with one a line, in index order. Without it the \
      file's own, or those of ImageNet where there are 1,000 classes, or 1,001.
      """)
  static let top = OptionDescription.option(
    "top", value: "count", .integer(1...100_000), default: "5",
    help: "How many classes are told of each picture.")
  static let threads = OptionDescription.option(
    "threads", value: "count", .integer(1...256),
    help: "How many threads work; without it as many as there are processors.")
  static let preset = OptionDescription.option(
    "preset", value: "name", .choice(PreparationChoice.Preset.allCases.map(\.rawValue)),
    default: PreparationChoice.Preset.published.rawValue,
    help: """
      How pictures are prepared: published, as the network's own evaluation does, or hub, as the \
      helper for PyTorch Hub does (256 px bilinear, the middle 224 px).
      """)
  static let resize = OptionDescription.option(
    "resize", value: "pixels", .integer(1...ImagePreparation.largestEdge),
    help: "The shorter edge that pictures are resized to.")
  static let crop = OptionDescription.option(
    "crop", value: "pixels",
    help: "What is kept of their middle and given to the network, as 224 or 224x256.")
  static let interpolation = OptionDescription.option(
    "interpolation", value: "way", .choice(Interpolation.allCases.map(\.rawValue)),
    help: "How pictures are resized, as Pillow calls it.")
  static let orient = OptionDescription.flag(
    "orient", help: "Turn pictures as their Exif data say, which the original does not.")
  static let truncated = OptionDescription.flag(
    "allow-truncated", help: "Read pictures that were cut off as far as they go.")
  static let maximumPixels = OptionDescription.option(
    "max-pixels", value: "count", .integer(1...1 << 40),
    default: "\(PictureOptions().maximumPixelCount)",
    help: "The most pixels that a picture may have.")
  static let recursive = OptionDescription.flag(
    "recursive", short: "r", help: "Look for pictures in folders of folders.")
  static let html = OptionDescription.option(
    "html", value: "file", .path,
    help: """
      Write a page with each picture as the network was shown it and its classes as bars: one file, \
      without scripts, that asks for nothing from anywhere.
      """)
  static let force = OptionDescription.flag(
    "force", short: "f", help: "Replace an output that exists.")
  static let show = OptionDescription.flag(
    "show",
    help: """
      Draw the pictures and bars in the terminal, in its colours; without the pictures where NO_COLOR \
      is set. Where standard output is no terminal, nothing is drawn.
      """)

  static let all = [
    labels, top, threads, preset, resize, crop, interpolation,
    PreprocessingOptions.mean, PreprocessingOptions.standardDeviation,
    orient, truncated, maximumPixels, recursive, html, force, show,
  ]

  /// What is opened, and how pictures are shown to it.
  static func classifier(
    _ arguments: ParsedArguments, _ tool: ToolDescription
  ) throws(EarlyExit) -> Classifier.Request {
    var request = Classifier.Request(
      model: arguments.positional("model") ?? arguments.positional("network") ?? "")
    request.source = try SharedOptions.source(arguments, tool)
    request.selection = SharedOptions.selection(arguments)
    request.labels = arguments.value(labels.name)
    request.architecture = try exiting { try SharedOptions.architecture(arguments) }
    request.usesWinograd = !arguments.flag("no-winograd")
    // The parser lets only names pass that there are.
    request.preparation.preset =
      arguments.value(preset.name).flatMap { .init(rawValue: $0) } ?? .published
    request.preparation.resizedEdge = arguments.integer(resize.name)
    request.preparation.interpolation =
      arguments.value(interpolation.name).flatMap { Interpolation(rawValue: $0) }
    if let text = arguments.value(crop.name) {
      do {
        request.preparation.crop = try Resolution(parsing: text)
      } catch {
        throw tool.invalidValue(text, of: crop.name, expected: error.expected ?? "pixels")
      }
    }
    let statistics = try PreprocessingOptions.choice(arguments, tool)
    request.preparation.mean = statistics.mean
    request.preparation.standardDeviation = statistics.standardDeviation
    return request
  }

  /// The page that is asked for, nil for none.
  static func page(
    _ arguments: ParsedArguments, _ tool: ToolDescription
  ) throws(EarlyExit) -> RunPage? {
    let replaces = arguments.flag(force.name)
    guard let path = arguments.value(html.name) else {
      guard !replaces else {
        throw tool.usageError("--force is for an output that exists, of --html or --output")
      }
      return nil
    }
    return try exiting {
      try RunPage(path: path, replacing: replaces, top: arguments.integer(top.name) ?? 5)
    }
  }

  /// How pictures are read and shown to a classifier.
  static func run(_ classifier: Classifier, _ arguments: ParsedArguments) -> PictureRun {
    var run = PictureRun(classifier)
    run.count = arguments.integer(top.name) ?? 5
    run.threadCount = arguments.integer(threads.name) ?? Processors.count
    run.appliesOrientation = arguments.flag(orient.name)
    run.options = PictureOptions(
      maximumPixelCount: arguments.integer(maximumPixels.name)
        ?? PictureOptions().maximumPixelCount,
      allowsTruncated: arguments.flag(truncated.name))
    return run
  }
}
