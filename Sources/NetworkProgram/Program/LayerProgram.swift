/// A layer as the steps that compute it.
public struct LayerProgram: Hashable, Sendable {
  /// The index of the layer in its network.
  public let index: Int
  /// What it and its parameters are called.
  public let label: LayerLabel
  /// The steps, first to last.
  public var operations: [Operation]

  /// Joins steps and their label.
  public init(index: Int, label: LayerLabel, operations: [Operation]) {
    self.index = index
    self.label = label
    self.operations = operations
  }

  /// The name that reports and recordings give the layer: `stage: 1 layer3`.
  public var moduleName: String { label.moduleName }

  /// The name of one of the layer's parameters: `network.stage: 1 layer3.conv.weight`.
  public func name(_ role: ParameterRole, ofUnit unit: Int) -> String {
    label.units[unit].parameter(role)
  }

  /// What the module with the weights of a unit is called inside the layer: `conv_pw`.
  public func localName(ofUnit unit: Int) -> String {
    label.localName(of: label.units[unit].weights)
  }

  /// The same steps with every batch norm folded into the convolution before it.
  public var folded: LayerProgram {
    let units = label.units.map { UnitNames($0.weights) }
    var program = LayerProgram(
      index: index,
      label: LayerLabel(
        text: label.text, stage: label.stage, moduleName: label.moduleName, units: units),
      operations: operations)
    program.operations = operations.map { operation in
      operation.mappingConvolutions { convolution in
        if convolution.batchNorm != nil { convolution.hasBias = true }
        convolution.batchNorm = nil
      }
    }
    return program
  }
}

extension LayerProgram {
  /// The channels that it takes; 0 for one without weights.
  public var inputChannels: Int {
    for operation in operations {
      switch operation {
      case .convolution(let convolution): return convolution.inputChannels
      case .squeezeExcite(let excite): return excite.reduce.inputChannels
      case .linear(let linear): return linear.inputFeatures
      case .activation, .residual, .globalAveragePool: continue
      }
    }
    return 0
  }
}
