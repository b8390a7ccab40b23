import Glibc

/// What is known about the terminal that the tool writes to.
public enum Terminal {
  /// The width that is assumed where there is no terminal, in columns.
  public static let standardWidth = 80

  /// Whether standard error is a terminal.
  public static var showsErrors: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether a line on standard error can be rewritten: it is a terminal, and not one that calls
  /// itself dumb.
  static var canRewriteErrors: Bool {
    guard showsErrors, let kind = environmentValue("TERM") else { return false }
    return kind != "dumb"
  }

  /// Whether messages on standard error are coloured.
  public static var colorsErrors: Bool {
    usesColor(
      isTerminal: showsErrors, noColor: environmentValue("NO_COLOR"),
      terminalType: environmentValue("TERM"))
  }

  /// Whether to colour what goes to a stream: only on a terminal that knows colours, and not where
  /// `NO_COLOR` says something (https://no-color.org).
  static func usesColor(isTerminal: Bool, noColor: String?, terminalType: String?) -> Bool {
    isTerminal && (noColor ?? "").isEmpty && terminalType != "dumb"
  }

  /// Whether standard output is a terminal.
  public static var showsOutput: Bool { isatty(STDOUT_FILENO) == 1 }

  /// How many colours can be shown on standard output.
  public static var outputColors: ColorDepth {
    colorDepth(
      isTerminal: showsOutput, noColor: environmentValue("NO_COLOR"),
      terminalType: environmentValue("TERM"), colorTerm: environmentValue("COLORTERM"))
  }

  /// How many colours a stream shows: all where `COLORTERM` says so, which terminals set that do, and
  /// else 256, which all have that are in use.
  static func colorDepth(
    isTerminal: Bool, noColor: String?, terminalType: String?, colorTerm: String?
  ) -> ColorDepth {
    guard usesColor(isTerminal: isTerminal, noColor: noColor, terminalType: terminalType) else {
      return .none
    }
    return ["truecolor", "24bit"].contains(colorTerm) ? .full : .palette
  }

  private static func environmentValue(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
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
