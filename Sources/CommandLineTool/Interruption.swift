package import Glibc
import Synchronization

/// How a tool ends when a signal asks it to.
public enum Interruption {
  /// Arranges for Ctrl-C (`SIGINT`) and `SIGTERM` to run `cleanup` and then end the process with
  /// 130 or 143, and for a reader that went away (`SIGPIPE`) and the limit on file sizes
  /// (`SIGXFSZ`) to show as failures of writing. Mapped memory whose file became shorter, or whose
  /// device fails (`SIGBUS`), ends the process with 74 and a line about it, after `cleanup` too.
  ///
  /// Call it once, before the tool starts a thread: threads inherit that the signals wait for the
  /// one thread that takes them. So `cleanup` runs as ordinary code, beside the rest of the tool.
  public static func handle(_ cleanup: @escaping @Sendable () -> Void) {
    _ = startWatching(cleanup)
  }

  /// Does what ``handle(_:)`` does and returns the thread that takes the signals, or nil where
  /// there is none to be had and they end the process as they do by default.
  package static func startWatching(_ cleanup: @escaping @Sendable () -> Void) -> pthread_t? {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    // The watching thread waits for this one, too, and has it blocked from its first moment; in the
    // other threads it stays open, and the one that it strikes hands it on.
    var lostMemory = sigset_t()
    unsafe sigemptyset(&lostMemory)
    unsafe sigaddset(&lostMemory, SIGBUS)
    unsafe sigaddset(&signals, SIGBUS)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    defer { unsafe pthread_sigmask(SIG_UNBLOCK, &lostMemory, nil) }

    let watch = Watch(signals: signals, cleanup: cleanup)
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(watch).toOpaque()
    let failure = unsafe pthread_create(
      &thread, nil,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Watch>.fromOpaque(context).takeRetainedValue().run()
      }, context)
    guard failure == 0 else {
      unsafe Unmanaged<Watch>.fromOpaque(context).release()
      unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      return nil
    }
    pthread_detach(thread)
    watchingThread.store(thread, ordering: .releasing)
    signal(SIGBUS) { _ in
      pthread_kill(Interruption.watchingThread.load(ordering: .acquiring), SIGBUS)
      while true { pause() }
    }
    return thread
  }

  private static let watchingThread = Atomic<pthread_t>(0)
  private static let isEnding = Atomic<Bool>(false)

  /// Returns only where no signal is ending the process, so that what the cleanup takes away from
  /// under the rest of the tool shows neither as a message nor as an exit code.
  static func waitIfEnding() {
    while isEnding.load(ordering: .acquiring) { pause() }
  }

  private final class Watch: Sendable {
    private let signals: sigset_t
    private let cleanup: @Sendable () -> Void

    init(signals: sigset_t, cleanup: @escaping @Sendable () -> Void) {
      self.signals = signals
      self.cleanup = cleanup
    }

    func run() -> Never {
      var signals = self.signals
      var number: CInt = 0
      while unsafe sigwait(&signals, &number) != 0 {}
      isEnding.store(true, ordering: .releasing)
      cleanup()
      guard number == SIGBUS else { _exit(128 + number) }
      StandardStreams.writeError(
        """
        \(StandardStreams.errorMark) a file became shorter while it was read, or its device failed; try again when \
        nothing writes to it [io.changed]

        """)
      _exit(ExitCode.inputOutput.rawValue)
    }
  }
}
