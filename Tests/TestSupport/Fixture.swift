public import BinaryInput
import Foundation

/// The files in `Fixtures/`.
public enum Fixture {
  /// The root of the package.
  public static let root: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  /// The absolute path of a file in `Fixtures/`.
  public static func path(_ name: String) -> String {
    "\(root)/Fixtures/\(name)"
  }

  /// The content of a file in `Fixtures/`.
  public static func bytes(_ name: String) throws(ReadError) -> Bytes {
    try MappedFile(path: path(name)).bytes
  }

  /// The names of the files in a folder of `Fixtures/`, sorted.
  public static func names(in folder: String) -> [String] {
    (try? FileStatus.entries(of: path(folder))) ?? []
  }
}

/// Random numbers that a printed seed reproduces (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts the sequence that belongs to `seed`.
  public init(seed: UInt64) {
    state = seed
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension Bytes {
  /// A copy as an array, for changing.
  public var array: [UInt8] {
    (0..<count).map { self[$0] }
  }
}

/// The numbers of a long series of cases: in an optimised build a part of them that changes from day
/// to day, and all of them in `make test-long`; every `step`-th in a debug build, which is too slow for
/// more.
public func series(_ count: Int, debugStep step: Int) -> [Int] {
  #if DEBUG
    return Array(stride(from: 0, to: count, by: step))
  #else
    let environment = ProcessInfo.processInfo.environment
    guard environment["GPUNET_LONG"] == nil else { return Array(0..<count) }
    // Another part each day, so that a week meets every case.
    let day = Int(Date.now.timeIntervalSince1970 / 86_400)
    return Array(stride(from: day % sharesOfLongSeries, to: count, by: sharesOfLongSeries))
  #endif
}

/// Whether the build is optimised; what takes too long in another one is left to it.
public var isOptimised: Bool {
  #if DEBUG
    false
  #else
    true
  #endif
}

/// In a debug build a fourth of the cases, another one each day; all of them in an optimised build, of
/// which `make test` runs these tests too.
public func shared<Case>(_ cases: [Case]) -> [Case] {
  #if DEBUG
    let day = Int(Date.now.timeIntervalSince1970 / 86_400)
    return cases.indices.filter { $0 % 4 == day % 4 }.map { cases[$0] }
  #else
    return cases
  #endif
}

/// Into how many parts a long series is divided, one a day.
private let sharesOfLongSeries = 7
