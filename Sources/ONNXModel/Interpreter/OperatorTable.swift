import BinaryInput
import Glibc

/// An operator that is executed.
struct OperatorEntry: Sendable {
  /// The first version of the operator set whose meaning is executed.
  var since = 6
  let function: Operators.Function
}

extension Operators {
  /// The last version of the operator set whose meaning is executed.
  ///
  /// Versions 25 to 28 gave these operators further types and no other meaning.
  static let lastVersion = 28

  /// All operators that are executed, by their names in the standard's own domain.
  static let table: [String: OperatorEntry] = [
    // Convolution, pooling, normalization.
    "AveragePool": OperatorEntry(function: averagePool),
    "BatchNormalization": OperatorEntry(function: batchNormalization),
    "Conv": OperatorEntry(function: convolution),
    "GlobalAveragePool": OperatorEntry(since: 1, function: globalPool(isMean: true)),
    "GlobalMaxPool": OperatorEntry(since: 1, function: globalPool(isMean: false)),
    "MaxPool": OperatorEntry(function: maxPool),
    // Activations and functions of one value.
    "Abs": OperatorEntry(
      function: map({ abs($0) }, integers: { $0 < 0 ? 0 &- $0 : $0 }, unsigned: { $0 })),
    "Ceil": OperatorEntry(function: map({ $0.rounded(.up) })),
    "Clip": OperatorEntry(function: clip),
    "Dropout": OperatorEntry(function: dropout),
    "Elu": OperatorEntry(
      function: map([("alpha", 1)]) { x, p in x < 0 ? p[0] * expm1(x) : x }),
    "Exp": OperatorEntry(function: map({ exp($0) })),
    "HardSigmoid": OperatorEntry(
      function: map([("alpha", 0.2), ("beta", 0.5)]) { x, p in clamp(p[0] * x + p[1], 0, 1) }),
    "HardSwish": OperatorEntry(function: map({ $0 * clamp($0 / 6 + 0.5, 0, 1) })),
    "Identity": OperatorEntry(function: identity),
    "LeakyRelu": OperatorEntry(
      function: map([("alpha", 0.01)]) { x, p in x < 0 ? p[0] * x : x }),
    "Neg": OperatorEntry(function: map({ -$0 }, integers: { 0 &- $0 })),
    "Reciprocal": OperatorEntry(function: map({ 1 / $0 })),
    "Relu": OperatorEntry(
      function: map({ $0 < 0 ? 0 : $0 }, integers: { max($0, 0) })),
    "Sigmoid": OperatorEntry(function: map(sigmoid)),
    "Softplus": OperatorEntry(since: 1, function: map(softplus)),
    "Sqrt": OperatorEntry(function: map({ $0.squareRoot() })),
    "Swish": OperatorEntry(
      since: 24, function: map([("alpha", 1)]) { x, p in x * sigmoid(p[0] * x) }),
    "Tanh": OperatorEntry(function: map({ tanh($0) })),
    // Arithmetic of two and more values.
    "Add": OperatorEntry(function: combine({ $0 + $1 }, { a, b, _ in a &+ b })),
    "Div": OperatorEntry(function: combine({ $0 / $1 }, quotient)),
    "Max": OperatorEntry(
      function: combineAll(greatest, { a, b, isWide in isLess(a, b, isWide) ? b : a })),
    "Min": OperatorEntry(
      function: combineAll(least, { a, b, isWide in isLess(b, a, isWide) ? b : a })),
    "Mul": OperatorEntry(function: combine({ $0 * $1 }, { a, b, _ in a &* b })),
    "Pow": OperatorEntry(function: power),
    "Sub": OperatorEntry(function: combine({ $0 - $1 }, { a, b, _ in a &- b })),
    // Matrices and reductions.
    "Gemm": OperatorEntry(function: gemm),
    "MatMul": OperatorEntry(function: matrixProduct),
    "ReduceMax": OperatorEntry(
      function: reduce(
        "ReduceMax", axesInputSince: 18, start: -.infinity, greatest,
        integerStart: { $0 ? 0 : Int64.min }, { a, b, isWide in isLess(a, b, isWide) ? b : a })),
    "ReduceMean": OperatorEntry(
      function: reduce(
        "ReduceMean", axesInputSince: 18, start: 0, { $0 + $1 }, integerStart: { _ in 0 },
        { a, b, _ in a &+ b }, isMean: true)),
    "ReduceMin": OperatorEntry(
      function: reduce(
        "ReduceMin", axesInputSince: 18, start: .infinity, least,
        integerStart: { $0 ? -1 : Int64.max }, { a, b, isWide in isLess(b, a, isWide) ? b : a })),
    "ReduceProd": OperatorEntry(
      function: reduce(
        "ReduceProd", axesInputSince: 18, start: 1, { $0 * $1 }, integerStart: { _ in 1 },
        { a, b, _ in a &* b })),
    "ReduceSum": OperatorEntry(
      function: reduce(
        "ReduceSum", axesInputSince: 13, start: 0, { $0 + $1 }, integerStart: { _ in 0 },
        { a, b, _ in a &+ b })),
    "Softmax": OperatorEntry(function: softmax),
    // Ranking.
    "ArgMax": OperatorEntry(function: argument(isMaximum: true)),
    "ArgMin": OperatorEntry(function: argument(isMaximum: false)),
    "LogSoftmax": OperatorEntry(function: logSoftmax),
    "TopK": OperatorEntry(function: topK),
    // Comparison and logic.
    "And": OperatorEntry(since: 7, function: decide { $0 && $1 }),
    "Equal": OperatorEntry(since: 7, function: compare({ $0 == $1 }, { a, b, _ in a == b })),
    "Greater": OperatorEntry(
      since: 7, function: compare({ $0 > $1 }, { a, b, isWide in isLess(b, a, isWide) })),
    "GreaterOrEqual": OperatorEntry(
      since: 12, function: compare({ $0 >= $1 }, { a, b, isWide in !isLess(a, b, isWide) })),
    "Less": OperatorEntry(
      since: 7, function: compare({ $0 < $1 }, { a, b, isWide in isLess(a, b, isWide) })),
    "LessOrEqual": OperatorEntry(
      since: 12, function: compare({ $0 <= $1 }, { a, b, isWide in !isLess(b, a, isWide) })),
    "Not": OperatorEntry(since: 1, function: not),
    "Or": OperatorEntry(since: 7, function: decide { $0 || $1 }),
    "Where": OperatorEntry(since: 9, function: choose),
    "Xor": OperatorEntry(since: 7, function: decide { $0 != $1 }),
    // Shapes and places.
    "Concat": OperatorEntry(function: concat),
    "Expand": OperatorEntry(since: 8, function: expand),
    "Flatten": OperatorEntry(function: flatten),
    "Gather": OperatorEntry(function: gather),
    "GatherND": OperatorEntry(since: 11, function: gatherParts),
    "Pad": OperatorEntry(function: pad),
    "Range": OperatorEntry(since: 11, function: range),
    "Reshape": OperatorEntry(function: reshape),
    "Shape": OperatorEntry(function: shape),
    "Size": OperatorEntry(since: 1, function: elementCount),
    "Slice": OperatorEntry(function: slice),
    "Split": OperatorEntry(function: split),
    "Squeeze": OperatorEntry(function: squeeze),
    "Transpose": OperatorEntry(function: transpose),
    "Unsqueeze": OperatorEntry(function: unsqueeze),
    // Constants, types and quantization.
    "Cast": OperatorEntry(function: cast),
    "CastLike": OperatorEntry(since: 15, function: castLike),
    "Constant": OperatorEntry(function: constant),
    "ConstantOfShape": OperatorEntry(since: 9, function: constantOfShape),
    "DequantizeLinear": OperatorEntry(since: 10, function: dequantize),
    "QuantizeLinear": OperatorEntry(since: 10, function: quantize),
  ]

  /// Why a node is not executed, with its operator's name; nil where it is.
  static func refusal(of node: ONNXNode, opset: Int) -> String? {
    let opset = node.operatorSet ?? opset
    guard node.domain.isEmpty || node.domain == "ai.onnx", let entry = table[node.operatorType]
    else { return node.qualifiedOperator }
    guard opset >= entry.since, opset <= lastVersion else {
      return "\(node.operatorType) of version \(opset)"
    }
    func flag(_ name: String) -> Bool {
      if case .integer(let value)? = node.attribute(name)?.value { value != 0 } else { false }
    }
    let isTraining =
      switch node.operatorType {
      case "BatchNormalization":
        opset < 7
          ? !flag("is_test")
          : opset < 14
            ? node.outputs.dropFirst().contains { !$0.isEmpty } : flag("training_mode")
      case "Dropout": opset < 7 && !flag("is_test")
      default: false
      }
    return isTraining ? "\(node.operatorType) in training" : nil
  }
}
