/// A part of a name by which tools mark what is added to a weight when the network runs, or takes its
/// place: such a tensor is neither a parameter of a layer nor inert.
struct AdapterWord: Sendable {
  /// How the part of the name begins.
  let beginning: String
  /// What it is called.
  let title: String

  /// All that are known.
  static let all = [
    AdapterWord(beginning: "lora_", title: "low-rank adapters (LoRA)"),
    AdapterWord(beginning: "oft_", title: "orthogonal adapters (OFT)"),
    AdapterWord(beginning: "hada_", title: "Hadamard adapters (LoHa)"),
    AdapterWord(beginning: "ia3_l", title: "factors of their activations (IA3)"),
    AdapterWord(beginning: "vera_lambda", title: "adapters by random matrices (VeRA)"),
    AdapterWord(
      beginning: "modules_to_save", title: "copies that were trained in their place (PEFT)"),
  ]

  /// What merges all of them, in Python.
  static let advice = "model.merge_and_unload()"

  /// The word in a dotted path; nil where there is none.
  static func word(in name: String) -> AdapterWord? {
    let parts = name.split(separator: ".")
    return all.first { word in parts.contains { $0.hasPrefix(word.beginning) } }
  }
}

extension ParameterFit {
  /// What is added to the weights by tensors of the file when the network runs, how many those are and
  /// what merges them; nil where there are none.
  public var adapters: (title: String, count: Int, advice: String)? {
    let words = leftOver.compactMap { AdapterWord.word(in: $0.name) }
    return words.first.map { ($0.title, words.count, AdapterWord.advice) }
  }
}
