/// Nodes, the constants that they use, and what goes in and out.
public struct ONNXGraph: Sendable {
  /// The name.
  public var name: String
  /// The nodes, in an order in which each comes after those whose values it takes.
  public var nodes: [ONNXNode]
  /// The constants, by their order in the file.
  public var initializers: [ONNXTensor]
  /// What is given to the graph; up to version 3 of the format, the initializers too.
  public var inputs: [ONNXValue]
  /// What the graph gives.
  public var outputs: [ONNXValue]
  /// What the file says about values in between.
  public var intermediates: [ONNXValue]

  /// Creates a graph.
  public init(
    name: String = "", nodes: [ONNXNode] = [], initializers: [ONNXTensor] = [],
    inputs: [ONNXValue] = [], outputs: [ONNXValue] = [], intermediates: [ONNXValue] = []
  ) {
    self.name = name
    self.nodes = nodes
    self.initializers = initializers
    self.inputs = inputs
    self.outputs = outputs
    self.intermediates = intermediates
  }

  /// The inputs that are no initializers, which whoever runs the graph has to give.
  public var freeInputs: [ONNXValue] {
    let names = Set(initializers.lazy.map(\.name))
    return inputs.filter { !names.contains($0.name) }
  }
}

/// A value of a graph by its name, with what is known of its type.
public struct ONNXValue: Sendable {
  /// The name.
  public var name: String
  /// The type of the elements; nil where it is not stated.
  public var dataType: ONNXDataType?
  /// The dimensions; nil where not even their number is stated.
  public var shape: [Dimension]?
  /// Whether it is stated to be something else than a tensor, as a sequence is.
  public var isOther = false

  /// The number of elements along an axis.
  public enum Dimension: Hashable, Sendable {
    /// Known.
    case count(Int)
    /// The same wherever this name stands.
    case symbol(String)
    /// Not stated.
    case unknown
  }

  /// Creates a value.
  public init(_ name: String, _ dataType: ONNXDataType? = nil, shape: [Dimension]? = nil) {
    self.name = name
    self.dataType = dataType
    self.shape = shape
  }
}

extension [ONNXValue.Dimension] {
  /// The shape for people: `batch×3×?×?`.
  var text: String {
    map { dimension in
      switch dimension {
      case .count(let count): "\(count)"
      case .symbol(let name): name
      case .unknown: "?"
      }
    }.joined(separator: "×")
  }
}
