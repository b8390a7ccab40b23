public import BinaryInput

extension ErrorCode {
  /// A model cannot be written with these options.
  public static let onnxExport = ErrorCode("onnx.export")
}
