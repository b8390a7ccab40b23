import Glibc

/// What is known about the terminal that the tool writes to.
public enum Terminal {
  /// The width that is assumed where there is no terminal, in columns.
  public static let standardWidth = 80

  /// Whether standard output is a terminal.
  public static var showsOutput: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether standard error is a terminal.
  public static var showsErrors: Bool { isatty(STDERR_FILENO) == 1 }

  /// The width of the terminal that standard output goes to, in columns.
  public static var width: Int {
    var window = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else {
      return standardWidth
    }
    return Int(window.ws_col)
  }
}
