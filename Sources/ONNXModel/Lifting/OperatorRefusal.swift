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
      what: "the graph is quantized: its activations are integers",
      expected: "a network of floating-point numbers",
      advice: "give the float model from before quantization"
    ) { node in
      let name = node.operatorType
      return ["QLinear", "Quantize", "Dequantize", "DynamicQuantize", "QGemm", "QAttention"]
        .contains { name.hasPrefix($0) }
        || ["Integer", "NBits", "IntegerToFloat"].contains { name.hasSuffix($0) }
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
    what: "the graph has operators that no GPUNet needs", expected: "a GPUNet in inference form",
    advice: "export the network alone, in evaluation mode"
  ) { _ in true }

  /// The error that lists all operators of some nodes.
  static func error(for nodes: [ONNXNode]) -> ReadError {
    let reason = reasons.first { nodes.contains(where: $0.isShown) } ?? other
    let names = Set(nodes.map(\.qualifiedOperator)).sorted()
    let more = names.count > 10 ? " and \(names.count - 10) more" : ""
    return ReadError(
      .onnxUnsupportedOperator, reason.what, expected: reason.expected,
      found: names.prefix(10).joined(separator: ", ") + more, advice: reason.advice)
  }
}
