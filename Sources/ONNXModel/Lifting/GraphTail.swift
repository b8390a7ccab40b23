import BinaryInput

/// What a graph does with the logits before it gives them as an output.
public struct GraphTail: Hashable, Sendable {
  /// The name of the graph's output.
  public let output: String
  /// What is done, first to last; empty where the output is the logits themselves.
  public let operations: [Operation]

  /// An operation on the values of one image.
  public enum Operation: Hashable, Sendable, CustomStringConvertible {
    /// Probabilities whose sum is 1.
    case softmax
    /// Their logarithms.
    case logSoftmax
    /// A probability of each class alone.
    case sigmoid
    /// The greatest value.
    case greatest
    /// The place of the greatest value; the last one of equal ones where `takesLast`.
    case argMax(takesLast: Bool)
    /// The greatest or least values, in order.
    case top(count: Int, isLargest: Bool)
    /// Their places.
    case topPlaces(count: Int, isLargest: Bool)

    /// The operator's name, and how many values it chooses: `TopK (5 largest)`.
    public var description: String {
      switch self {
      case .softmax: "Softmax"
      case .logSoftmax: "LogSoftmax"
      case .sigmoid: "Sigmoid"
      case .greatest: "ReduceMax"
      case .argMax: "ArgMax"
      case .top(let count, let isLargest), .topPlaces(let count, let isLargest):
        "TopK (\(count) \(isLargest ? "largest" : "smallest"))"
      }
    }
  }

  /// The operators that are cut off.
  private static let operators: Set = [
    "ArgMax", "LogSoftmax", "ReduceMax", "Sigmoid", "Softmax", "TopK",
  ]

  /// The operators that are cut off, for people.
  static var cutOperators: String { operators.sorted().joined(separator: ", ") }

  /// Whether a node's operator may follow the logits.
  static func isKnown(_ node: ONNXNode) -> Bool {
    node.domain.isEmpty
      && (operators.contains(node.operatorType) || arrangements.contains(node.operatorType))
  }

  /// The operators that change shapes and types, and no number.
  static let arrangements: Set = [
    "Cast", "CastLike", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze",
  ]
}

extension GraphTail.Operation {
  /// What the outputs of a node are; nil for one that is no end of a classifier.
  static func outputs(
    of node: ONNXNode, topCount: Int?
  ) throws(ReadError) -> [GraphTail.Operation]? {
    switch node.operatorType {
    case "Softmax": return [.softmax]
    case "LogSoftmax": return [.logSoftmax]
    case "Sigmoid": return [.sigmoid]
    case "ReduceMax": return [.greatest]
    case "ArgMax":
      return [.argMax(takesLast: try node.integer("select_last_index") ?? 0 != 0)]
    case "TopK":
      guard let topCount else { return nil }
      let isLargest = try node.integer("largest") ?? 1 != 0
      return [
        .top(count: topCount, isLargest: isLargest),
        .topPlaces(count: topCount, isLargest: isLargest),
      ]
    default: return nil
    }
  }
}
