public import NetworkFamilies

/// What in a file shows that a field of a layer string has its value and no other.
public enum FieldEvidence: String, CaseIterable, Sendable {
  /// Another value would give tensors of other shapes.
  case shapes
  /// The shapes show the widths that an expansion gives; its digits may be others that give the same.
  case widths
  /// Another value would give the same tensors and other steps, which a graph states.
  case graph
  /// Another value would give the same tensors and other steps, which the modules in the file state.
  case modules
  /// Nothing in the file depends on it.
  case assertion
}

extension Layer {
  /// What shows the value of a field, in a file with the parameters and perhaps with more.
  ///
  /// - Parameters:
  ///   - field: The field.
  ///   - steps: What in the file states the steps of the layers: ``FieldEvidence/graph``,
  ///     ``FieldEvidence/modules``, or ``FieldEvidence/assertion`` where nothing does.
  /// - Returns: Nil for a field that the kind does not have.
  public func evidence(for field: LayerField, steps: FieldEvidence) -> FieldEvidence? {
    guard fields.contains(field) else { return nil }
    switch field {
    case .kernelSize, .inputChannels, .middleChannels, .outputChannels, .squeezeExcite:
      return .shapes
    case .groups:
      // A distilled edge residual says how many, and none of its convolutions has them.
      return kind == .distilledEdgeResidual ? .assertion : .shapes
    case .expansion:
      // Widths of the plain grammar are rounded, so that many fractions give the same.
      return expansion.isWhole || kind.facts.grammar == .distilled ? .shapes : .widths
    case .stride, .activation, .residual:
      return steps
    }
  }
}

/// What shows the fields of all layer strings of a network.
public struct EvidenceSummary: Sendable {
  /// Every layer with its fields, by what shows them.
  public let layers: [(layer: Layer, fields: [FieldEvidence: [LayerField]])]

  /// Asks for every field of every layer.
  public init(_ layers: [Layer], steps: FieldEvidence) {
    self.layers = layers.map { layer in
      let fields = Dictionary(
        grouping: layer.fields,
        // The kind has these fields.
        by: { layer.evidence(for: $0, steps: steps) ?? .assertion })
      return (layer, fields)
    }
  }

  /// How many layers have a field that is shown so, for the fields in the order of layer strings.
  public func counts(_ evidence: FieldEvidence) -> [(field: LayerField, count: Int)] {
    LayerField.allCases.compactMap { field in
      let count = layers.count { $0.fields[evidence]?.contains(field) ?? false }
      return count > 0 ? (field, count) : nil
    }
  }
}
