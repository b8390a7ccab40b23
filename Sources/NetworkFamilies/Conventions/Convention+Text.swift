extension Convention {
  /// The convention and what of a network's rules is not its own, as the label of a program:
  /// `timm epsilon=0.001`, `efficientnet-pytorch padding=same-at:240x240`.
  func text(_ rules: LayerRules) -> String {
    var words = [name]
    if rules.epsilon != self.rules.epsilon { words.append("epsilon=\(rules.epsilon)") }
    if rules.padding != self.rules.padding {
      words.append("padding=\("\(rules.padding)".replacing(" ", with: ":"))")
    }
    return words.joined(separator: " ")
  }

  /// Reads the text of a convention and its rules; nil for any other.
  static func parsed(_ text: String) -> (convention: Convention, rules: LayerRules)? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard let convention = words.first.flatMap({ Convention(named: $0) }) else { return nil }
    var rules = convention.rules
    for word in words.dropFirst() {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      switch parts[0] {
      case "epsilon":
        guard let epsilon = Double(parts[1]), epsilon >= 0, epsilon.isFinite else { return nil }
        rules = rules.with(epsilon: epsilon)
      case "padding":
        guard let padding = PaddingStyle(parts[1].replacing(":", with: " ")) else { return nil }
        rules.padding = padding
      default: return nil
      }
    }
    // One network has one text.
    return convention.text(rules) == text ? (convention, rules) : nil
  }
}
