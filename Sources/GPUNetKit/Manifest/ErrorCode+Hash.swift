public import BinaryInput

extension ErrorCode {
  /// A manifest has a line that `sha256sum` would not print, or says something twice or nothing.
  public static let hashManifest = ErrorCode("hash.manifest")
  /// Tensors are not those of a manifest.
  public static let hashMismatch = ErrorCode("hash.mismatch", .negative)
  /// Two tensors of a file have one name.
  public static let hashNames = ErrorCode("hash.names")
}
