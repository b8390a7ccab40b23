import BinaryInput

/// Computes what nodes make of constants, by the functions that execute them, within a bound on what
/// a small file may become.
struct ConstantFolding {
  /// The bytes that results may still take, 8 for each element.
  private var remaining: Int

  private let precision: ONNXInterpreter.Precision
  private let stepLimit: Int

  /// Allows results of so many bytes in all, and so many multiplications in a node.
  init(
    byteCount: Int, precision: ONNXInterpreter.Precision = .declared, stepLimit: Int = Int.max
  ) {
    remaining = byteCount
    self.stepLimit = stepLimit
    self.precision = precision
  }

  /// Whether such a node can be computed, if all that it takes is known.
  static func canCompute(_ node: ONNXNode, opset: Int) -> Bool {
    Operators.refusal(of: node, opset: opset) == nil
  }

  /// Makes sure that so many elements may be taken as numbers of 64 bits.
  ///
  /// - Throws: `onnx.limit`.
  mutating func take(elementCount: Int) throws(ReadError) {
    guard let byteCount = elementCount.multiplied(exactly: 8), byteCount <= remaining else {
      throw ReadError(
        .onnxLimit, "the file's constants become too large where nodes compute with them",
        expected: "at most \(max(remaining, 0)) bytes more")
    }
    remaining -= byteCount
  }

  /// The outputs of a node.
  ///
  /// - Throws: What executing it throws; `onnx.limit` where the results would be too large.
  mutating func outputs(
    of node: ONNXNode, opset: Int, inputs: [InterpreterValue?]
  ) throws(ReadError) -> [InterpreterValue] {
    guard let entry = Operators.table[node.operatorType],
      ConstantFolding.canCompute(node, opset: opset)
    else {
      throw ReadError(
        .onnxUnsupportedOperator, "the operator is not computed on constants", path: [node.label])
    }
    let results = try entry.function(
      OperatorCall(
        node: node, opset: opset, precision: precision, inputs: inputs,
        memory: RunAccount(limit: remaining, stepLimit: min(remaining, stepLimit))))
    remaining -= results.reduce(0) { $0 + $1.byteCount }
    return results.map { $0.rounded(precision) }
  }
}
