import BinaryInput
import TensorData

extension GraphTrace {
  /// What changes nothing in inference.
  mutating func passed(_ node: ONNXNode) throws(ReadError) -> Value {
    let value = try value(node, 0)
    switch node.operatorType {
    case "Cast":
      guard let target = ONNXDataType(rawValue: try node.integer("to") ?? 0),
        target.isFloatingPoint
      else { throw misfit(node, "a cast to floating-point numbers") }
    case "CastLike":
      // The types of maps are not followed; small integers are the same in all of them.
      guard case .constant = value else { break }
      guard let numbers = try weights(node, 0),
        try numbers.doubles().allSatisfy({ $0.magnitude <= 256 && $0 == $0.rounded() })
      else { throw misfit(node, "numbers that every type has") }
    default: break
    }
    return value
  }

  /// What arranges the elements of maps. Axes of one element may come and go once a map is pooled,
  /// and whatever else leaves its elements in their order.
  mutating func arranged(_ node: ONNXNode) throws(ReadError) -> Value {
    let value = try value(node, 0)
    guard case .step(let step) = value, steps[step].isPooled else {
      throw misfit(node, "an arrangement of constants or shapes")
    }
    for index in node.inputs.indices where node.input(index) != nil {
      _ = try self.value(node, index)
    }
    if node.operatorType != "Unsqueeze" {
      guard node.outputs.count == 1, try keepsOrder(from: step, to: node.outputs[0]) else {
        throw misfit(node, "the elements of a pooled map in their order")
      }
    }
    return value
  }

  mutating func reshaped(_ node: ONNXNode) throws(ReadError) -> Value {
    let step = try map(node, 0)
    if node.operatorType == "Reshape" || node.operatorType == "Squeeze", node.input(1) != nil {
      _ = try value(node, 1)
    }
    guard steps[step].isPooled else { throw misfit(node, "a map of one pixel") }
    return .step(step)
  }
}
