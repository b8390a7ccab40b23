public import BinaryInput

extension JSONValue {
  /// How deep arrays and objects may be nested; what this project reads needs five levels.
  public static let depthLimit = 64

  /// Reads a JSON text, exactly as RFC 8259 has it: nothing before or after the value but white
  /// space, no byte order mark, no comments, no name twice in an object.
  ///
  /// - Parameters:
  ///   - bytes: The text in UTF-8.
  ///   - byteCountLimit: The longest text that is read.
  /// - Throws: One of ``BinaryInput/ErrorCode/jsonCodes``, with the byte offset of what is wrong.
  public init(parsing bytes: Bytes, byteCountLimit: Int = 16 << 20) throws(ReadError) {
    guard bytes.count <= byteCountLimit else {
      throw ReadError(
        .jsonByteCount, "the JSON text is too long", expected: "at most \(byteCountLimit) bytes",
        found: "\(bytes.count)")
    }
    var reader = JSONReader(bytes)
    self = try reader.value()
    try reader.finish()
  }
}
