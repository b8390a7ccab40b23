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
  /// Which of several functions of one name is meant; empty where there is one.
  var overload = ""
  /// The version of the operator set that the node means, where it is not the file's.
  var operatorSet: Int?

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
    try value(name, "an integer") { if case .integer(let value) = $0 { value } else { nil } }
  }

  /// The integers of that name; nil where they are not given.
  ///
  /// - Throws: `onnx.attribute` where they are of another kind.
  public func integers(_ name: String) throws(ReadError) -> [Int]? {
    try value(name, "integers") { if case .integers(let value) = $0 { value } else { nil } }
  }

  /// The number of that name; nil where it is not given.
  ///
  /// - Throws: `onnx.attribute` where it is of another kind.
  public func float(_ name: String) throws(ReadError) -> Float? {
    try value(name, "a number") { if case .float(let value) = $0 { value } else { nil } }
  }

  /// The numbers of that name; nil where they are not given.
  ///
  /// - Throws: `onnx.attribute` where they are of another kind.
  public func floats(_ name: String) throws(ReadError) -> [Float]? {
    try value(name, "numbers") { if case .floats(let value) = $0 { value } else { nil } }
  }

  /// The text of that name; nil where it is not given.
  ///
  /// - Throws: `onnx.attribute` where it is of another kind or no UTF-8.
  public func string(_ name: String) throws(ReadError) -> String? {
    try value(name, "a text") {
      if case .string(let value) = $0 { String(validating: value, as: UTF8.self) } else { nil }
    }
  }

  /// The tensor of that name; nil where it is not given.
  ///
  /// - Throws: `onnx.attribute` where it is of another kind.
  public func tensor(_ name: String) throws(ReadError) -> ONNXTensor? {
    try value(name, "a tensor") { if case .tensor(let value) = $0 { value } else { nil } }
  }

  private func value<Value>(
    _ name: String, _ expected: String, _ extract: (ONNXAttribute.Value) -> Value?
  ) throws(ReadError) -> Value? {
    guard let attribute = attribute(name) else { return nil }
    guard let value = extract(attribute.value) else {
      throw ReadError(
        .onnxAttribute, "the attribute '\(name)' is of another kind", path: [label],
        expected: expected)
    }
    return value
  }
}
