import BinaryInput
import TensorData

/// What an operator is executed on: its node and the values that it takes.
struct OperatorCall {
  let node: ONNXNode
  /// The version of the operator set that the node means.
  let opset: Int
  let precision: ONNXInterpreter.Precision
  let inputs: [InterpreterValue?]
  let memory: RunAccount

  /// An error of this node.
  func error(
    _ code: ErrorCode, _ what: String, expected: String? = nil, found: String? = nil
  ) -> ReadError {
    ReadError(code, what, path: [node.label], expected: expected, found: found)
  }

  /// The input at an index; nil where it is not given.
  func optional(_ index: Int) -> InterpreterValue? {
    index < inputs.count ? inputs[index] : nil
  }

  /// The input at an index.
  func input(_ index: Int) throws(ReadError) -> InterpreterValue {
    guard let value = optional(index) else {
      throw error(.runInput, "an input is missing", expected: "input \(index)")
    }
    return value
  }

  /// The numbers of the floating-point input at an index.
  func numbers(_ index: Int) throws(ReadError) -> [Double] {
    guard case .numbers(let values) = try input(index).elements else {
      throw wrongType(index, "floating-point numbers")
    }
    return values
  }

  /// The integers of an input that says a shape, axes or places; nil where it is not given.
  func integers(_ index: Int) throws(ReadError) -> [Int]? {
    guard let value = optional(index) else { return nil }
    guard case .integers(let values) = value.elements else { throw wrongType(index, "integers") }
    return values.map { Int($0) }
  }

  func wrongType(_ index: Int, _ expected: String) -> ReadError {
    error(
      .runInput, "input \(index) is of another type", expected: expected,
      found: optional(index).map { "\($0.type)" })
  }

  /// Whether the output at an index is wanted.
  func wants(_ index: Int) -> Bool {
    index < node.outputs.count && !node.outputs[index].isEmpty
  }

  /// An axis counted from the front.
  func axis(_ axis: Int, rank: Int) throws(ReadError) -> Int {
    guard axis >= -rank, axis < rank else {
      throw error(
        .runAttribute, "no such axis", expected: "\(-rank) to \(rank - 1)", found: "\(axis)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Different axes counted from the front.
  func axes(_ axes: [Int], rank: Int) throws(ReadError) -> [Int] {
    var result: [Int] = []
    for axis in axes {
      let axis = try self.axis(axis, rank: rank)
      guard !result.contains(axis) else {
        throw error(.runAttribute, "an axis is named twice", found: "\(axis)")
      }
      result.append(axis)
    }
    return result
  }

  /// Makes sure that there is memory for a value, and counts its elements.
  func reserve(_ shape: [Int]) throws(ReadError) -> Int {
    guard shape.count <= Tensor.maximumRank, shape.allSatisfy({ $0 >= 0 }),
      let count = shape.filter({ $0 != 0 }).exactProduct()
    else { throw error(.runShape, "no shape of a value", found: "\(shape.prefix(64))") }
    let actual = shape.contains(0) ? 0 : count
    guard memory.take(actual) else {
      throw error(
        .onnxLimit, "the values need more memory than is allowed",
        expected: "at most \(memory.limit) bytes", found: "\(memory.used) and a value \(shape)")
    }
    return actual
  }

  /// Makes sure that as many steps as the product of some counts do not take too long.
  func requireSteps(_ counts: [Int]) throws(ReadError) {
    let product = counts.contains(0) ? 0 : counts.exactProduct()
    guard let product, memory.spend(product) else {
      throw error(
        .onnxLimit, "the graph would be executed for too long",
        expected: "at most \(memory.stepLimit) multiplications",
        found: counts.map { "\($0)" }.joined(separator: " × ") + " in this node")
    }
  }
}

/// Counts the bytes of the values that are alive, and the steps of operators that may take more than
/// their values have elements.
final class RunAccount {
  let limit: Int
  var used = 0
  private var steps = 0

  /// The most multiplications, or elements under a window.
  let stepLimit: Int

  /// The most of them in a run: several minutes.
  static let longestRun = 1 << 38

  init(limit: Int, stepLimit: Int = RunAccount.longestRun) {
    self.limit = limit
    self.stepLimit = stepLimit
  }

  /// Counts elements of 8 bytes, and says whether there is room for them.
  func take(_ count: Int) -> Bool {
    guard let bytes = count.multiplied(exactly: 8), let sum = used.adding(exactly: bytes),
      sum <= limit
    else { return false }
    used = sum
    return true
  }

  /// Counts steps, and says whether there are not too many.
  func spend(_ count: Int) -> Bool {
    guard let sum = steps.adding(exactly: count), sum <= stepLimit else { return false }
    steps = sum
    return true
  }
}
