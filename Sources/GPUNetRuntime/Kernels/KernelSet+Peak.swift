public import BinaryInput
internal import CGPUNetKernels
import Synchronization

extension KernelSet {
  /// How fast fused multiply-adds in registers alone are on some threads, in 10⁹ operations a
  /// second, two for each multiply-add.
  ///
  /// - Throws: `io.memory` where the system has no more threads.
  public func peakGigaflopsPerSecond(
    threadCount: Int, milliseconds: Int
  ) throws(ReadError) -> Double {
    let team = try ThreadTeam(threadCount: threadCount)
    let exercise = PeakExercise(self)
    // Once for the clock frequency to settle and to learn how much fits into the time.
    let rounds = 100_000
    let first = exercise.measure(rounds: rounds, on: team)
    let wanted = Double(milliseconds) * 1e6 / 3 / Double(max(first, 1)) * Double(rounds)
    let least = (0..<3).map { _ in exercise.measure(rounds: Int(wanted) + 1, on: team) }.min()!
    let operations =
      unsafe Double(Int(wanted) + 1) * table.pointee.peak_operations * Double(threadCount)
    return operations / Double(max(least, 1))
  }
}

/// Arithmetic on every thread of a team.
private final class PeakExercise: TeamWork {
  private let kernels: KernelSet
  private var rounds = 0
  /// What the arithmetic gives, so that it is not left out.
  private let witness = Atomic<Int>(0)

  init(_ kernels: KernelSet) {
    self.kernels = kernels
  }

  /// The nanoseconds that it takes until the last thread is done.
  func measure(rounds: Int, on team: ThreadTeam) -> Int {
    self.rounds = rounds
    let start = nanoseconds()
    team.run(self)
    return nanoseconds() - start
  }

  func work(thread: Int) {
    let result = unsafe kernels.table.pointee.peak(rounds)
    witness.add(result.isNaN ? 1 : 0, ordering: .relaxed)
  }
}
