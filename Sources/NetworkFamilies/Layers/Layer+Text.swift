import NetworkProgram
public import BinaryInput

extension Layer {
  /// Reads a layer string in its canonical spelling.
  ///
  /// - Throws: `layer.grammar` for a text that is no layer string, `layer.field` for one whose
  ///   fields do not fit together.
  public init(parsing text: String) throws(ReadError) {
    let words = text.split(separator: "_", omittingEmptySubsequences: false)
    guard let kind = words.first.flatMap({ LayerKind(rawValue: String($0)) }) else {
      throw ReadError(
        .layerGrammar, "no layer string", path: [text],
        expected:
          "one that begins with \(LayerKind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    var rest = text.dropFirst(kind.rawValue.count)
    var values: [LayerField: Substring] = [:]
    for stated in kind.facts.fields + kind.facts.optionalFields {
      var field = stated
      var prefix = "_" + field.rawValue
      if field == .expansion, kind.facts.grammar == .plain, !rest.hasPrefix(prefix) {
        // The channels inside may be stated in place of the factor.
        field = .middleChannels
        prefix = "_" + field.rawValue
      }
      if field == .residual {
        guard let word = ["_skip", "_noskip"].first(where: { rest == $0 }) else { continue }
        values[field] = word.dropFirst()
        rest = ""
        continue
      }
      guard rest.hasPrefix(prefix) else {
        if kind.facts.optionalFields.contains(field) { continue }
        throw ReadError(
          .layerGrammar, "no layer string", path: [text],
          expected: "the form \(kind.template)", found: String(rest))
      }
      rest = rest.dropFirst(prefix.count)
      let value = rest.prefix { $0 != "_" }
      values[field] = value
      rest = rest.dropFirst(value.count)
    }
    func number(_ field: LayerField) throws(ReadError) -> Int? {
      guard let value = values[field] else { return nil }
      guard let number = Int(value) else { throw Layer.malformed(text, field, value) }
      return number
    }
    var expansion: Expansion?
    if let value = values[.expansion] {
      expansion = Expansion(value)
      if expansion == nil { throw Layer.malformed(text, .expansion, value) }
    }
    let name = values[.activation] ?? ""
    guard let activation = Activation(rawValue: String(name)) else {
      throw Layer.malformed(text, .activation, name)
    }
    let excite = values[.squeezeExcite] ?? "False"
    let squeezeChannels = Int(excite)
    guard squeezeChannels != nil || ["True", "False"].contains(excite) else {
      throw Layer.malformed(text, .squeezeExcite, excite)
    }
    do {
      try self.init(
        kind, kernelSize: try number(.kernelSize), expansion: expansion,
        groups: try number(.groups) ?? 1, inputChannels: try number(.inputChannels) ?? 0,
        middleChannels: try number(.middleChannels),
        outputChannels: try number(.outputChannels) ?? 0, stride: try number(.stride),
        activation: activation, hasSqueezeExcite: excite != "False",
        squeezeChannels: squeezeChannels, residual: values[.residual].map { $0 == "skip" })
    } catch {
      throw error.path.isEmpty ? error.within(text) : error
    }
    // Leading zeros and signs parse as numbers and would not print again.
    guard rest.isEmpty, description == text else {
      throw ReadError(
        .layerGrammar, "not the canonical spelling of a layer", expected: description, found: text)
    }
  }

  private static func malformed(
    _ text: String, _ field: LayerField, _ value: Substring
  ) -> ReadError {
    let expected =
      switch field {
      case .activation: Activation.allCases.map(\.rawValue).joined(separator: " or ")
      case .squeezeExcite: "True, False or a width"
      case .expansion:
        "a number above 0 and up to \(Expansion.maximum), spelled as Python prints it"
      default: "a whole number"
      }
    return ReadError(
      .layerGrammar, "the field \(field) is malformed", path: [text], expected: expected,
      found: String(value))
  }
}

extension Layer: CustomStringConvertible {
  /// The canonical layer string.
  public var description: String {
    ([kind.rawValue] + fields.map(text(of:))).joined(separator: "_")
  }

  /// What the published modules print: the layer string in the plain grammar, a shorter text that
  /// loses facts in the distilled one.
  public var publishedText: String {
    switch (kind.facts.grammar, kind.facts.position) {
    case (.plain, _): description
    case (.distilled, .first): kind == .distilledPrologue ? "Prologue" : "PrologueLarge"
    case (.distilled, .last): "Epilogue"
    case (.distilled, .inner):
      kind.facts.fields.filter { $0 != .activation }.map(text(of:)).joined(separator: "_")
    }
  }

  /// A field as the layer string has it: `k3`, `relu`, `se_True`.
  public func text(of field: LayerField) -> String {
    let value =
      switch field {
      case .kernelSize: "\(kernelSize)"
      case .expansion: "\(expansion)"
      case .groups: "\(groups)"
      case .inputChannels: "\(inputChannels)"
      case .middleChannels: "\(middleChannels)"
      case .outputChannels: "\(outputChannels)"
      case .stride: "\(stride)"
      case .activation: activation.rawValue
      case .squeezeExcite:
        statedSqueezeChannels.map { "\($0)" } ?? (hasSqueezeExcite ? "True" : "False")
      case .residual: statedResidual.map { $0 ? "skip" : "noskip" } ?? ""
      }
    if field == .residual { return value }
    return field.rawValue + value
  }
}

extension LayerKind {
  /// The form of the kind's layer strings, with `…` for every value.
  fileprivate var template: String {
    ([rawValue] + facts.fields.map { $0.rawValue + "…" }).joined(separator: "_")
  }
}
