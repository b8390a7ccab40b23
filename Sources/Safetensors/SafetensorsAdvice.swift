/// What can be done about a file that is not as it should be.
enum SafetensorsAdvice {
  /// For what no library writes.
  static let save = "save the tensors again with the safetensors library"
  /// For what is not all there.
  static let download = "check that the download or copy is complete"
}
