internal import BinaryInput

/// What the worker that reads and writes HDF5 files may take.
public struct WorkerLimits: Hashable, Sendable {
  /// The bytes of memory, beside twice those of the file and what its largest chunk needs.
  public var byteCount: Int
  /// The most bytes of memory that a chunk can make of them; fewer than ``byteCount`` have no effect.
  public var largestByteCount: Int
  /// How many seconds an answer may take, beside those for the bytes that are asked for.
  public var seconds: Double
  /// How many bytes it must read and decode in a second at least.
  public var byteCountPerSecond: Double

  /// States the limits.
  public init(
    byteCount: Int = 512 << 20, largestByteCount: Int = 4 << 30, seconds: Double = 20,
    byteCountPerSecond: Double = 4_000_000
  ) {
    self.byteCount = byteCount
    self.largestByteCount = largestByteCount
    self.seconds = seconds
    self.byteCountPerSecond = byteCountPerSecond
  }

  /// The bytes of memory for a file of so many bytes.
  func byteCount(forFileOf fileByteCount: Int) -> Int {
    fileByteCount.multiplied(exactly: 2)?.adding(exactly: byteCount) ?? .max
  }

  /// The bytes of memory for a file of so many bytes, of which the largest chunk has so many when it is
  /// decoded.
  func byteCount(forFileOf fileByteCount: Int, chunkByteCount: Int) -> Int {
    let usual = byteCount(forFileOf: fileByteCount)
    // The library inflates into memory that it doubles, and needs another copy for each other filter.
    let needed = chunkByteCount.multiplied(exactly: 4)?.adding(exactly: usual) ?? .max
    return max(usual, min(needed, largestByteCount))
  }

  /// How many seconds an answer may take that so many bytes are needed for.
  func seconds(for byteCount: Int) -> Double {
    // A duration has no room for more, and nobody waits for so long.
    min(seconds + Double(byteCount) / max(byteCountPerSecond, 1), 1e9)
  }
}
