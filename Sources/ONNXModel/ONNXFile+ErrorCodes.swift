public import BinaryInput

extension ErrorCode {
  /// The bytes are no valid encoding of a message.
  public static let onnxWire = ErrorCode("onnx.wire")
  /// Messages are nested too deeply.
  public static let onnxDepth = ErrorCode("onnx.depth")
  /// There is a group, which ONNX does not use.
  public static let onnxGroup = ErrorCode("onnx.group")
  /// A field that may stand once in a message stands there twice.
  public static let onnxDuplicateField = ErrorCode("onnx.duplicateField")
  /// The file needs more fields or memory than any honest one of its size.
  public static let onnxLimit = ErrorCode("onnx.limit")
  /// Something that every model has is missing.
  public static let onnxIncomplete = ErrorCode("onnx.incomplete")
  /// A text that names something is no UTF-8, or has a NUL.
  public static let onnxText = ErrorCode("onnx.text")
  /// A tensor's data do not fit its shape, or there are two or none.
  public static let onnxTensorSize = ErrorCode("onnx.tensorSize")
  /// A tensor is of a type or form that is not read.
  public static let onnxTensorType = ErrorCode("onnx.tensorType")
  /// A value is given twice, or used before it is given.
  public static let onnxAssignment = ErrorCode("onnx.ssa")
  /// Nodes wait for each other in a circle.
  public static let onnxCycle = ErrorCode("onnx.cycle")
  /// An attribute is missing, of another kind, or out of its range.
  public static let onnxAttribute = ErrorCode("onnx.attribute")
  /// Operators, or versions of them, are not supported.
  public static let onnxUnsupportedOperator = ErrorCode("onnx.unsupportedOp")
}

extension ErrorCode {
  /// The graph is no GPUNet.
  public static let onnxLifting = ErrorCode("onnx.lifting", .negative)
}
