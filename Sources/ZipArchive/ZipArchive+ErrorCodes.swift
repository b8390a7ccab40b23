public import BinaryInput

extension ErrorCode {
  /// The archive ends early, or is no zip archive at all.
  public static let zipTruncated = ErrorCode("zip.truncated")
  /// Bytes or a comment follow where the archive should end.
  public static let zipTrailingData = ErrorCode("zip.trailingData")
  /// The ZIP64 end record is missing, misplaced, or contradicts the end record.
  public static let zip64Mismatch = ErrorCode("zip.zip64Mismatch")
  /// The central directory does not have the extent or the entries that the end record states.
  public static let zipCentralDirectory = ErrorCode("zip.centralDirectory")
  /// An entry's local header contradicts the central directory.
  public static let zipLocalCentralMismatch = ErrorCode("zip.localCentralMismatch")
  /// An entry is encrypted or uses another feature that is not supported.
  public static let zipFlags = ErrorCode("zip.flags")
  /// An entry's data does not have the recorded checksum.
  public static let zipChecksum = ErrorCode("zip.crc")
  /// Entries share bytes with each other or with the central directory.
  public static let zipOverlap = ErrorCode("zip.overlap")
  /// Compressed data claims or produces far more bytes than is credible or allowed.
  public static let zipBomb = ErrorCode("zip.bomb")
  /// Compressed data is damaged.
  public static let zipDeflate = ErrorCode("zip.deflate")
  /// An entry is neither stored nor deflated.
  public static let zipMethod = ErrorCode("zip.method")
  /// Two entries have the same name.
  public static let zipDuplicate = ErrorCode("zip.duplicate")
  /// An entry's name is no harmless relative path.
  public static let zipName = ErrorCode("zip.name")
  /// An entry's extra fields are malformed, or it has a comment where none is allowed.
  public static let zipExtraField = ErrorCode("zip.extraField")
  /// The archive claims to be spread over several disks.
  public static let zipMultiDisk = ErrorCode("zip.multiDisk")
  /// The data descriptor after an entry is missing or contradicts the central directory.
  public static let zipDescriptor = ErrorCode("zip.descriptor")
  /// Bytes lie between or before the entries that belong to none.
  public static let zipGap = ErrorCode("zip.gap")
  /// An archive that is to be written would have a name that readers refuse, or be beyond any file.
  public static let zipUnwritable = ErrorCode("zip.unwritable", .request)
}

extension ZipArchive {
  /// Every code that this target throws in reading, besides `io.memory`; in writing it throws
  /// `zip.unwritable`.
  public static let errorCodes: [ErrorCode] = [
    .zipTruncated, .zipTrailingData, .zip64Mismatch, .zipCentralDirectory,
    .zipLocalCentralMismatch, .zipFlags, .zipChecksum, .zipOverlap, .zipBomb, .zipDeflate,
    .zipMethod, .zipDuplicate, .zipName, .zipExtraField, .zipMultiDisk, .zipDescriptor, .zipGap,
  ]
}
