import Synchronization

/// How much a file may make its readers do: steps and live bytes, counted in one place.
///
/// Whoever reads, searches or computes what a file asks for draws on one budget that it was given,
/// before it does the work; so that no detour escapes the limits.
public final class WorkBudget: Sendable {
  /// The most that may be done.
  public struct Limits: Hashable, Sendable {
    /// Steps: values looked at, names compared, nodes made. One takes about 10 to 100 ns.
    public var stepCount: Int
    /// The bytes that are alive at the same time beyond what the file itself has.
    public var liveByteCount: Int

    /// States both limits.
    public init(stepCount: Int = 50_000_000, liveByteCount: Int = 4 << 30) {
      self.stepCount = stepCount
      self.liveByteCount = liveByteCount
    }
  }

  /// The most that may be done.
  public let limits: Limits

  private let steps = Atomic<Int>(0)
  private let bytes = Atomic<Int>(0)

  /// Creates a budget of which nothing is spent.
  public init(_ limits: Limits = Limits()) {
    self.limits = limits
  }

  /// The steps that were taken.
  public var stepCount: Int { steps.load(ordering: .relaxed) }

  /// The bytes that are alive.
  public var liveByteCount: Int { bytes.load(ordering: .relaxed) }

  /// Pays for steps that are about to be taken.
  ///
  /// - Parameters:
  ///   - count: How many; not negative.
  ///   - what: What they are for, as a phrase for the message.
  /// - Throws: `work.budget` where they are more than is left.
  public func spend(
    steps count: Int, on what: @autoclosure () -> String
  ) throws(ReadError) {
    let limit = limits.stepCount
    guard WorkBudget.take(count, from: steps, limit: limit) else {
      throw ReadError(
        .workBudget, "\(what()) takes more steps than any honest file needs",
        expected: "at most \(limit)")
    }
  }

  /// Pays for bytes that are about to be made; ``release(bytes:)`` gives them back.
  ///
  /// - Throws: `work.budget` where they are more than is left.
  public func reserve(
    bytes count: Int, for what: @autoclosure () -> String
  ) throws(ReadError) {
    let limit = limits.liveByteCount
    guard WorkBudget.take(count, from: bytes, limit: limit) else {
      throw ReadError(
        .workBudget, "\(what()) takes more memory than is allowed",
        expected: "at most \(limit) bytes", found: "\(count) beside \(liveByteCount)",
        remedy: .allowMoreBytes)
    }
  }

  /// Gives back bytes that are not alive any more.
  public func release(bytes count: Int) {
    bytes.subtract(count, ordering: .relaxed)
  }

  /// Adds to a counter; false, and nothing changes, where that would pass the limit.
  private static func take(_ count: Int, from counter: borrowing Atomic<Int>, limit: Int) -> Bool {
    precondition(count >= 0, "what is taken is not given back by taking")
    let (sum, overflows) = counter.load(ordering: .relaxed).addingReportingOverflow(count)
    guard !overflows, sum <= limit else { return false }
    counter.add(count, ordering: .relaxed)
    return true
  }
}
