public import BinaryInput

extension ErrorCode {
  /// The file is of no kind of picture that is read.
  public static let pictureFormat = ErrorCode("picture.format")
  /// The picture is coded in a way that is not read: arithmetic, lossless, with 12 bits.
  public static let pictureCoding = ErrorCode("picture.coding")
  /// The picture has no pixels, or a side of negative length.
  public static let pictureSize = ErrorCode("picture.size")
  /// The picture has more pixels than are allowed.
  public static let picturePixels = ErrorCode("picture.pixels")
  /// The file ends before the picture does.
  public static let pictureTruncated = ErrorCode("picture.truncated")
  /// A checksum in the file is not that of its bytes.
  public static let pictureChecksum = ErrorCode("picture.checksum")
  /// The file breaks the rules of its format.
  public static let pictureMalformed = ErrorCode("picture.malformed")
  /// The picture is spread over more scans than any honest file has.
  public static let pictureScans = ErrorCode("picture.scans")
  /// The memory that is said to hold pixels is too short for them, or its rows overlap.
  public static let pictureMemory = ErrorCode("picture.memory", .request)
}

extension Picture {
  /// Every code that this target throws, besides those of opening files and `io.memory`.
  public static let errorCodes: [ErrorCode] = [
    .pictureFormat, .pictureCoding, .pictureSize, .picturePixels, .pictureTruncated,
    .pictureChecksum, .pictureMalformed, .pictureScans, .pictureMemory,
  ]
}

extension Remedy {
  /// A picture may have more pixels than is usual.
  public static let allowMorePixels = Remedy("allow-more-pixels", "allow more pixels")
  /// What is there of a picture that is cut off may be taken for the whole.
  public static let allowTruncated = Remedy(
    "allow-truncated", "allow pictures that are cut off")
}
