/// How much wider and deeper than its family's base a network is.
struct NetworkScale: Hashable, Sendable {
  /// What the channels are multiplied by.
  let width: Double
  /// What the repeats of a stage's block are multiplied by.
  let depth: Double
}

/// How a scaled number of channels becomes a whole one.
struct ChannelRounding: Hashable, Sendable {
  /// Channels are a multiple of it, and at least as many.
  var divisor = 8
  /// The part of the exact number below which rounding may not go; then it goes up.
  var limit = 0.9

  /// The multiple of the divisor that is nearest to `channels` times `width`, halves up.
  func rounded(_ channels: Int, width: Double) -> Int {
    let exact = Double(channels) * width
    let nearest = max(divisor, Int(exact + Double(divisor) / 2) / divisor * divisor)
    return Double(nearest) < limit * exact ? nearest + divisor : nearest
  }
}

/// The width of a layer that may keep its width when a network grows.
enum ScaledChannels: Hashable, Sendable {
  /// The same in every network of the family.
  case fixed(Int)
  /// Scaled like the blocks' channels.
  case scaled(Int)
  /// Scaled, but never below that of the base.
  case atLeast(Int)

  func rounded(by rounding: ChannelRounding, width: Double) -> Int {
    switch self {
    case .fixed(let channels): channels
    case .scaled(let channels): rounding.rounded(channels, width: width)
    case .atLeast(let channels): max(channels, rounding.rounded(channels, width: width))
    }
  }
}

/// How often a block stands in a deeper network.
struct RepeatScaling: Hashable, Sendable {
  /// Where the product of repeats and depth goes that is no whole number.
  var rounding = FloatingPointRoundingRule.up
  /// Whether the first and the last stage are deepened like the others.
  var scalesEnds = true

  func scaled(_ repeats: Int, depth: Double, atEnd: Bool) -> Int {
    guard scalesEnds || !atEnd else { return repeats }
    return max(1, Int((Double(repeats) * depth).rounded(rounding)))
  }
}
