/// The numbers of the fields that are written, from `Schemas/onnx.proto`.
enum ONNXFields {
  /// `ModelProto`.
  enum Model {
    static let irVersion = 1
    static let producerName = 2
    static let producerVersion = 3
    static let modelVersion = 5
    static let documentation = 6
    static let graph = 7
    static let operatorSets = 8
    static let metadata = 14
  }

  /// `OperatorSetIdProto`.
  enum OperatorSet {
    static let domain = 1
    static let version = 2
  }

  /// `StringStringEntryProto`.
  enum Property {
    static let key = 1
    static let value = 2
  }

  /// `GraphProto`.
  enum Graph {
    static let nodes = 1
    static let name = 2
    static let initializers = 5
    static let inputs = 11
    static let outputs = 12
    static let intermediates = 13
  }

  /// `NodeProto`.
  enum Node {
    static let inputs = 1
    static let outputs = 2
    static let name = 3
    static let operatorType = 4
    static let attributes = 5
    static let domain = 7
  }

  /// `AttributeProto`.
  enum Attribute {
    static let name = 1
    static let float = 2
    static let integer = 3
    static let string = 4
    static let tensor = 5
    static let graph = 6
    static let floats = 7
    static let integers = 8
    static let strings = 9
    static let tensors = 10
    static let graphs = 11
    static let type = 20
  }

  /// `TensorProto`.
  enum Tensor {
    static let shape = 1
    static let dataType = 2
    static let strings = 6
    static let name = 8
    static let rawData = 9
    static let externalData = 13
    static let dataLocation = 14
  }

  /// `ValueInfoProto`.
  enum Value {
    static let name = 1
    static let type = 2
  }

  /// `TypeProto`.
  enum ValueType {
    static let tensor = 1
  }

  /// `TypeProto.TensorType`.
  enum TensorType {
    static let dataType = 1
    static let shape = 2
  }

  /// `TensorShapeProto`.
  enum Shape {
    static let dimensions = 1
  }

  /// `TensorShapeProto.Dimension`.
  enum Dimension {
    static let count = 1
    static let symbol = 2
  }
}
