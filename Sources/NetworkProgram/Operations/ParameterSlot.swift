/// The place of a parameter in a network, whatever its author calls it.
public struct ParameterSlot: Hashable, Sendable {
  /// The index of the layer.
  public let layer: Int
  /// The index of the unit in its layer. A unit is what has weights of its own: a convolution with the
  /// batch norm behind it, or the classifier; a squeeze-excite has two.
  public let unit: Int
  /// What the parameter is for.
  public let role: ParameterRole

  /// Names a place.
  public init(layer: Int, unit: Int, role: ParameterRole) {
    self.layer = layer
    self.unit = unit
    self.role = role
  }
}

extension LayerProgram {
  /// A step of a layer and the place of what it has weights for.
  public struct Step: Hashable, Sendable {
    /// The step.
    public let operation: Operation
    /// The index of its first unit in the layer; that of the next one where it has none.
    public let firstUnit: Int
  }

  /// The steps, first to last, with their units.
  public var steps: [Step] {
    var unit = 0
    return operations.map { operation in
      defer { unit += operation.unitCount }
      return Step(operation: operation, firstUnit: unit)
    }
  }

  /// The convolutions with the indices of their units, in the order of their parameters.
  public var convolutions: [(unit: Int, convolution: Convolution)] {
    steps.flatMap { step in
      step.operation.convolutions.enumerated().map { (step.firstUnit + $0, $1) }
    }
  }

  /// The place of a parameter of one of the layer's units.
  public func slot(_ role: ParameterRole, ofUnit unit: Int) -> ParameterSlot {
    ParameterSlot(layer: index, unit: unit, role: role)
  }
}

extension Operation {
  fileprivate var unitCount: Int {
    if case .linear = self { 1 } else { convolutions.count }
  }
}
