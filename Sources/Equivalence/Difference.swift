public import BinaryInput
public import TensorData

/// How far one tensor is from another, measured against the largest reference value.
public struct Difference: Sendable {
  /// The largest absolute difference over the largest absolute reference value; infinite where
  /// either side has a NaN or an infinity.
  public let relative: Double
  /// The largest absolute difference.
  public let largest: Double
  /// The largest absolute reference value.
  public let scale: Double
  /// The index of the worst element along each axis.
  public let worstIndex: [Int]
  /// The reference value there.
  public let reference: Double
  /// The other value there.
  public let found: Double

  /// Compares element by element.
  ///
  /// - Precondition: Both tensors have the same shape and at least one element.
  /// - Throws: `io.memory` where a strided tensor cannot be gathered.
  public init(of found: Tensor, from reference: Tensor) throws(ReadError) {
    precondition(found.shape == reference.shape && found.elementCount > 0, "same shape")
    let foundValues = try found.doubles()
    let referenceValues = try reference.doubles()
    var worst = 0
    var largest = -1.0
    var scale = 0.0
    for index in referenceValues.indices {
      let expected = referenceValues[index]
      let actual = foundValues[index]
      if expected.isFinite { scale = max(scale, abs(expected)) }
      let distance = abs(actual - expected)
      // NaNs and infinities show nothing, whatever the other side has: they are the worst there is.
      let difference = distance.isFinite ? distance : .infinity
      if difference > largest {
        largest = difference
        worst = index
      }
    }
    self.largest = largest
    self.scale = scale
    relative = largest == 0 ? 0 : largest.isFinite ? largest / scale : .infinity
    var rest = worst
    worstIndex = reference.shape.reversed().map { dimension in
      defer { rest /= dimension }
      return rest % dimension
    }.reversed()
    self.reference = referenceValues[worst]
    self.found = foundValues[worst]
  }
}
