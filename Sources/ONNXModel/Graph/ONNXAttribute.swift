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
    /// What the caller of the function gives as its attribute of that name.
    case reference(String)
    /// Something that this package does not read: a sparse tensor, a type.
    case unread(String)
  }

  /// The kinds by their numbers in `AttributeProto.AttributeType` of the ONNX specification.
  enum Kind: Int {
    case float = 1
    case integer = 2
    case string = 3
    case tensor = 4
    case graph = 5
    case floats = 6
    case integers = 7
    case strings = 8
    case tensors = 9
    case graphs = 10
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

extension ONNXAttribute.Value {
  /// The kind; nil for what is not read.
  var kind: ONNXAttribute.Kind? {
    switch self {
    case .float: .float
    case .integer: .integer
    case .string: .string
    case .tensor: .tensor
    case .graph: .graph
    case .floats: .floats
    case .integers: .integers
    case .strings: .strings
    case .tensors: .tensors
    case .graphs: .graphs
    case .reference, .unread: nil
    }
  }
}
