/// An operator that a file defines itself, by the nodes that stand in its place.
public struct ONNXFunction: Sendable {
  /// The name: `SiLU`.
  public var name: String
  /// The domain of the operator; empty for the standard's own.
  public var domain: String
  /// What tells it from others of its name; empty where there are none.
  public var overload: String
  /// The names by which the nodes take what a caller gives.
  public var inputs: [String]
  /// The names of the values that a caller gets.
  public var outputs: [String]
  /// The nodes, in an order in which each comes after those whose values it takes.
  public var nodes: [ONNXNode] = []
  /// What its attributes are where a caller does not say.
  public var defaults: [ONNXAttribute] = []
  /// The versions of the operator sets that the nodes mean, by domain.
  public var operatorSets: [String: Int] = [:]

  /// Creates a function.
  public init(
    _ name: String, domain: String, overload: String = "", inputs: [String] = [],
    outputs: [String] = []
  ) {
    self.name = name
    self.domain = domain == "ai.onnx" ? "" : domain
    self.overload = overload
    self.inputs = inputs
    self.outputs = outputs
  }

  /// The name with its domain: `torch.nn.modules.activation.SiLU`.
  public var qualifiedName: String { domain.isEmpty ? name : "\(domain).\(name)" }

  /// What a node has to say to call it.
  var key: Key { Key(domain: domain, name: name, overload: overload) }

  /// The names by which a function is called.
  struct Key: Hashable {
    let domain: String
    let name: String
    let overload: String
  }
}
