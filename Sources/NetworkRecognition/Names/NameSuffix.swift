/// What tools put behind a parameter's own name: `weight:0`, `weight_ema`.
struct NameSuffix: Hashable, Sendable {
  /// The text.
  let text: String
  /// Whether it means another copy of the weights; otherwise it says nothing.
  let isCopy: Bool

  /// The names of parameters behind which something can stand.
  private static let parameters = [
    "weight", "bias", "running_mean", "running_var", "num_batches_tracked",
  ]

  /// Takes a suffix off the last part of a name; nil where there is none that is known.
  static func split(_ name: Substring) -> (own: Substring, suffix: NameSuffix)? {
    guard let own = parameters.first(where: { name.hasPrefix($0) }) else { return nil }
    let rest = name.dropFirst(own.count)
    if rest == ":0" {
      return (name.prefix(own.count), NameSuffix(text: String(rest), isCopy: false))
    }
    guard let first = rest.first, !first.isLetter,
      CandidateRole.averageWord(in: String(rest)) != nil
    else { return nil }
    return (name.prefix(own.count), NameSuffix(text: String(rest), isCopy: true))
  }
}
