import Glibc
import Synchronization

/// One line on a terminal that says how far the work is, is rewritten as it goes on, and is gone
/// at its end.
public struct ProgressLine: Equatable, Sendable {
  /// How far a stage of the work is.
  public enum Extent: Equatable, Sendable {
    /// Nobody knows.
    case unknown
    /// So many of so many, printed in percent.
    case share(Int, of: Int)
    /// The element that is being worked on, counted from 1: `layer 3 of 9`.
    case element(String, Int, of: Int)
  }

  /// What is worked on, such as the name of a file.
  public let subject: String
  /// What is being done with it.
  public let stage: String
  /// How far that is.
  public let extent: Extent

  /// Describes a moment of the work.
  public init(_ subject: String, _ stage: String, _ extent: Extent = .unknown) {
    self.subject = subject
    self.stage = stage
    self.extent = extent
  }

  /// The line, cut so that it does not reach the last column of a terminal.
  ///
  /// - Parameter width: The width of the terminal, in columns.
  /// - Returns: The text without a line feed.
  public func text(width: Int) -> String {
    let progress =
      switch extent {
      case .unknown: stage
      case .share(let done, let total):
        "\(stage) \(total > 0 ? Int(Double(min(max(done, 0), total)) / Double(total) * 100) : 100)%"
      case .element(let kind, let number, let count): "\(stage) \(kind) \(number) of \(count)"
      }
    // Of a long subject the end says most.
    let room = width - 1 - progress.count - 2
    let name = subject.printable
    if name.count <= room { return "\(name): \(progress)" }
    if room > 8 { return "…\(name.suffix(room - 1)): \(progress)" }
    return String(progress.prefix(max(width - 1, 0)))
  }
}

extension ProgressLine {
  private static let shown = Mutex("")
  private static let erasure = "\r\u{1b}[K"

  /// Whether standard error is a terminal that can show such a line.
  public static var isPossible: Bool { Terminal.canRewriteErrors }

  /// Puts the line in the place of the one that is shown.
  public func show() {
    let text = text(width: Terminal.width(of: STDERR_FILENO))
    Self.shown.withLock { shown in
      guard shown != text else { return }
      StandardStreams.writeError(Self.erasure + text)
      shown = text
    }
  }

  /// Takes away the line that is shown, if any.
  public static func erase() {
    shown.withLock { shown in
      guard !shown.isEmpty else { return }
      StandardStreams.writeError(erasure)
      shown = ""
    }
  }
}
