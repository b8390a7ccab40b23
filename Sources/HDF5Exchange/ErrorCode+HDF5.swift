public import BinaryInput

extension ErrorCode {
  /// The file is shorter than it says.
  public static let h5Truncated = ErrorCode("h5.truncated")
  /// The file is no HDF5 file that can be read: its structure is broken, or the worker that reads it
  /// crashed, took too long or needed too much memory.
  public static let h5Malformed = ErrorCode("h5.malformed")
  /// Something stands outside the file, or behind a link or reference that is not followed.
  public static let h5External = ErrorCode("h5.external")
  /// The elements went through a filter that is not read.
  public static let h5Filter = ErrorCode("h5.filter")
  /// A dataset claims more elements than the file has bytes for, or more axes than there may be.
  public static let h5Extent = ErrorCode("h5.size")
  /// The elements are of a type that no tensor can have.
  public static let h5ElementType = ErrorCode("h5.elementType")
  /// A name is none, or two tensors have the same.
  public static let h5Name = ErrorCode("h5.name")
  /// A checksum does not fit what it covers.
  public static let h5Checksum = ErrorCode("h5.checksum")
  /// The file does not say in which order the axes of a kernel are.
  public static let h5KernelLayout = ErrorCode("h5.kernelLayout")
  /// What answers is not the worker, or not the one of this version.
  public static let h5Worker = ErrorCode("h5.worker")
  /// The worker that reads and writes HDF5 files is not there, or cannot be started.
  public static let h5NoWorker = ErrorCode("h5.noWorker", .inputOutput)
  /// The content or the place is none that an HDF5 file can have.
  public static let h5Unwritable = ErrorCode("h5.unwritable", .request)

  /// Every code of HDF5 files, besides those of system calls and of the work budget.
  public static let h5Codes: [ErrorCode] = [
    .h5Truncated, .h5Malformed, .h5External, .h5Filter, .h5Extent, .h5ElementType, .h5Name,
    .h5Checksum,
    .h5KernelLayout, .h5Worker, .h5NoWorker, .h5Unwritable,
  ]
}
