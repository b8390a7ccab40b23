import BinaryInput
public import CommandLineTool
import GPUNetKit
import GPUNetRuntime
import StrictJSON
import HDF5Weights

/// `gpunet-bench`: how fast the runtime is on this machine.
public enum BenchCommand {
  /// What the tool takes.
  public static let description = ToolDescription(
    name: "gpunet-bench", version: toolVersion,
    abstract: "Measure how fast a network runs on this machine.",
    discussion: """
      Runs a .gpw file with the kernels that applications use and tells the median and the fastest \
      time of a batch, images and floating-point operations a second, and the share of what the \
      processor's arithmetic units could do at most, measured just before. --profile tells where \
      the time goes. The environment variable GPUNET_CPU chooses other kernels: avx512, avx2, neon \
      or scalar.

      Exit codes: 0 measured; 64 usage; 65 damaged, malformed or unsupported input; 66 input cannot \
      be opened; 73 output cannot be created.
      """,
    arguments: [ArgumentDescription("model", help: "The .gpw file.")],
    forms: [ArgumentForm(with: "peak", [])],
    options: [
      .option(
        "threads", value: "count", .integer(1...256), default: "1",
        help: "The number of threads that compute."),
      .option(
        "batch", value: "count", .integer(1...4096), default: "1",
        help: "The number of images of a batch."),
      SharedOptions.resolutionOption,
      .option(
        "runs", value: "count", .integer(1...1_000_000), default: "50",
        help: "The number of batches that are timed."),
      .option(
        "warmup", value: "count", .integer(0...1_000_000), default: "3",
        help: "The number of batches before them that are not."),
      .flag("no-winograd", help: "Compute every convolution by its definition."),
      .flag("profile", help: "Tell the time of each step."),
      .option(
        "input", value: "file", .path, help: "Images to run (.npy: N×C×H×W) instead of noise."),
      .option("output", value: "file", .path, help: "Write the answer of the last run (.npy)."),
      .flag("peak", help: "Measure the processor's arithmetic alone."),
      .flag("json", help: "Print the report as JSON."),
    ])

  /// Runs the tool and ends the process.
  public static func main() -> Never {
    Interruption.handle { RunningWorkers.end() }
    description.run(body: run)
  }

  private static func run(_ arguments: ParsedArguments) throws(EarlyExit) -> ExitCode {
    let threadCount = arguments.integer("threads") ?? 1
    if arguments.flag("peak") {
      let (kernels, peaks) = try exiting {
        (
          try KernelSet.preferred(),
          try (1...threadCount).map { try PeakMeasurement(threadCount: $0) }
        )
      }
      if arguments.flag("json") {
        let json: JSONValue = [
          "schema": "gpunet-bench-peak/1", "kernels": .string(kernels.name),
          "peaks": .array(peaks.map(\.json)),
        ]
        try StandardStreams.writeOutput(json.serialized(pretty: true) + "\n")
      } else {
        try StandardStreams.writeOutput(peaks.map { "\($0)\n" }.joined())
      }
      return .success
    }
    let resolution = try SharedOptions.resolution(arguments, description)
    let report = try exiting {
      var request = Benchmark.Request(model: arguments.positional("model") ?? "")
      request.threadCount = threadCount
      request.batchSize = arguments.integer("batch") ?? 1
      request.resolution = resolution
      request.runCount = arguments.integer("runs") ?? 1
      request.warmupCount = arguments.integer("warmup") ?? 0
      request.usesWinograd = !arguments.flag("no-winograd")
      request.isProfiling = arguments.flag("profile")
      request.input = arguments.value("input")
      request.output = arguments.value("output")
      return try Benchmark(request)
    }
    if arguments.flag("json") {
      try StandardStreams.writeOutput(report.json.serialized(pretty: true) + "\n")
    } else {
      try StandardStreams.writeOutput(text(report))
    }
    return .success
  }

  private static func text(_ report: Benchmark) -> String {
    let images = report.batchSize == 1 ? "one image" : "\(report.batchSize) images"
    let threads = report.threadCount == 1 ? "one thread" : "\(report.threadCount) threads"
    var lines = [
      "\(report.name ?? report.path): \(images) of \(report.resolution) px, \(threads), "
        + "\(report.kernels) kernels",
      "median \(fixed(report.medianMilliseconds, 3)) ms, fastest "
        + "\(fixed(report.minimumMilliseconds, 3)) ms, middle half within "
        + "\(fixed(report.spreadMilliseconds, 3)) ms, \(grouped(report.runCount)) runs",
      "\(fixed(report.imagesPerSecond, 1)) images/s, \(fixed(report.gigaflopsPerSecond, 1)) "
        + "GFLOP/s, \(fixed(100 * report.peakFraction, 1))% of the measured peak of "
        + "\(fixed(report.peakGigaflopsPerSecond, 1)) GFLOP/s",
      "activations \(mebibytes(report.memoryUse.arenaByteCount)), threads' own "
        + mebibytes(report.memoryUse.scratchByteCount),
    ]
    if !report.profile.isEmpty {
      var table = TextTable(columns: [
        .init("layer"), .init("step"), .init("kernel"), .init("µs", .right), .init("%", .right),
        .init("GFLOP/s", .right),
      ])
      let total = report.profile.reduce(0) { $0 + $1.nanoseconds }
      for step in report.profile {
        let seconds = Double(step.nanoseconds) / Double(report.runCount) / 1e9
        table.append([
          report.layerNames[step.layerIndex], step.title, step.kernel, fixed(seconds * 1e6, 1),
          fixed(100 * Double(step.nanoseconds) / Double(max(total, 1)), 1),
          step.multiplyAdds == 0 ? "" : fixed(2 * Double(step.multiplyAdds) / seconds / 1e9, 1),
        ])
      }
      lines += ["", table.plainText()]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func mebibytes(_ byteCount: Int) -> String {
    "\(fixed(Double(byteCount) / 1_048_576, 1)) MiB"
  }
}
