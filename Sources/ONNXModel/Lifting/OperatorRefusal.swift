import BinaryInput

/// Why a graph is refused for operators that no GPUNet has, by what they tell about where the graph
/// comes from.
enum OperatorRefusal {
  /// A reason, and the operators that show it.
  private struct Reason: Sendable {
    let what: String
    let expected: String
    let advice: String
    let isShown: @Sendable (ONNXNode) -> Bool
  }

  /// The reasons, the most telling first.
  private static let reasons = [
    Reason(
      what: "the graph's weights are packed for an operator of ONNX Runtime's own",
      expected: "weights as numbers, or through the standard's DequantizeLinear",
      advice: "give the float model from before quantization"
    ) { $0.domain == "com.microsoft" && $0.operatorType.hasSuffix("Bits") },
    Reason(
      what: "the graph is quantized: it computes with activations that are integers",
      expected: "a network of floating-point numbers",
      advice: "give the float model from before quantization"
    ) { node in
      let name = node.operatorType
      return ["QLinear", "Quantize", "Dequantize", "DynamicQuantize", "QGemm", "QAttention"]
        .contains { name.hasPrefix($0) }
        || ["Integer", "IntegerToFloat"].contains { name.hasSuffix($0) }
    },
    Reason(
      what: "the graph was optimised for one machine, with operators of ONNX Runtime's own",
      expected: "the standard's operators",
      advice:
        "use the original file, or ONNX Runtime's optimization level basic (ORT_ENABLE_BASIC)"
    ) { $0.domain.hasPrefix("com.microsoft") || $0.domain.hasPrefix("com.ms.") },
    Reason(
      what: "the graph decides at run time which way it computes",
      expected: "conditions that are constants, or follow from shapes that are stated",
      advice: "export the network for inputs of a fixed shape, without branches and loops"
    ) { ["If", "Loop", "Scan"].contains($0.operatorType) && $0.domain.isEmpty },
  ]

  private static let other = Reason(
    what: "the graph has operators that no network of these layers needs",
    expected: "a GPUNet, EfficientNet or MobileNet in inference form",
    advice: "export the network alone, in evaluation mode, without what it does not need"
  ) { _ in true }

  /// The error that lists all operators of some nodes, with the first of them.
  static func error(for nodes: [ONNXNode]) -> ReadError {
    let reason = reasons.first { nodes.contains(where: $0.isShown) } ?? other
    let shown = nodes.first(where: reason.isShown) ?? nodes.first
    let counts = Dictionary(grouping: nodes, by: \.qualifiedOperator).mapValues(\.count)
    let names = counts.sorted { $0.key < $1.key }.map { name, count in
      count == 1 ? name : "\(name) (\(count) times)"
    }
    let more = names.count > 10 ? " and \(names.count - 10) more" : ""
    return ReadError(
      .onnxUnsupportedOperator, reason.what, path: shown.map { [$0.label] } ?? [],
      expected: reason.expected, found: names.prefix(10).joined(separator: ", ") + more,
      advice: reason.advice)
  }
}
