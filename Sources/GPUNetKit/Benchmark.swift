public import BinaryInput
public import NetworkProgram
public import GPUNetRuntime
import NumPyArrays
public import StrictJSON
import TensorData

/// The time that a `.gpw` file takes to run.
public struct Benchmark: Sendable {
  /// What is measured.
  public struct Request: Sendable {
    /// The path of the `.gpw` file.
    public var model: String
    /// How many threads compute.
    public var threadCount = 1
    /// The number of images of a batch.
    public var batchSize = 1
    /// The size of the images; nil for the model's own.
    public var resolution: Resolution?
    /// How many batches are timed.
    public var runCount = 50
    /// How many run before them.
    public var warmupCount = 3
    /// Whether convolutions may be computed by Winograd's algorithm.
    public var usesWinograd = true
    /// Whether the time of each step is taken.
    public var isProfiling = false
    /// A file of images to run, `.npy`; nil for noise.
    public var input: String?
    /// Where the answer of the last run goes, `.npy`.
    public var output: String?

    /// Describes a measurement with default options.
    public init(model: String) {
      self.model = model
    }
  }

  /// The path of the file.
  public let path: String
  /// The published network's name, where it is one.
  public let name: String?
  /// The number of threads that computed.
  public let threadCount: Int
  /// The number of images of a batch.
  public let batchSize: Int
  /// The size of the images.
  public let resolution: Resolution
  /// The instruction set of the kernels.
  public let kernels: String
  /// The time of each run in nanoseconds, in order of size.
  public let sortedNanoseconds: [Int]
  /// The multiply-adds of one image.
  public let multiplyAdds: Int
  /// What the arithmetic units did at most, measured just before.
  public let peakGigaflopsPerSecond: Double
  /// The memory of the session.
  public let memoryUse: InferenceSession.MemoryUse
  /// The steps and their times in all runs, where they were taken.
  public let profile: [InferenceSession.StepProfile]
  /// The names of the layers' modules.
  public let layerNames: [String]

  /// Runs the model.
  ///
  /// - Throws: What opening the file throws; `network.input` where the images do not fit the
  ///   network; the codes of `.npy` files; `io.create`, `io.write`.
  public init(_ request: Request) throws(ReadError) {
    let model = try InferenceModel(path: request.model, usesWinograd: request.usesWinograd)
    var batchSize = request.batchSize
    var resolution = request.resolution ?? model.program.resolution
    var images: [Float] = []
    if let path = request.input {
      let tensor = try Benchmark.images(path, channels: model.inputChannels)
      batchSize = tensor.shape[0]
      resolution = Resolution(height: tensor.shape[2], width: tensor.shape[3])!
      images = try tensor.doubles().map { Float($0) }
    }
    let session = try InferenceSession(
      model, threadCount: request.threadCount, batchSize: batchSize, resolution: resolution)
    if images.isEmpty {
      images = Benchmark.noise(elementCount: session.inputElementCount)
    }
    var logits = [Float](repeating: 0, count: session.outputElementCount)
    func run() -> Int {
      let start = ContinuousClock.now
      session.predict(images, into: &logits)
      let duration = ContinuousClock.now - start
      return Int(duration.components.seconds) * 1_000_000_000
        + Int(duration.components.attoseconds / 1_000_000_000)
    }
    for _ in 0..<request.warmupCount { _ = run() }
    peakGigaflopsPerSecond = try PeakMeasurement(
      threadCount: request.threadCount, milliseconds: request.warmupCount == 0 ? 1 : 50
    ).gigaflopsPerSecond
    if request.isProfiling { session.isProfiling = true }
    sortedNanoseconds = (0..<request.runCount).map { _ in run() }.sorted()
    if let path = request.output {
      let answer = Tensor(logits, shape: [batchSize, model.program.classCount])
      var file = try AtomicOutputFile(path: path, replacing: true)
      try file.write(answer.npy())
      try file.flush()
      try file.commit()
    }
    path = request.model
    name = model.name
    threadCount = request.threadCount
    self.batchSize = batchSize
    self.resolution = resolution
    kernels = model.kernels.name
    let summaries = try model.program.summaries(at: resolution)
    multiplyAdds = summaries.reduce(0) { $0 + $1.multiplyAdds }
    memoryUse = session.memoryUse
    profile = request.isProfiling ? session.profile : []
    layerNames = summaries.map(\.label.moduleName)
  }

