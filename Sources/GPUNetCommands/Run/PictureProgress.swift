import Spelling
import CommandLineTool

/// A line on a terminal with the pictures that are done, their number a second and the time left.
struct PictureProgress: Sendable {
  private let count: Int
  private let isShown: Bool
  private let start = ContinuousClock.now

  /// - Parameters:
  ///   - count: The number of pictures.
  ///   - isShown: Whether the line is wanted, where it is possible.
  init(count: Int, isShown: Bool) {
    self.count = count
    self.isShown = isShown && count > 1 && ProgressLine.isPossible
  }

  /// Shows how far it is.
  func show(done: Int) {
    guard isShown, done < count else { return }
    let elapsed = ContinuousClock.now - start
    let seconds =
      Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    let rate = Double(done) / max(seconds, 1e-6)
    let left = Int((Double(count - done) / rate).rounded(.up))
    ProgressLine(
      "\(grouped(done)) of \(grouped(count)) pictures",
      "\(fixed(rate, 1)) a second, \(left.counted("second")) left"
    ).show()
  }

  /// Takes the line away.
  func erase() { if isShown { ProgressLine.erase() } }
}
