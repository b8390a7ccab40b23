public import TensorData

/// What a parameter is for.
public enum ParameterRole: Hashable, Sendable {
  /// A convolution's kernel, `O×I/groups×K×K`.
  case convolutionWeight
  /// A convolution's bias, `O`.
  case convolutionBias
  /// A batch norm's factor, `C`.
  case normWeight
  /// A batch norm's addend, `C`.
  case normBias
  /// A batch norm's recorded mean, `C`.
  case runningMean
  /// A batch norm's recorded variance, `C`.
  case runningVariance
  /// How many batches a batch norm has recorded; a 64-bit integer that inference never reads.
  case batchCount
  /// The classifier's matrix, `K×C`.
  case linearWeight
  /// The classifier's bias, `K`.
  case linearBias
}

/// A parameter that a network needs.
public struct ParameterSpecification: Hashable, Sendable {
  /// Its place.
  public let slot: ParameterSlot
  /// The full name: `network.stage: 1 layer3.conv.weight`.
  public let name: String
  /// The shape.
  public let shape: [Int]

  /// What it is for.
  public var role: ParameterRole { slot.role }

  /// Whether the elements are floating-point numbers; else they are 64-bit integers.
  public var isFloatingPoint: Bool { role != .batchCount }

  /// Whether it may have elements of that type.
  public func accepts(_ type: ElementType) -> Bool {
    ElementType.parameterTypes.contains(type) && type.isFloatingPoint == isFloatingPoint
  }

  /// Whether it counts as a parameter in the sense of `model.parameters()`.
  public var isLearned: Bool {
    switch role {
    case .runningMean, .runningVariance, .batchCount: false
    case .convolutionWeight, .convolutionBias, .normWeight, .normBias, .linearWeight, .linearBias:
      true
    }
  }
}

extension Convolution {
  /// The parameters' roles and shapes, in state-dict order.
  fileprivate var parameters: [(role: ParameterRole, shape: [Int])] {
    var list: [(role: ParameterRole, shape: [Int])] = [(.convolutionWeight, weightShape)]
    if hasBias { list.append((.convolutionBias, [outputChannels])) }
    if batchNorm != nil {
      let roles: [ParameterRole] = [.normWeight, .normBias, .runningMean, .runningVariance]
      list += roles.map { ($0, [outputChannels]) }
      list.append((.batchCount, []))
    }
    return list
  }
}

extension Linear {
  fileprivate var parameters: [(role: ParameterRole, shape: [Int])] {
    [(.linearWeight, [outputFeatures, inputFeatures]), (.linearBias, [outputFeatures])]
  }
}

extension Operation {
  /// The parameters of each unit.
  fileprivate var parameters: [[(role: ParameterRole, shape: [Int])]] {
    if case .linear(let linear) = self {
      [linear.parameters]
    } else {
      convolutions.map(\.parameters)
    }
  }
}

extension LayerProgram {
  /// The parameters that the layer needs, in state-dict order.
  public var parameters: [ParameterSpecification] {
    operations.flatMap(\.parameters).enumerated().flatMap { unit, parameters in
      parameters.map { role, shape in
        ParameterSpecification(
          slot: slot(role, ofUnit: unit), name: name(role, ofUnit: unit), shape: shape)
      }
    }
  }
}
