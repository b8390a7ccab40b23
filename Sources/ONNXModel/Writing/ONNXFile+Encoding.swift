public import BinaryInput
import NetworkProgram
import TensorData

extension ONNXFile {
  /// The file's bytes; the same content gives the same bytes.
  ///
  /// - Throws: `onnx.export` for what is not kept when a file is read: functions, values that are no
  ///   tensors, and attributes of other kinds.
  /// - Complexity: O(*n*) in the number of bytes.
  public func encoded() throws(ReadError) -> [UInt8] {
    try encoder(deferred: []).bytes
  }

  /// The file with a gap for each further initializer that it holds, indexed as they are.
  func encoder(deferred: [DeferredInitializer]) throws(ReadError) -> ProtobufEncoder {
    guard functions.isEmpty else {
      throw ReadError(
        .onnxExport, "functions are not written",
        found: functions.map(\.qualifiedName).joined(separator: ", "))
    }
    typealias Fields = ONNXFields.Model
    var encoder = ProtobufEncoder()
    encoder.add(irVersion, field: Fields.irVersion)
    encoder.add(unlessEmpty: producerName, field: Fields.producerName)
    encoder.add(unlessEmpty: producerVersion, field: Fields.producerVersion)
    if let modelVersion { encoder.add(modelVersion, field: Fields.modelVersion) }
    encoder.add(unlessEmpty: documentation, field: Fields.documentation)
    try encoder.add(graph, deferred: deferred, field: Fields.graph)
    for (domain, version) in operatorSets.sorted(by: { $0.key < $1.key }) {
      try encoder.addMessage(field: Fields.operatorSets) {
        (message: inout ProtobufEncoder) throws(ReadError) in
        message.add(domain, field: ONNXFields.OperatorSet.domain)
        message.add(version, field: ONNXFields.OperatorSet.version)
      }
    }
    for property in metadata { try encoder.add(property, field: Fields.metadata) }
    return encoder
  }
}

extension ProtobufEncoder {
  fileprivate mutating func add(unlessEmpty text: String, field: Int) {
    if !text.isEmpty { add(text, field: field) }
  }

  fileprivate mutating func add(_ property: ONNXFile.Property, field: Int) throws(ReadError) {
    try addMessage(field: field) { (message: inout ProtobufEncoder) throws(ReadError) in
      message.add(property.key, field: ONNXFields.Property.key)
      message.add(property.value, field: ONNXFields.Property.value)
    }
  }

  fileprivate mutating func add(
    _ graph: ONNXGraph, deferred: [DeferredInitializer] = [], field: Int
  ) throws(ReadError) {
    typealias Fields = ONNXFields.Graph
    try addMessage(field: field) { (message: inout ProtobufEncoder) throws(ReadError) in
      for node in graph.nodes { try message.add(node, field: Fields.nodes) }
      message.add(unlessEmpty: graph.name, field: Fields.name)
      for tensor in graph.initializers { try message.add(tensor, field: Fields.initializers) }
      for (index, initializer) in deferred.enumerated() {
        try message.add(initializer, at: index, field: Fields.initializers)
      }
      for value in graph.inputs { try message.add(value, field: Fields.inputs) }
      for value in graph.outputs { try message.add(value, field: Fields.outputs) }
      for value in graph.intermediates { try message.add(value, field: Fields.intermediates) }
    }
  }

  private mutating func add(_ node: ONNXNode, field: Int) throws(ReadError) {
    typealias Fields = ONNXFields.Node
    try addMessage(field: field) { (message: inout ProtobufEncoder) throws(ReadError) in
      for input in node.inputs { message.add(input, field: Fields.inputs) }
      for output in node.outputs { message.add(output, field: Fields.outputs) }
      message.add(unlessEmpty: node.name, field: Fields.name)
      message.add(node.operatorType, field: Fields.operatorType)
      for attribute in node.attributes {
        try message.add(attribute, of: node, field: Fields.attributes)
      }
      message.add(unlessEmpty: node.domain, field: Fields.domain)
    }
  }

