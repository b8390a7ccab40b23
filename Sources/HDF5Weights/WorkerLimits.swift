internal import BinaryInput

/// What the worker that reads and writes HDF5 files may take.
public struct WorkerLimits: Hashable, Sendable {
  /// The bytes of memory, beside twice those of the file.
  public var byteCount: Int
  /// How many seconds an answer may take, beside those for the bytes that are asked for.
  public var seconds: Double
  /// How many bytes it must read and decode in a second at least.
  public var byteCountPerSecond: Double

  /// States the limits.
  public init(
    byteCount: Int = 512 << 20, seconds: Double = 20, byteCountPerSecond: Double = 4_000_000
  ) {
    self.byteCount = byteCount
    self.seconds = seconds
    self.byteCountPerSecond = byteCountPerSecond
  }

  /// The bytes of memory for a file of so many bytes.
  func byteCount(forFileOf fileByteCount: Int) -> Int {
    fileByteCount.multiplied(exactly: 2)?.adding(exactly: byteCount) ?? .max
  }

  /// How many seconds an answer may take that so many bytes are needed for.
  func seconds(for byteCount: Int) -> Double {
    // A duration has no room for more, and nobody waits for so long.
    min(seconds + Double(byteCount) / max(byteCountPerSecond, 1), 1e9)
  }
}