  /// The median time of a batch.
  public var medianMilliseconds: Double { milliseconds(at: 0.5) }
  /// The fastest time of a batch.
  public var minimumMilliseconds: Double { milliseconds(at: 0) }
  /// How far apart the quarters' borders are: between them is the middle half of the runs.
  public var spreadMilliseconds: Double { milliseconds(at: 0.75) - milliseconds(at: 0.25) }
  /// The number of timed runs.
  public var runCount: Int { sortedNanoseconds.count }
  /// Images a second at the median time.
  public var imagesPerSecond: Double { Double(batchSize) / medianMilliseconds * 1e3 }
  /// Floating-point operations a second at the median time, two for each multiply-add by definition.
  public var gigaflopsPerSecond: Double { 2 * Double(multiplyAdds) * imagesPerSecond / 1e9 }
  /// The share of the measured peak.
  public var peakFraction: Double { gigaflopsPerSecond / peakGigaflopsPerSecond }

  private func milliseconds(at fraction: Double) -> Double {
    let place = fraction * Double(runCount - 1)
    let lower = Int(place)
    let upper = min(lower + 1, runCount - 1)
    let part = place - Double(lower)
    return
      (Double(sortedNanoseconds[lower]) * (1 - part) + Double(sortedNanoseconds[upper]) * part)
      / 1e6
  }

  /// The report for machines; `Schemas/gpunet-bench.schema.json` describes it.
  public var json: JSONValue {
    [
      "schema": "gpunet-bench/1",
      "model": .string(name ?? path),
      "kernels": .string(kernels),
      "threads": JSONValue(threadCount),
      "batch": JSONValue(batchSize),
      "resolution": [JSONValue(resolution.height), JSONValue(resolution.width)],
      "runs": JSONValue(runCount),
      "medianMilliseconds": JSONValue(medianMilliseconds),
      "minimumMilliseconds": JSONValue(minimumMilliseconds),
      "spreadMilliseconds": JSONValue(spreadMilliseconds),
      "imagesPerSecond": JSONValue(imagesPerSecond),
      "gigaflopsPerSecond": JSONValue(gigaflopsPerSecond),
      "peakGigaflopsPerSecond": JSONValue(peakGigaflopsPerSecond),
      "peakFraction": JSONValue(peakFraction),
      "arenaByteCount": JSONValue(memoryUse.arenaByteCount),
      "leastArenaByteCount": JSONValue(memoryUse.leastArenaByteCount),
      "scratchByteCount": JSONValue(memoryUse.scratchByteCount),
      "profile": .array(
        profile.map { step in
          [
            "layer": .string(layerNames[step.layerIndex]),
            "step": .string(step.title),
            "kernel": .string(step.kernel),
            "multiplyAdds": JSONValue(step.multiplyAdds),
            "microseconds": JSONValue(Double(step.nanoseconds) / Double(runCount) / 1e3),
          ]
        }),
    ]
  }

  private static func images(_ path: String, channels: Int) throws(ReadError) -> Tensor {
    let tensor = try Tensor(npyFile: path)
    let shape = tensor.shape
    guard shape.count == 4, tensor.elementType.isFloatingPoint, shape[0] >= 1,
      shape[1] == channels, Resolution(height: shape[2], width: shape[3]) != nil
    else {
      throw ReadError(
        .networkInput, "the input does not fit the network", path: [path],
        expected: "floating-point numbers, N×\(channels)×H×W",
        found: "\(tensor.elementType.rawValue), shape \(shape)")
    }
    return tensor
  }

  /// Numbers in −1…1, the same every time.
  private static func noise(elementCount: Int) -> [Float] {
    var state: UInt64 = 1
    return (0..<elementCount).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31)
    }
  }
}

/// How fast the arithmetic units of this processor are: fused multiply-adds in registers alone.
public struct PeakMeasurement: Sendable, CustomStringConvertible {
  /// The number of threads that computed.
  public let threadCount: Int
  /// Floating-point operations a second, two for each multiply-add.
  public let gigaflopsPerSecond: Double

  /// Measures for about the given time.
  ///
  /// - Throws: `runtime.kernels`, `io.memory`.
  public init(threadCount: Int, milliseconds: Int = 200) throws(ReadError) {
    self.threadCount = threadCount
    gigaflopsPerSecond = try KernelSet.preferred().peakGigaflopsPerSecond(
      threadCount: threadCount, milliseconds: milliseconds)
  }

  /// `2 threads: 540.1 GFLOP/s`.
  public var description: String {
    "\(threadCount) thread\(threadCount == 1 ? "" : "s"): "
      + "\(gigaflopsPerSecond.rounded(toDigits: 1)) GFLOP/s"
  }

  /// The measurement for machines.
  public var json: JSONValue {
    ["threads": JSONValue(threadCount), "gigaflopsPerSecond": JSONValue(gigaflopsPerSecond)]
  }
}

extension Double {
  /// Rounded to a number of decimal places.
  fileprivate func rounded(toDigits digits: Int) -> Double {
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    return (self * scale).rounded() / scale
  }
}
