/// A named constant of a node.
public struct ONNXAttribute: Sendable {
  /// The name: `strides`.
  public var name: String
  /// The value.
  public var value: Value

  /// The kinds of values.
  public enum Value: Sendable {
    /// One number.
    case float(Float)
    /// One integer.
    case integer(Int)
    /// Text, or any bytes.
    case string([UInt8])
    /// A tensor.
    case tensor(ONNXTensor)
    /// A graph, for an operator of control flow.
    case graph(ONNXGraph)
    /// Numbers.
    case floats([Float])
    /// Integers.
    case integers([Int])
    /// Texts.
    case strings([[UInt8]])
    /// Tensors.
    case tensors([ONNXTensor])
    /// Graphs.
    case graphs([ONNXGraph])
    /// Something that this package does not read: a sparse tensor, a type, a function's parameter.
    case unread(String)
  }

  /// Creates an attribute.
  public init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }

  /// The graphs inside.
  var graphs: [ONNXGraph] {
    switch value {
    case .graph(let graph): [graph]
    case .graphs(let graphs): graphs
    default: []
    }
  }
}
