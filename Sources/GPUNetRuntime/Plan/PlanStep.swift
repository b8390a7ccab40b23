internal import CGPUNetKernels

/// A map between two steps of a plan.
struct PlannedMap {
  /// Its place among the plan's maps.
  let index: Int
  /// How its images lie.
  let layout: MapLayout
}

/// One step of a plan: work on whole maps that is divided into tasks, which can be done in any order
/// and by any thread without changing a bit of the result.
class PlanStep {
  /// The pixels of the largest register tile among the kernels; runs of pixels are cut near its
  /// multiples.
  static let tilePixels = 14

  /// The place of the layer in the network.
  let layerIndex: Int
  /// What it computes: `conv_pw 1×1`.
  let title: String
  /// By which kernels: `product`.
  let kernel: String
  /// The multiply-adds of all images.
  let multiplyAdds: Int
  /// The maps that are read.
  let inputs: [PlannedMap]
  /// The map that is written.
  let output: PlannedMap
  /// The number of tasks.
  let taskCount: Int
  /// The number of elements that each thread needs for itself.
  let scratchCount: Int

  init(
    layerIndex: Int, title: String, kernel: String, multiplyAdds: Int, inputs: [PlannedMap],
    output: PlannedMap, taskCount: Int, scratchCount: Int
  ) {
    self.layerIndex = layerIndex
    self.title = title
    self.kernel = kernel
    self.multiplyAdds = multiplyAdds
    self.inputs = inputs
    self.output = output
    self.taskCount = taskCount
    self.scratchCount = scratchCount
  }

  /// Does one task.
  func run(_ task: Int, in memory: StepMemory) {
    preconditionFailure("every kind of step runs its own tasks")
  }
}

/// What a task may touch.
@safe struct StepMemory {
  let kernels: UnsafePointer<gpk_kernels>
  /// The arena.
  let arena: UnsafeMutablePointer<Float>
  /// Where each map begins in the arena.
  let mapOffsets: UnsafePointer<Int>
  /// The images as the caller has them, N×C×H×W.
  let images: UnsafePointer<Float>?
  /// The thread's own memory.
  let scratch: UnsafeMutablePointer<Float>

  /// The first element of a map.
  func start(of map: PlannedMap) -> UnsafeMutablePointer<Float> {
    unsafe arena + mapOffsets[map.index]
  }
}

/// Ranges of nearly equal length that cover 0..<count.
struct EvenDivision {
  let count: Int
  let partCount: Int

  /// At least one part, none longer than `longest`, as many as a multiple of `multiple` where there
  /// is enough to divide.
  init(_ count: Int, longest: Int, multiple: Int = 1) {
    self.count = count
    let needed = (count + longest - 1) / longest
    partCount = max(1, min(count, (needed + multiple - 1) / multiple * multiple))
  }

  /// The most elements that a part has.
  var longestPart: Int { (count + partCount - 1) / partCount }

  subscript(part: Int) -> Range<Int> {
    (part * count / partCount)..<((part + 1) * count / partCount)
  }
}
