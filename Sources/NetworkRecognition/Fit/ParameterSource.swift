import BinaryInput
import TensorData

/// How a parameter is made from the tensors of a file.
public enum ParameterSource: Hashable, Sendable {
  /// It is the tensor of that name.
  case tensor(String)
  /// It is another one with other axes, its elements in the same order.
  indirect case reshaped(ParameterSource, shape: [Int])
  /// The elementwise product of a weight and the mask that pruning left
  /// (`torch.nn.utils.prune`).
  case masked(weight: String, mask: String)
  /// Weight normalisation: a direction, scaled so that its norm over all axes on which the magnitude
  /// has one element is that magnitude: g · v / ‖v‖ (arXiv 1602.07868).
  case weightNorm(magnitude: String, direction: String)
  /// The file has none, and none means zeros.
  case zeros(shape: [Int], like: String)
  /// A counter that the file keeps as another number, or with an axis of one element; the nearest
  /// integer is taken, since an average over everything leaves fractions.
  case count(String)
  /// A counter that the file does not have and that inference never reads.
  case batchCount

  /// Whether it is an integer that is made, whatever the file has.
  var isCount: Bool {
    switch self {
    case .count, .batchCount: true
    default: false
    }
  }

  /// The names of the tensors that it is made from.
  public var names: [String] {
    switch self {
    case .tensor(let name), .count(let name): [name]
    case .reshaped(let source, _): source.names
    case .masked(let weight, let mask): [weight, mask]
    case .weightNorm(let magnitude, let direction): [magnitude, direction]
    case .zeros, .batchCount: []
    }
  }
}

extension ParameterSource {
  /// The parameter, computed in 64 bits and rounded once to the source's type where it is computed.
  ///
  /// - Parameter tensors: The tensors of the file.
  /// - Returns: The parameter.
  /// - Throws: `recognition.parametrisation` where the parts do not fit each other; `io.memory`.
  /// - Precondition: All tensors that it is made from are there.
  func tensor(from tensors: StateDict) throws(ReadError) -> Tensor {
    func part(_ name: String) -> Tensor {
      guard let tensor = tensors[name] else { preconditionFailure("'\(name)' was read") }
      return tensor
    }
    switch self {
    case .tensor(let name):
      return part(name)
    case .reshaped(let source, let shape):
      return try source.tensor(from: tensors).reshaped(to: shape)
    case .zeros(let shape, let model):
      let type = part(model).elementType
      return Tensor(
        rounding: [Double](repeating: 0, count: shape.reduce(1, *)), to: type, shape: shape)
    case .count(let name):
      let value = try part(name).doubles().first ?? 0
      return Tensor([Int64(exactly: value.rounded()) ?? 0], shape: [])
    case .batchCount:
      return Tensor([Int64(0)], shape: [])
    case .masked(let name, let maskName):
      let (weight, mask) = (part(name), part(maskName))
      guard weight.shape == mask.shape, weight.elementType.isFloatingPoint else {
        throw misfit(name, maskName, weight, mask)
      }
      let factors = try mask.doubles()
      guard factors.allSatisfy({ $0 == 0 || $0 == 1 }) else {
        throw ReadError(
          .recognitionParametrisation, "a mask has other numbers than 0 and 1", path: [maskName],
          expected: "a mask of what was pruned",
          found: "\(mask.elementType.rawValue) \(mask.shape)",
          advice: "save the weight that is meant under its own name")
      }
      let values = try zip(weight.doubles(), factors).map { $0 * $1 }
      return Tensor(rounding: values, to: weight.elementType, shape: weight.shape)
    case .weightNorm(let name, let directionName):
      let (magnitude, direction) = (part(name), part(directionName))
      guard magnitude.elementType.isFloatingPoint, direction.elementType.isFloatingPoint,
        magnitude.shape.isEmpty
          || magnitude.shape.count == direction.shape.count
            && zip(magnitude.shape, direction.shape).allSatisfy({ $0 == 1 || $0 == $1 })
      else { throw misfit(name, directionName, magnitude, direction) }
      let values = ParameterSource.normalized(
        try direction.doubles(), direction.shape, to: try magnitude.doubles(), magnitude.shape)
      return Tensor(rounding: values, to: direction.elementType, shape: direction.shape)
    }
  }

  private func misfit(
    _ name: String, _ otherName: String, _ tensor: Tensor, _ other: Tensor
  ) -> ReadError {
    ReadError(
      .recognitionParametrisation, "the parts of a parameter do not fit each other", path: [name],
      expected: "floating-point numbers whose shape goes with that of '\(otherName)', "
        + "\(other.shape)", found: "\(tensor.elementType.rawValue) \(tensor.shape)",
      advice: "save it again after removing the parametrisation")
  }

  /// Scales the parts of `values` that share an element of `magnitudes` to that norm.
  private static func normalized(
    _ values: [Double], _ shape: [Int], to magnitudes: [Double], _ magnitudeShape: [Int]
  ) -> [Double] {
    // For every element the index of its magnitude, axis by axis.
    var places = [Int](repeating: 0, count: values.count)
    var stride = 1
    var magnitudeStride = 1
    for axis in shape.indices.reversed() where !magnitudeShape.isEmpty {
      if magnitudeShape[axis] > 1 {
        for index in places.indices {
          places[index] += index / stride % shape[axis] * magnitudeStride
        }
        magnitudeStride *= magnitudeShape[axis]
      }
      stride *= shape[axis]
    }
    var squares = [Double](repeating: 0, count: magnitudes.count)
    for (place, value) in zip(places, values) { squares[place] += value * value }
    return zip(places, values).map { place, value in
      value * (magnitudes[place] / squares[place].squareRoot())
    }
  }
}
