internal import CGPUNetKernels
public import BinaryInput
import Glibc
import Synchronization

extension Remedy {
  /// Fewer threads may be used.
  public static let fewerThreads = Remedy("fewer-threads", "use fewer threads")
}

/// Work that several threads do together.
package protocol TeamWork: AnyObject {
  /// Called once on each thread; `thread` counts from 0, which is the caller's own.
  func work(thread: Int)
}

/// A fixed number of threads, the caller's among them, that stay ready between calls.
///
/// For a short while after a call they wait in a loop, then they sleep.
///
/// `@unchecked Sendable`: the caller's fields are written only between calls, and its threads read
/// them after they have seen the call's number.
@safe package final class ThreadTeam: @unchecked Sendable {
  /// The number of threads.
  package let threadCount: Int

  private let shared: Shared
  private var threads: [pthread_t] = []

  /// - Throws: `io.memory` where the system has no more threads.
  package init(threadCount: Int) throws(ReadError) {
    precondition(threadCount >= 1, "at least the caller's own thread")
    self.threadCount = threadCount
    shared = Shared()
    for index in 1..<max(threadCount, 1) {
      let start = Start(shared: shared, thread: index)
      let context = unsafe Unmanaged.passRetained(start)
      var thread = pthread_t()
      let status = unsafe pthread_create(
        &thread, nil,
        { context in
          let start = unsafe Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
          start.shared.serve(thread: start.thread)
          return nil
        }, context.toOpaque())
      guard status == 0 else {
        unsafe context.release()
        stop()
        throw ReadError(
          .outOfMemory, "no more threads", expected: "\(threadCount) threads",
          found: "\(index)", remedy: .fewerThreads)
      }
      threads.append(thread)
    }
  }

  deinit { stop() }

  /// Does the work on every thread and returns when all are done.
  package func run(_ work: any TeamWork) {
    if threads.isEmpty {
      work.work(thread: 0)
      return
    }
    shared.begin(work, helperCount: threads.count)
    work.work(thread: 0)
    shared.finish()
  }

  private func stop() {
    shared.begin(nil, helperCount: 0)
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  private final class Start {
    let shared: Shared
    let thread: Int

    init(shared: Shared, thread: Int) {
      self.shared = shared
      self.thread = thread
    }
  }

  /// What the threads share; outlives the team until the last thread has seen the end.
  @safe private final class Shared: @unchecked Sendable {
    private let callNumber = Atomic<Int>(0)
    private let busyCount = Atomic<Int>(0)
    private let sleeperCount = Atomic<Int>(0)
    private unowned(unsafe) var work: (any TeamWork)?
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// Turns of the waiting loop before a thread sleeps: some hundred microseconds.
    private static let patience = 20_000

    init() {
      unsafe mutex = .allocate(capacity: 1)
      unsafe condition = .allocate(capacity: 1)
      unsafe mutex.initialize(to: pthread_mutex_t())
      unsafe condition.initialize(to: pthread_cond_t())
      unsafe pthread_mutex_init(mutex, nil)
      unsafe pthread_cond_init(condition, nil)
    }

    deinit {
      unsafe pthread_mutex_destroy(mutex)
      unsafe pthread_cond_destroy(condition)
      unsafe mutex.deallocate()
      unsafe condition.deallocate()
    }

    /// Hands out work; nil ends the threads.
    func begin(_ work: (any TeamWork)?, helperCount: Int) {
      unsafe self.work = work
      busyCount.store(helperCount, ordering: .relaxed)
      callNumber.add(1, ordering: .sequentiallyConsistent)
      if sleeperCount.load(ordering: .sequentiallyConsistent) > 0 {
        unsafe pthread_mutex_lock(mutex)
        unsafe pthread_cond_broadcast(condition)
        unsafe pthread_mutex_unlock(mutex)
      }
    }

    /// Waits until every helper is done.
    func finish() {
      var waiting = Waiting()
      while busyCount.load(ordering: .acquiring) > 0 { waiting.pause() }
    }

    func serve(thread: Int) {
      var seen = 0
      while true {
        var turns = 0
        while callNumber.load(ordering: .acquiring) == seen {
          turns += 1
          if turns < Shared.patience {
            gpk_pause()
          } else {
            sleep(whileCallIs: seen)
          }
        }
        seen += 1
        guard let work = unsafe work else { return }
        work.work(thread: thread)
        busyCount.subtract(1, ordering: .acquiringAndReleasing)
      }
    }

    private func sleep(whileCallIs number: Int) {
      unsafe pthread_mutex_lock(mutex)
      sleeperCount.add(1, ordering: .sequentiallyConsistent)
      while callNumber.load(ordering: .sequentiallyConsistent) == number {
        unsafe pthread_cond_wait(condition, mutex)
      }
      sleeperCount.subtract(1, ordering: .sequentiallyConsistent)
      unsafe pthread_mutex_unlock(mutex)
    }
  }
}

/// A wait in a loop that lets other programs run where it lasts.
struct Waiting {
  private var turns = 0
  private static let patience = 4_000

  mutating func pause() {
    turns += 1
    if turns < Waiting.patience { gpk_pause() } else { sched_yield() }
  }
}

/// Where all threads of a team meet, and the counters by which they share out tasks between.
///
/// Every thread has a share of neighbouring tasks, so that it mostly finds in its caches what it
/// wrote before, and takes from others' shares when its own is done.
///
/// `@unchecked Sendable`: the counters are atomic.
@safe final class MeetingPoint: @unchecked Sendable {
  /// A counter with a cache line and its neighbour for itself.
  private struct Counter: ~Copyable {
    let taken = Atomic<Int>(0)
    let padding: (Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int) =
      (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  }

  private let threadCount: Int
  private let arrivedCount = Counter()
  private let meetingNumber = Counter()
  /// How many tasks of each thread's share are taken.
  private let shares: UnsafeMutablePointer<Counter>

  init(threadCount: Int) {
    self.threadCount = threadCount
    unsafe shares = .allocate(capacity: threadCount)
    for thread in 0..<threadCount { unsafe (shares + thread).initialize(to: Counter()) }
  }

  deinit {
    unsafe shares.deinitialize(count: threadCount)
    unsafe shares.deallocate()
  }

  /// A task that nobody has taken since the last meeting, or nil where there is none.
  func takeTask(of taskCount: Int, thread: Int) -> Int? {
    for offset in 0..<threadCount {
      let owner = thread + offset < threadCount ? thread + offset : thread + offset - threadCount
      let first = owner * taskCount / threadCount
      let count = (owner + 1) * taskCount / threadCount - first
      if unsafe shares[owner].taken.load(ordering: .relaxed) >= count { continue }
      let index = unsafe shares[owner].taken.add(1, ordering: .relaxed).oldValue
      if index < count { return first + index }
    }
    return nil
  }

  /// Waits for all others; whatever any thread wrote before is seen by all after.
  func meet() {
    let meeting = meetingNumber.taken.load(ordering: .relaxed)
    if arrivedCount.taken.add(1, ordering: .acquiringAndReleasing).newValue == threadCount {
      arrivedCount.taken.store(0, ordering: .relaxed)
      for thread in 0..<threadCount { unsafe shares[thread].taken.store(0, ordering: .relaxed) }
      meetingNumber.taken.store(meeting + 1, ordering: .releasing)
    } else {
      var waiting = Waiting()
      while meetingNumber.taken.load(ordering: .acquiring) == meeting { waiting.pause() }
    }
  }
}
