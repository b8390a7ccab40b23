public import BinaryInput

extension ErrorCode {
  /// The file is too short to state how long its header is.
  public static let safetensorsSize = ErrorCode("safetensors.size")
  /// The header is longer than the format allows.
  public static let safetensorsHeaderLimit = ErrorCode("safetensors.headerLimit")
  /// The header is longer than the file.
  public static let safetensorsHeaderLength = ErrorCode("safetensors.headerLength")
  /// The header does not begin with a brace.
  public static let safetensorsHeaderStart = ErrorCode("safetensors.headerStart")
  /// There are more tensors or properties than are read.
  public static let safetensorsCount = ErrorCode("safetensors.count")
  /// The name of a tensor or property is too long.
  public static let safetensorsName = ErrorCode("safetensors.name")
  /// The description of a tensor is no object, or has not exactly the fields that it should.
  public static let safetensorsEntry = ErrorCode("safetensors.entry")
  /// The type of a tensor's elements is none that the format has.
  public static let safetensorsType = ErrorCode("safetensors.dtype")
  /// A shape is no list of whole numbers, or has too many.
  public static let safetensorsShape = ErrorCode("safetensors.shape")
  /// The number of elements or bytes of a shape does not fit.
  public static let safetensorsOverflow = ErrorCode("safetensors.overflow")
  /// The place of a tensor is no pair of whole numbers in ascending order.
  public static let safetensorsOffsets = ErrorCode("safetensors.offsets")
  /// Bytes before a tensor belong to none.
  public static let safetensorsHole = ErrorCode("safetensors.hole")
  /// Two tensors share bytes.
  public static let safetensorsOverlap = ErrorCode("safetensors.overlap")
  /// The place of a tensor has another number of bytes than its shape and type need.
  public static let safetensorsTensorSize = ErrorCode("safetensors.tensorSize")
  /// The elements of a tensor end within a byte.
  public static let safetensorsPartialByte = ErrorCode("safetensors.partialByte")
  /// The file ends before the last tensor does.
  public static let safetensorsTruncated = ErrorCode("safetensors.truncated")
  /// Bytes follow the last tensor.
  public static let safetensorsTrailing = ErrorCode("safetensors.trailing")
  /// The properties of the file are no texts under names.
  public static let safetensorsMetadata = ErrorCode("safetensors.metadata")
  /// The elements of a tensor have fewer than 8 bits and are not read.
  public static let safetensorsElementType = ErrorCode("safetensors.elementType")
  /// The format cannot hold what is to be written.
  public static let safetensorsUnwritable = ErrorCode("safetensors.unwritable", .request)
}

extension SafetensorsFile {
  /// Every code that this target throws, besides those of JSON, `work.budget` and what writing throws.
  public static let errorCodes: [ErrorCode] = [
    .safetensorsSize, .safetensorsHeaderLimit, .safetensorsHeaderLength, .safetensorsHeaderStart,
    .safetensorsCount, .safetensorsName, .safetensorsEntry, .safetensorsType, .safetensorsShape,
    .safetensorsOverflow, .safetensorsOffsets, .safetensorsHole, .safetensorsOverlap,
    .safetensorsTensorSize, .safetensorsPartialByte, .safetensorsTruncated, .safetensorsTrailing,
    .safetensorsMetadata, .safetensorsElementType, .safetensorsUnwritable,
  ]
}
