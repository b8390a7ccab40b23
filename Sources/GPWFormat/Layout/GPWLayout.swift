/// The constants of the format; `Schemas/gpw-format.md` is the text that defines them.
enum GPWLayout {
  /// 0x89 marks a binary file, the rest shows what a text-mode transfer would change.
  static let magic: [UInt8] = [0x89, 0x47, 0x50, 0x57, 0x0D, 0x0A, 0x1A, 0x0A]
  /// The version that this code writes and the newest that it reads.
  static let version: UInt32 = 3
  /// The version that brought blocked tensors.
  static let blockedVersion: UInt32 = 2
  /// The version from which on a file states its program.
  static let programVersion: UInt32 = 3
  static let preambleByteCount = 64
  /// Where the checksum stands in the preamble; it counts as zero in its own sum.
  static let checksumOffset = 60
  static let tableAlignment = 8
  static let tensorAlignment = 64

  /// The largest metadata section: a class list in every language fits many times over.
  static let maximumMetadataByteCount = 16 << 20
  /// The largest tensor table: a thousand layers need a tenth of it.
  static let maximumTableByteCount = 64 << 20
  /// The largest number of tensors.
  static let maximumTensorCount = 100_000
  /// The largest height or width of a fingerprint's input; verifying takes time in its square, and
  /// kernels are covered by far less.
  static let maximumFingerprintSide = 1_024
  /// The largest number of layers.
  static let maximumLayerCount = 1_000
  /// The largest number of steps; a step takes more memory than its bytes in the file.
  static let maximumStepCount = 100_000
  /// The most rows or columns of a map, so that the elements of a map can be counted at any resolution.
  static let maximumMapSide = 16_384
  /// The largest number of channels.
  static let maximumChannels = 131_072
  /// The largest kernel.
  static let maximumKernelSize = 31
  /// The largest stride.
  static let maximumStride = 8
  /// The most zeros on a side of a convolution's input.
  static let maximumPadding = 255
  /// The largest number of classes.
  static let maximumClassCount = 1_000_000
  /// The largest number of axes; convolution weights have four.
  static let maximumRank = 8
  /// The longest name of a tensor or key, in bytes.
  static let maximumNameByteCount = 4_096
}
