import BinaryInput
import TensorData

extension GraphTrace {
  mutating func averaged(_ node: ONNXNode) throws(ReadError) -> Value {
    let step = try map(node, 0)
    if node.operatorType == "ReduceMean" {
      let axes = try opset(node) < 18 ? node.integers("axes") : integers(node, 1)
      guard let axes, Set(axes.map { $0 < 0 ? $0 + 4 : $0 }) == [2, 3], axes.count == 2 else {
        throw misfit(node, "the mean over height and width")
      }
    }
    return append(.globalAveragePool, node, [step])
  }

  mutating func linear(_ node: ONNXNode) throws(ReadError) -> Value {
    let step = try map(node, 0)
    let alpha = try node.float("alpha") ?? 1
    let beta = try node.float("beta") ?? 1
    guard let matrix = try weights(node, 1), matrix.shape.count == 2, steps[step].isPooled,
      alpha == 1, beta == 1, try node.integer("transA") ?? 0 == 0
    else { throw misfit(node, "a matrix product of a flattened map with a constant") }
    let isTransposed = try node.integer("transB") ?? 0 == 1
    let weight =
      isTransposed
      ? matrix
      : try Tensor(
        elementType: matrix.elementType, shape: [matrix.shape[1], matrix.shape[0]],
        strides: [1, matrix.shape[1]], storage: try matrix.contiguousBytes())
    var bias = try weights(node, 2)
    if let stated = bias {
      guard stated.elementCount == weight.shape[0] else {
        throw misfit(node, "a bias for each of \(weight.shape[0]) outputs")
      }
      bias = try stated.reshaped(to: [weight.shape[0]])
    }
    return append(.linear(TracedLinear(weight: weight, bias: bias)), node, [step])
  }
}
