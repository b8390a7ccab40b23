public import BinaryInput

/// The content of an ONNX file.
///
/// What is read and written follows the specification's `ModelProto`.
public struct ONNXFile: Sendable {
  /// The version of the format.
  public var irVersion: Int
  /// The program that wrote the file.
  public var producerName = ""
  /// Its version.
  public var producerVersion = ""
  /// The version of the model, as its author counts.
  public var modelVersion: Int?
  /// A text for people.
  public var documentation = ""
  /// Properties, in order.
  public var metadata: [Property] = []
  /// The versions of the operator sets by domain; the empty domain is the standard's own.
  public var operatorSets: [String: Int]
  /// The operators that the file defines itself.
  public var functions: [ONNXFunction] = []
  /// The files beside it that hold some of its tensors, as they were opened.
  public internal(set) var externalFiles: [MappedFile] = []
  /// What is unusual in the file and was passed over, for people.
  public internal(set) var warnings: [String] = []
  /// The graph.
  public var graph: ONNXGraph

  /// A named text.
  public struct Property: Hashable, Sendable {
    /// The name.
    public var key: String
    /// The text.
    public var value: String

    /// Creates a property.
    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  /// Creates a content of a graph.
  public init(irVersion: Int, operatorSets: [String: Int], graph: ONNXGraph) {
    self.irVersion = irVersion
    self.operatorSets = operatorSets
    self.graph = graph
  }

  /// The version of the standard's own operators that the nodes mean; 1 where none is stated, as
  /// files of the first versions have it.
  public var opset: Int { operatorSets[""] ?? operatorSets["ai.onnx"] ?? 1 }
}
