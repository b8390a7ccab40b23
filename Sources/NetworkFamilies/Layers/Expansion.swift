/// How many times wider a block is inside than at its input.
///
/// Configurations write whole and fractional numbers (`8`, `4.0`, `7.670`) and layer strings print
/// them as Python prints the parsed number (`8`, `4.0`, `7.67`), so the kind of number is kept.
public struct Expansion: Hashable, Sendable {
  /// The factor.
  public let value: Double
  /// Whether the number was written without a decimal point.
  public let isWhole: Bool

  /// The largest factor that is accepted.
  public static let maximum = 64.0

  /// A factor written as a whole number, or nil outside 1…``maximum``.
  public init?(_ value: Int) {
    guard value >= 1, value <= Int(Expansion.maximum) else { return nil }
    self.value = Double(value)
    isWhole = true
  }

  /// A factor written with a decimal point, or nil for one that is not positive or above
  /// ``maximum``.
  public init?(_ value: Double) {
    guard value > 0, value <= Expansion.maximum else { return nil }
    self.value = value
    isWhole = false
  }

  /// Reads the printed form; nil for any other spelling of the same number.
  public init?(_ text: some StringProtocol) {
    let whole = Int(text).flatMap { Expansion($0) }
    guard let expansion = whole ?? Double(text).flatMap({ Expansion($0) }),
      expansion.description == text
    else { return nil }
    self = expansion
  }
}

extension Expansion: CustomStringConvertible {
  /// The number as Python prints it.
  public var description: String {
    isWhole ? String(Int(value)) : String(value)
  }
}
