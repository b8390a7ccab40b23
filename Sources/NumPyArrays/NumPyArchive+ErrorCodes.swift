public import BinaryInput

extension ErrorCode {
  /// The data does not start as an `.npy` file does.
  public static let npyMagic = ErrorCode("npy.magic")
  /// The version of the format is not 1.0, 2.0 or 3.0.
  public static let npyVersion = ErrorCode("npy.version")
  /// The header or the elements end early.
  public static let npyTruncated = ErrorCode("npy.truncated")
  /// Bytes follow the last element.
  public static let npyTrailingData = ErrorCode("npy.trailingData")
  /// The header is not the dictionary that it should be.
  public static let npyHeader = ErrorCode("npy.header")
  /// The elements are of a type that tensors cannot have.
  public static let npyElementType = ErrorCode("npy.elementType")
  /// A dimension or the number of elements does not fit, or there are too many axes.
  public static let npyShape = ErrorCode("npy.shape")
  /// A truth value is neither 0 nor 1.
  public static let npyBoolean = ErrorCode("npy.boolean")
  /// A tensor that is to be written has elements of a type that NumPy lacks.
  public static let npzUnwritable = ErrorCode("npz.unwritable", .request)
}

extension Remedy {
  /// The tensors may be written with elements of another type.
  public static let convertElements = Remedy(
    "convert-elements", "convert the elements to 32-bit floating point")
}

extension NumPyArchive {
  /// Every code that this target throws in reading, besides those of zip archives, `work.budget` and
  /// `io.memory`; in writing it throws `npz.unwritable`.
  public static let errorCodes: [ErrorCode] = [
    .npyMagic, .npyVersion, .npyTruncated, .npyTrailingData, .npyHeader, .npyElementType,
    .npyShape, .npyBoolean,
  ]
}