  private mutating func add(
    _ attribute: ONNXAttribute, of node: ONNXNode, field: Int
  ) throws(ReadError) {
    typealias Fields = ONNXFields.Attribute
    guard let kind = attribute.value.kind else {
      throw ReadError(
        .onnxExport, "the attribute '\(attribute.name)' is of a kind that is not written",
        path: [node.label])
    }
    try addMessage(field: field) { (message: inout ProtobufEncoder) throws(ReadError) in
      message.add(attribute.name, field: Fields.name)
      switch attribute.value {
      case .float(let value): message.add(value, field: Fields.float)
      case .integer(let value): message.add(value, field: Fields.integer)
      case .string(let value): message.add(value, field: Fields.string)
      case .tensor(let value): try message.add(value, field: Fields.tensor)
      case .graph(let value): try message.add(value, field: Fields.graph)
      case .floats(let values):
        for value in values { message.add(value, field: Fields.floats) }
      case .integers(let values):
        for value in values { message.add(value, field: Fields.integers) }
      case .strings(let values):
        for value in values { message.add(value, field: Fields.strings) }
      case .tensors(let values):
        for value in values { try message.add(value, field: Fields.tensors) }
      case .graphs(let values):
        for value in values { try message.add(value, field: Fields.graphs) }
      case .reference, .unread: break
      }
      message.add(kind.rawValue, field: Fields.type)
    }
  }

  private mutating func add(_ tensor: ONNXTensor, field: Int) throws(ReadError) {
    typealias Fields = ONNXFields.Tensor
    try addMessage(field: field) { (message: inout ProtobufEncoder) throws(ReadError) in
      for dimension in tensor.shape { message.add(dimension, field: Fields.shape) }
      message.add(tensor.dataType.rawValue, field: Fields.dataType)
      if case .strings(let strings) = tensor.content {
        for string in strings { message.add(string, field: Fields.strings) }
      }
      message.add(unlessEmpty: tensor.name, field: Fields.name)
      if case .bytes(let bytes) = tensor.content {
        message.add((0..<bytes.count).map { bytes[$0] }, field: Fields.rawData)
      }
    }
  }

  private mutating func add(
    _ initializer: DeferredInitializer, at index: Int, field: Int
  ) throws(ReadError) {
    typealias Fields = ONNXFields.Tensor
    let parameter = initializer.parameter
    try addMessage(field: field) { (message: inout ProtobufEncoder) throws(ReadError) in
      for dimension in parameter.shape { message.add(dimension, field: Fields.shape) }
      message.add(ONNXDataType(parameter.elementType).rawValue, field: Fields.dataType)
      message.add(parameter.name, field: Fields.name)
      guard let place = initializer.place else {
        message.addGap(byteCount: initializer.byteCount, field: Fields.rawData, index: index)
        return
      }
      for property in [
        ONNXFile.Property("location", place.fileName),
        ONNXFile.Property("offset", "\(place.byteOffset)"),
        ONNXFile.Property("length", "\(initializer.byteCount)"),
      ] {
        try message.add(property, field: Fields.externalData)
      }
      // 1 is `EXTERNAL` in `TensorProto.DataLocation`.
      message.add(1, field: Fields.dataLocation)
    }
  }

  private mutating func add(_ value: ONNXValue, field: Int) throws(ReadError) {
    guard !value.isOther else {
      throw ReadError(.onnxExport, "only values that are tensors are written", path: [value.name])
    }
    try addMessage(field: field) { (message: inout ProtobufEncoder) throws(ReadError) in
      message.add(value.name, field: ONNXFields.Value.name)
      guard value.dataType != nil || value.shape != nil else { return }
      try message.addMessage(field: ONNXFields.Value.type) {
        (type: inout ProtobufEncoder) throws(ReadError) in
        try type.addMessage(field: ONNXFields.ValueType.tensor) {
          (tensor: inout ProtobufEncoder) throws(ReadError) in
          if let dataType = value.dataType {
            tensor.add(dataType.rawValue, field: ONNXFields.TensorType.dataType)
          }
          if let shape = value.shape {
            try tensor.add(shape, field: ONNXFields.TensorType.shape)
          }
        }
      }
    }
  }

  private mutating func add(_ shape: [ONNXValue.Dimension], field: Int) throws(ReadError) {
    try addMessage(field: field) { (message: inout ProtobufEncoder) throws(ReadError) in
      for dimension in shape {
        try message.addMessage(field: ONNXFields.Shape.dimensions) {
          (message: inout ProtobufEncoder) throws(ReadError) in
          switch dimension {
          case .count(let count): message.add(count, field: ONNXFields.Dimension.count)
          case .symbol(let name): message.add(name, field: ONNXFields.Dimension.symbol)
          case .unknown: break
          }
        }
      }
    }
  }
}
