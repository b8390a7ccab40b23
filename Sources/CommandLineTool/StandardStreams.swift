import Glibc

/// Standard output and standard error, written whole and at once.
public enum StandardStreams {
  /// Puts something that fails in the place of streams that the caller closed, so that no file that
  /// the tool opens takes their numbers and gets what is meant for them.
  static func occupyClosed() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ] where fcntl(descriptor, F_GETFD) < 0 {
      // The system gives the lowest number that is free.
      _ = unsafe open("/dev/null", mode)
    }
  }

  /// Writes all of `text` to standard output.
  ///
  /// - Throws: An exit with ``ExitCode/inputOutput`` where not all of it can be written; without a
  ///   message where the reader went away.
  public static func writeOutput(_ text: String) throws(EarlyExit) {
    let number = write(text, to: STDOUT_FILENO)
    guard number != 0 else { return }
    let reason = unsafe String(cString: strerror(number))
    throw EarlyExit(
      .inputOutput, number == EPIPE ? "" : "standard output cannot be written: \(reason)")
  }

  /// The word that every message about a failure begins with.
  static let errorMark = "error:"

  /// Writes `text` to standard error, the word `error:` at its beginning in red where the terminal
  /// shows colours; there is nowhere to report that it cannot be written.
  public static func writeError(_ text: String) {
    guard text.hasPrefix(errorMark), Terminal.colorsErrors else {
      _ = write(text, to: STDERR_FILENO)
      return
    }
    _ = write(
      "\u{1B}[1;31m\(errorMark)\u{1B}[0m\(text.dropFirst(errorMark.count))", to: STDERR_FILENO)
  }

  /// Writes all of `text` and returns 0, or the `errno` of what failed.
  private static func write(_ text: String, to descriptor: CInt) -> CInt {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}
