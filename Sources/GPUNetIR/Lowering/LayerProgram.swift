/// A layer as the steps that compute it.
public struct LayerProgram: Hashable, Sendable {
  /// The index of the layer in its network.
  public let index: Int
  /// The name of the layer's module in `network`: `stage: 1 layer3`.
  public let moduleName: String
  /// The layer that was lowered.
  public let layer: Layer
  /// The steps, first to last.
  public var operations: [Operation]
  /// What the modules of its units are called, in their order.
  public let unitNames: [UnitNames]

  /// The same steps with every batch norm folded into the convolution before it.
  public var folded: LayerProgram {
    var program = self
    program.operations = operations.map { operation in
      operation.mappingConvolutions { convolution in
        if convolution.batchNorm != nil { convolution.hasBias = true }
        convolution.batchNorm = nil
      }
    }
    return program
  }
}

/// Where the batch norms of a network are.
public enum NormalizationForm: String, CaseIterable, Hashable, Sendable {
  /// They follow their convolutions, as they were trained.
  case separate
  /// They are folded into weight and bias of the convolution before them.
  case folded
}

extension Layer {
  /// Whether both have the same steps; expansions that give the same widths cannot be told apart by
  /// what a layer computes.
  public func hasSameSteps(as other: Layer) -> Bool {
    operations(classCount: 1) == other.operations(classCount: 1)
  }
}

extension Architecture {
  /// All layers as the steps that compute them.
  public func programs(_ form: NormalizationForm) -> [LayerProgram] {
    entries.indices.map { index in
      let layer = entries[index].layer
      let program = LayerProgram(
        index: index, moduleName: moduleName(at: index), layer: layer,
        operations: layer.operations(classCount: classCount), unitNames: layer.unitNames)
      return form == .folded ? program.folded : program
    }
  }
}
