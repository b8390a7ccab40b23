import BinaryInput
import CommandLineTool
import GPUNetKit
import HDF5Weights
import ImagePreparation
import ModelFiles
import NetworkProgram
import PictureFiles
import TensorData

/// `gpunet-run --input` and `--output`: a network run on tensors, and what it is given and answers as
/// tensors.
enum TensorRunOptions {
  static let input = OptionDescription.option(
    "input", value: "file", .path,
    help: """
      Run an array N×3×H×W in place of pictures: an .npy file, or the array called input in an .npz, \
      .h5 or .safetensors file. Needs --output.
      """)
  static let output = OptionDescription.option(
    "output", value: "file", .path,
    help: """
      Write what the network is given and answers, as arrays input and output, into an .npz, .h5 or \
      .safetensors file, or the answers alone into an .npy file, and print nothing.
      """)
  private static let trace = OptionDescription.flag(
    "trace", help: "With --output: write the answer of every layer, too, as layers/….")
  private static let executor = OptionDescription.option(
    "executor", value: "name", .choice(TensorRun.Executor.allCases.map(\.rawValue)),
    default: TensorRun.Executor.fast.rawValue,
    help: """
      With --output: what computes, the runtime that applications use in 32 bits (fast), or the \
      definition of every operation in 64 bits (reference).
      """)

  static let all = [input, output, trace, executor]

  /// The most that prepared pictures may take together, in bytes.
  private static let maximumByteCount = 4 << 30

  /// Runs the network that was asked for.
  static func run(
    _ request: Classifier.Request, _ arguments: ParsedArguments, _ tool: ToolDescription
  ) throws(EarlyExit) -> ExitCode {
    guard let path = arguments.value(output.name) else {
      let given = all.first { arguments.isGiven($0) } ?? input
      throw tool.usageError("'--\(given.name)' needs '--\(output.name)'")
    }
    let others =
      ["json", "csv"].filter { arguments.flag($0) }
      + [RunOptions.show, RunOptions.html].filter { arguments.isGiven($0) }.map(\.name)
    if let option = others.first {
      throw tool.usageError("'--\(option)' and '--\(output.name)' exclude each other")
    }
    var run = TensorRun()
    run.executor =
      arguments.value(executor.name).flatMap { TensorRun.Executor(rawValue: $0) } ?? .fast
    run.threadCount = arguments.integer(RunOptions.threads.name) ?? Processors.count
    run.tracesLayers = arguments.flag(trace.name)
    run.usesWinograd = request.usesWinograd
    return try exiting { [run] in
      let (network, tensor): (Network, Tensor)
      if let file = arguments.value(input.name) {
        // Nothing is known of pictures then, nor needs to be.
        network = try SourceFile(opening: request.model, options: request.source)
          .identify(given: request.architecture, selecting: request.selection).network()
        tensor = try TensorRun.input(in: file, options: request.source)
      } else {
        let classifier = try Classifier(request)
        network = classifier.network
        tensor = try prepared(arguments, classifier)
      }
      let arrays = try run.arrays(of: network, on: tensor)
      try TensorRun.write(arrays, to: path, replacing: arguments.flag(RunOptions.force.name))
      return .success
    }
  }

  /// All pictures, prepared, as one array.
  private static func prepared(
    _ arguments: ParsedArguments, _ classifier: Classifier
  ) throws(ReadError) -> Tensor {
    let list = try PictureList(
      arguments.positionals("pictures"), isRecursive: arguments.flag(RunOptions.recursive.name),
      classifier)
    let settings = RunOptions.run(classifier, arguments)
    let preparation = classifier.preparation
    let count = preparation.elementCount
    guard let total = count.multiplied(exactly: list.paths.count),
      total <= maximumByteCount / MemoryLayout<Float>.stride, total > 0
    else {
      throw ReadError(
        .networkInput, "so many pictures do not go into one array",
        expected: "1 to \(maximumByteCount / MemoryLayout<Float>.stride / count)",
        found: "\(list.paths.count)", advice: "give some of them at a time")
    }
    var elements: [Float] = []
    elements.reserveCapacity(total)
    var prepared = [Float](repeating: 0, count: count)
    for path in list.paths {
      let picture = try settings.picture(at: path)
      do {
        var span = prepared.mutableSpan
        try preparation.prepare(picture, into: &span)
      } catch {
        throw error.within(path)
      }
      elements += prepared
    }
    return Tensor(
      elements, shape: [list.paths.count, 3, preparation.crop.height, preparation.crop.width])
  }
}
