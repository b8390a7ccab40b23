public import BinaryInput

/// The height and width of an input, in pixels.
public struct Resolution: Hashable, Sendable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int

  /// The largest height or width that is accepted.
  public static let maximum = 8_192

  /// Creates a resolution, or nil outside 1…``maximum``.
  public init?(height: Int, width: Int) {
    guard (1...Resolution.maximum).contains(height), (1...Resolution.maximum).contains(width)
    else { return nil }
    self.height = height
    self.width = width
  }

  /// Creates a square resolution, or nil outside 1…``maximum``.
  public init?(square side: Int) {
    self.init(height: side, width: side)
  }

  /// Reads `N` or `HxW` (also with `×`).
  ///
  /// - Throws: `architecture.resolution` for anything else.
  public init(parsing text: String) throws(ReadError) {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "x" || $0 == "×" }
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count),
      let resolution = Resolution(height: numbers[0], width: numbers[numbers.count - 1])
    else {
      throw ReadError(
        .architectureResolution, "no resolution",
        expected: "N or HxW with 1 to \(Resolution.maximum) pixels", found: text)
    }
    self = resolution
  }
}

extension Resolution: CustomStringConvertible {
  /// `320`, or `320×256` where the sides differ.
  public var description: String {
    height == width ? "\(height)" : "\(height)×\(width)"
  }
}
