import Glibc

/// What is known about the terminal that the tool writes to.
public enum Terminal {
  /// The width that is assumed where there is no terminal, in columns.
  public static let standardWidth = 80

  /// Whether standard output is a terminal.
  public static var showsOutput: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether standard error is a terminal.
  public static var showsErrors: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether a line on standard error can be rewritten: it is a terminal, and not one that calls
  /// itself dumb.
  static var canRewriteErrors: Bool {
    guard showsErrors, let kind = unsafe getenv("TERM") else { return false }
    return unsafe strcmp(kind, "dumb") != 0
  }

  /// The width of the terminal that standard output goes to, in columns.
  public static var width: Int { width(of: STDOUT_FILENO) }

  /// The width of the terminal behind a descriptor, in columns.
  static func width(of descriptor: CInt) -> Int {
    var window = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else {
      return standardWidth
    }
    return Int(window.ws_col)
  }
}
