import BinaryInput
import GPUNetRuntime
import Synchronization

/// Items that several threads work on, each taking the next one as soon as it is free.
enum WorkerThreads {
  /// Calls `body` once for each item, and returns when all are done.
  ///
  /// - Parameters:
  ///   - itemCount: The number of items.
  ///   - threadCount: How many threads work, the caller's among them.
  ///   - body: Is given the index of an item, on any of the threads.
  /// - Throws: `io.memory` where the system has no more threads.
  static func run(
    itemCount: Int, threadCount: Int, _ body: @Sendable (Int) -> Void
  ) throws(ReadError) {
    let team = try ThreadTeam(threadCount: max(1, min(threadCount, itemCount)))
    withoutActuallyEscaping(body) { team.run(Items(count: itemCount, body: $0)) }
  }

  private final class Items: TeamWork {
    private let next = Atomic<Int>(0)
    private let count: Int
    private let body: @Sendable (Int) -> Void

    init(count: Int, body: @escaping @Sendable (Int) -> Void) {
      self.count = count
      self.body = body
    }

    func work(thread: Int) {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        body(index)
      }
    }
  }
}
