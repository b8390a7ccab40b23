public import BinaryInput
public import NetworkProgram

/// A model with the memory and the threads to run batches of one size.
///
/// All memory is allocated when the session is created; ``predict(_:into:)`` allocates none. A
/// session is used by one thread at a time; several sessions share a model without waiting for each
/// other.
public final class InferenceSession {
  /// The number of images of a batch.
  public let batchSize: Int
  /// The height and width of the images.
  public let resolution: Resolution
  /// The number of threads, the caller's among them.
  public var threadCount: Int { team.threadCount }
  /// The number of elements of a batch: N×C×H×W.
  public let inputElementCount: Int
  /// The number of elements of the answers: N×classes.
  public var outputElementCount: Int { batchSize * classCount }

  /// The most that maps may take, several times what a machine for such networks has.
  private static var mapByteBudget: Int { 1 << 40 }

  /// The elements of maps that stay in the last cache: half of what a server's core complex has.
  private static var cachedElementCount: Int { 4 << 20 }

  private let classCount: Int
  /// The number of images that go through the network together.
  private let groupSize: Int
  private let model: InferenceModel
  private let team: ThreadTeam
  private let runner: PlanRunner

  /// Prepares to run a model.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - threadCount: How many threads compute, the caller's among them.
  ///   - batchSize: The number of images of a batch.
  ///   - resolution: Of the images; nil for the model's own.
  /// - Precondition: `threadCount` and `batchSize` are at least 1.
  /// - Throws: `architecture.resolution` where the images are too small for the network;
  ///   `network.input` where they are too many or too large; `io.memory`.
  public init(
    _ model: InferenceModel, threadCount: Int = 1, batchSize: Int = 1, resolution: Resolution? = nil
  ) throws(ReadError) {
    precondition(threadCount >= 1 && batchSize >= 1, "at least one thread and one image")
    let resolution = resolution ?? model.program.resolution
    let shape = FeatureShape(
      channels: model.inputChannels, height: resolution.height, width: resolution.width)
    let largest =
      try model.program.summaries(at: resolution)
      .map(\.largestMapElementCount).max() ?? 0
    // Channels are filled up to blocks of 16, and several maps of 4-byte elements live at once.
    guard
      let byteCount = [batchSize, largest + 48 * shape.height * shape.width, 16].exactProduct(),
      byteCount <= InferenceSession.mapByteBudget
    else {
      throw ReadError(
        .networkInput, "the maps of a batch would take too much memory",
        expected: "maps of at most \(InferenceSession.mapByteBudget) bytes",
        found: "\(batchSize) images of \(shape)", advice: "use fewer images or smaller ones")
    }
    inputElementCount = batchSize * shape.elementCount
    self.model = model
    self.batchSize = batchSize
    self.resolution = resolution
    classCount = model.program.classCount
    let groupSize = try InferenceSession.groupSize(of: batchSize, model, shape)
    let plan = try ExecutionPlan(
      model.weights, firstLayer: 0, inputShape: shape, imageCount: groupSize,
      threadCount: threadCount, readsPlanes: true)
    self.groupSize = groupSize
    team = try ThreadTeam(threadCount: threadCount)
    runner = try PlanRunner(plan, kernels: model.kernels, team: team)
  }

  /// How many images go through the network together: the more, the more often a weight is used
  /// once it is fetched, as long as their maps stay in a processor's last cache.
  private static func groupSize(
    of batchSize: Int, _ model: InferenceModel, _ shape: FeatureShape
  ) throws(ReadError) -> Int {
    guard batchSize > 1 else { return 1 }
    let alone = try ExecutionPlan(
      model.weights, firstLayer: 0, inputShape: shape, imageCount: 1, threadCount: 1,
      readsPlanes: true)
    let fitting = max(1, cachedElementCount / max(alone.arena.elementCount, 1))
    return (1...min(fitting, batchSize)).last { batchSize % $0 == 0 } ?? 1
  }

  /// Computes the classes' logits for a batch of images.
  ///
  /// - Parameters:
  ///   - images: N×C×H×W, as the network was trained on them: scaled, less the mean, over the
  ///     standard deviation.
  ///   - logits: Gets N×classes.
  /// - Precondition: Both have as many elements as ``inputElementCount`` and
  ///   ``outputElementCount`` say.
  public func predict(_ images: Span<Float>, into logits: inout MutableSpan<Float>) {
    precondition(images.count == inputElementCount, "as many elements as a batch has")
    precondition(logits.count == outputElementCount, "as many logits as a batch has classes")
    let groupCount = batchSize / groupSize
    unsafe images.withUnsafeBufferPointer { images in
      unsafe logits.withUnsafeMutableBufferPointer { logits in
        for group in 0..<groupCount {
          unsafe runner.run(images.baseAddress! + group * (images.count / groupCount))
          unsafe runner.copyVectors(
            to: logits.baseAddress! + group * (logits.count / groupCount), length: classCount)
        }
      }
    }
  }

  /// Computes the classes' logits for a batch of images in arrays.
  ///
  /// - Parameters:
  ///   - images: N×C×H×W.
  ///   - logits: Gets N×classes.
  /// - Precondition: As for the spans.
  public func predict(_ images: [Float], into logits: inout [Float]) {
    var span = logits.mutableSpan
    predict(images.span, into: &span)
  }

  /// What a session needs of memory, in bytes.
  public struct MemoryUse: Sendable {
    /// The activations between steps.
    public let arenaByteCount: Int
    /// The largest sum of maps that are alive at once; no arena can be smaller.
    public let leastArenaByteCount: Int
    /// What all threads have for themselves.
    public let scratchByteCount: Int
  }

  /// What this session holds of memory beside the model.
  public var memoryUse: MemoryUse {
    let width = MemoryLayout<Float>.stride
    let plan = runner.plan
    return MemoryUse(
      arenaByteCount: plan.arena.elementCount * width,
      leastArenaByteCount: plan.arena.leastElementCount * width,
      scratchByteCount: plan.scratchCount * width * threadCount)
  }

  /// One step of a run, and the time that it has taken so far.
  public struct StepProfile: Sendable {
    /// The place of its layer in the network.
    public let layerIndex: Int
    /// What it computes: `conv_pw 1×1 + conv_dw 3×3`.
    public let title: String
    /// By which kernels: `product, depthwise`.
    public let kernel: String
    /// The multiply-adds of a batch.
    public let multiplyAdds: Int
    /// The sum over all runs since profiling began.
    public let nanoseconds: Int
  }

  /// Whether the time of each step is taken; setting it forgets what was taken before.
  public var isProfiling: Bool {
    get { runner.stepNanoseconds != nil }
    set {
      runner.stepNanoseconds =
        newValue ? [Int](repeating: 0, count: runner.plan.steps.count) : nil
    }
  }

  /// The steps and their times since profiling began.
  public var profile: [StepProfile] {
    runner.plan.steps.enumerated().map { index, step in
      StepProfile(
        layerIndex: step.layerIndex, title: step.title, kernel: step.kernel,
        multiplyAdds: step.multiplyAdds * (batchSize / groupSize),
        nanoseconds: runner.stepNanoseconds?[index] ?? 0)
    }
  }
}
