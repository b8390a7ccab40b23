import TensorData

/// How tools keep a parameter in parts: the names of the parts, and what they make.
struct Parametrisation: Sendable {
  /// What it is called.
  let title: String
  /// The parts, each with what stands in place of the parameter's own name `*`.
  let parts: [String]
  /// What leads on in Python, for one that cannot be made from what is saved.
  var advice = "torch.nn.utils.parametrize.remove_parametrizations(module, \"weight\")"
  /// How the parameter is made of them; nil for one that cannot be made from what is saved.
  let source: (@Sendable ([String]) -> ParameterSource)?

  /// All that are known, those with more parts first.
  static let all = [
    Parametrisation(
      title: "spectral normalisation", parts: ["*_orig", "*_u", "*_v"],
      advice: "torch.nn.utils.remove_spectral_norm(module)", source: nil),
    Parametrisation(
      title: "spectral normalisation", parts: ["*_orig", "*_u"],
      advice: "torch.nn.utils.remove_spectral_norm(module)", source: nil),
    Parametrisation(
      title: "spectral normalisation",
      parts: ["parametrizations.*.original", "parametrizations.*.0._u"], source: nil),
    Parametrisation(
      title: "pruning", parts: ["*_orig", "*_mask"],
      source: { .masked(weight: $0[0], mask: $0[1]) }),
    Parametrisation(
      title: "pruning with masks", parts: ["*", "*_mask"],
      source: { .masked(weight: $0[0], mask: $0[1]) }),
    Parametrisation(
      title: "weight normalisation",
      parts: ["parametrizations.*.original0", "parametrizations.*.original1"],
      source: { .weightNorm(magnitude: $0[0], direction: $0[1]) }),
    Parametrisation(
      title: "weight normalisation", parts: ["*_g", "*_v"],
      source: { .weightNorm(magnitude: $0[0], direction: $0[1]) }),
    Parametrisation(
      title: "pruning whose mask is missing", parts: ["*_orig"],
      advice: "torch.nn.utils.prune.remove(module, \"weight\")", source: nil),
    Parametrisation(
      title: "a parametrisation of its own", parts: ["parametrizations.*.original"], source: nil),
  ]

  /// The parameters that can be kept in parts.
  private static let parameters = ["weight", "bias"]

  /// A parameter that was found in parts.
  struct Match {
    let parametrisation: Parametrisation
    /// Its own full name.
    let name: String
    /// The members that are its parts.
    let parts: [Candidate.Member]

    /// The shape of the parameter; that of the part with the most elements.
    var shape: [Int]? {
      parts.compactMap(\.shape).max { $0.reduce(1, *) < $1.reduce(1, *) }
    }
  }

  /// Every parameter that is kept in parts, by the names of the members.
  static func matches(_ members: [String: Candidate.Member]) -> [Match] {
    var matches: [Match] = []
    var taken: Set<String> = []
    for parametrisation in all {
      for parameter in parameters {
        let endings = parametrisation.parts.map { $0.replacing("*", with: parameter) }
        for name in members.keys.filter({ $0.hasSuffix("." + endings[0]) }).sorted() {
          let stem = String(name.dropLast(endings[0].count))
          let parts = endings.compactMap { members[stem + $0] }
          let own = stem + parameter
          // Its own name is free, or one of the parts.
          guard parts.count == endings.count, members[own] == nil || endings[0] == parameter,
            !taken.contains(own)
          else {
            continue
          }
          taken.insert(own)
          matches.append(Match(parametrisation: parametrisation, name: own, parts: parts))
        }
      }
    }
    return matches
  }
}
