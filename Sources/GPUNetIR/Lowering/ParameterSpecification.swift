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
  /// The full name: `network.stage: 1 layer3.conv.weight`.
  public let name: String
  /// The shape.
  public let shape: [Int]
  /// What it is for.
  public let role: ParameterRole

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
  /// The parameters' names inside the layer, their shapes and roles, in state-dict order.
  var parameters: [(name: String, shape: [Int], role: ParameterRole)] {
    var list: [(name: String, shape: [Int], role: ParameterRole)] = [
      ("\(name).weight", weightShape, .convolutionWeight)
    ]
    if hasBias { list.append(("\(name).bias", [outputChannels], .convolutionBias)) }
    if let norm = batchNorm {
      list += [
        ("\(norm.name).weight", [outputChannels], .normWeight),
        ("\(norm.name).bias", [outputChannels], .normBias),
        ("\(norm.name).running_mean", [outputChannels], .runningMean),
        ("\(norm.name).running_var", [outputChannels], .runningVariance),
        ("\(norm.name).num_batches_tracked", [], .batchCount),
      ]
    }
    return list
  }
}

extension LayerProgram {
  /// The parameters that the layer needs, in state-dict order.
  public var parameters: [ParameterSpecification] {
    operations.flatMap { operation in
      var list = operation.convolutions.flatMap(\.parameters)
      if case .linear(let linear) = operation {
        list += [
          ("\(linear.name).weight", [linear.outputFeatures, linear.inputFeatures], .linearWeight),
          ("\(linear.name).bias", [linear.outputFeatures], .linearBias),
        ]
      }
      return list.map {
        ParameterSpecification(name: fullName($0.name), shape: $0.shape, role: $0.role)
      }
    }
  }
}

extension Architecture {
  /// The parameters of the whole network, in state-dict order.
  public func parameters(_ form: NormalizationForm) -> [ParameterSpecification] {
    programs(form).flatMap(\.parameters)
  }
}
