internal import Glibc
internal import Synchronization

/// The workers of this process that may still run.
public enum RunningWorkers {
  private static let processes = Mutex<Set<pid_t>>([])

  static func add(_ process: pid_t) {
    _ = processes.withLock { $0.insert(process) }
  }

  static func remove(_ process: pid_t) {
    _ = processes.withLock { $0.remove(process) }
  }

  /// Ends all workers of this process, which is about to end itself.
  public static func end() {
    processes.withLock { processes in
      for process in processes {
        kill(-process, SIGKILL)
        kill(process, SIGKILL)
      }
    }
  }
}
