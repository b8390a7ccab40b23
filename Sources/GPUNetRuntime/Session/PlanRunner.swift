internal import CGPUNetKernels
import BinaryInput
import Glibc

/// Runs a plan on a team of threads, in memory that it keeps.
@safe final class PlanRunner: TeamWork {
  let plan: ExecutionPlan
  private let kernels: KernelSet
  private let team: ThreadTeam
  private let arena: AlignedMemory
  private let scratches: [AlignedMemory]
  private let mapOffsets: OffsetTable
  private let meetingPoint: MeetingPoint
  private var images: UnsafePointer<Float>?
  /// Where the time of each step is added to, if anyone wants to know.
  var stepNanoseconds: [Int]?

  /// - Throws: `io.memory`.
  init(_ plan: ExecutionPlan, kernels: KernelSet, team: ThreadTeam) throws(ReadError) {
    self.plan = plan
    self.kernels = kernels
    self.team = team
    arena = try AlignedMemory(count: plan.arena.elementCount)
    var scratches: [AlignedMemory] = []
    for _ in 0..<team.threadCount {
      scratches.append(try AlignedMemory(count: plan.scratchCount))
    }
    self.scratches = scratches
    mapOffsets = OffsetTable(plan.arena.offsets)
    meetingPoint = MeetingPoint(threadCount: team.threadCount)
  }

  /// The first element of a map.
  func start(of map: PlannedMap) -> UnsafeMutablePointer<Float> {
    unsafe arena.start + plan.arena.offsets[map.index]
  }

  /// Runs all steps.
  ///
  /// - Parameter images: N×C×H×W, where the plan reads them from the caller.
  func run(_ images: UnsafePointer<Float>?) {
    unsafe self.images = unsafe images
    team.run(self)
    unsafe self.images = nil
  }

  /// Copies the output, a vector for each image, to N×`length`.
  func copyVectors(to place: UnsafeMutablePointer<Float>, length: Int) {
    let width = MapLayout.blockWidth
    let layout = plan.output.layout
    let start = unsafe start(of: plan.output)
    for image in 0..<layout.imageCount {
      for block in 0..<layout.blockCount {
        unsafe (place + image * length + block * width).update(
          from: start + block * layout.blockStride + image * layout.imageStride,
          count: min(width, length - block * width))
      }
    }
  }

  func work(thread: Int) {
    let memory = unsafe StepMemory(
      kernels: kernels.table, arena: arena.start, mapOffsets: UnsafePointer(mapOffsets.start),
      images: images, scratch: scratches[thread].start)
    // The times belong to the caller's thread, which writes them while others run.
    let isTimed = thread == 0 && stepNanoseconds != nil
    for (index, step) in plan.steps.enumerated() {
      let start = isTimed ? nanoseconds() : 0
      while let task = meetingPoint.takeTask(of: step.taskCount, thread: thread) {
        step.run(task, in: memory)
      }
      meetingPoint.meet()
      if isTimed { stepNanoseconds![index] += nanoseconds() - start }
    }
  }
}

/// A clock that only goes forward, in nanoseconds.
func nanoseconds() -> Int {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
