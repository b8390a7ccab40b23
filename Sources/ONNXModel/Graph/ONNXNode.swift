public import BinaryInput

/// One application of an operator.
public struct ONNXNode: Sendable {
  /// The name, for people only; may be empty.
  public var name: String
  /// The operator: `Conv`.
  public var operatorType: String
  /// The domain of the operator; empty for the standard's own operators.
  public var domain: String
  /// The names of the values that it takes; empty for an optional one that is not given.
  public var inputs: [String]
  /// The names of the values that it gives; empty for an optional one that is not wanted.
  public var outputs: [String]
  /// The constants.
  public var attributes: [ONNXAttribute]

  /// Creates a node.
  public init(
    _ operatorType: String, domain: String = "", name: String = "", inputs: [String],
    outputs: [String], attributes: [ONNXAttribute] = []
  ) {
    self.operatorType = operatorType
    self.domain = domain
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
  }

  /// The name of the input at an index; nil where it is not given.
  public func input(_ index: Int) -> String? {
    guard index < inputs.count, !inputs[index].isEmpty else { return nil }
    return inputs[index]
  }

  /// The operator with its domain, where that is not the standard's own: `com.microsoft.FusedConv`.
  public var qualifiedOperator: String {
    domain.isEmpty ? operatorType : "\(domain).\(operatorType)"
  }

  /// How a message names the node: by its operator and its name, or else by its first output.
  public var label: String {
    let name = name.isEmpty ? outputs.first { !$0.isEmpty } ?? "" : name
    return name.isEmpty ? qualifiedOperator : "\(qualifiedOperator) '\(name)'"
  }

  /// The attribute of that name; nil where it is not given.
  public func attribute(_ name: String) -> ONNXAttribute? {
    attributes.first { $0.name == name }
  }

  /// The integer of that name; nil where it is not given.
  ///
  /// - Throws: `onnx.attribute` where it is of another kind.
  public func integer(_ name: String) throws(ReadError) -> Int? {
    guard let attribute = attribute(name) else { return nil }
    guard case .integer(let value) = attribute.value else { throw wrongKind(name, "an integer") }
    return value
  }

  /// The integers of that name; nil where they are not given.
  ///
  /// - Throws: `onnx.attribute` where they are of another kind.
  public func integers(_ name: String) throws(ReadError) -> [Int]? {
    guard let attribute = attribute(name) else { return nil }
    guard case .integers(let value) = attribute.value else { throw wrongKind(name, "integers") }
    return value
  }

  /// The number of that name; nil where it is not given.
  ///
  /// - Throws: `onnx.attribute` where it is of another kind.
  public func float(_ name: String) throws(ReadError) -> Float? {
    guard let attribute = attribute(name) else { return nil }
    guard case .float(let value) = attribute.value else { throw wrongKind(name, "a number") }
    return value
  }

  /// The numbers of that name; nil where they are not given.
  ///
  /// - Throws: `onnx.attribute` where they are of another kind.
  public func floats(_ name: String) throws(ReadError) -> [Float]? {
    guard let attribute = attribute(name) else { return nil }
    guard case .floats(let value) = attribute.value else { throw wrongKind(name, "numbers") }
    return value
  }

  /// The text of that name; nil where it is not given.
  ///
  /// - Throws: `onnx.attribute` where it is of another kind or no UTF-8.
  public func string(_ name: String) throws(ReadError) -> String? {
    guard let attribute = attribute(name) else { return nil }
    guard case .string(let value) = attribute.value,
      let text = String(validating: value, as: UTF8.self)
    else { throw wrongKind(name, "a text") }
    return text
  }

  /// The tensor of that name; nil where it is not given.
  ///
  /// - Throws: `onnx.attribute` where it is of another kind.
  public func tensor(_ name: String) throws(ReadError) -> ONNXTensor? {
    guard let attribute = attribute(name) else { return nil }
    guard case .tensor(let value) = attribute.value else { throw wrongKind(name, "a tensor") }
    return value
  }

  private func wrongKind(_ name: String, _ expected: String) -> ReadError {
    ReadError(
      .onnxAttribute, "the attribute '\(name)' is of another kind", path: [label],
      expected: expected)
  }
}
