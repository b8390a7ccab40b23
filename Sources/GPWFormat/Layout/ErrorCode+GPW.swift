public import BinaryInput

extension ErrorCode {
  /// The file does not begin with the format's magic number, or a text-mode transfer damaged it.
  public static let gpwMagic = ErrorCode("gpw.magic")
  /// The file needs a newer reader, or states no possible version.
  public static let gpwVersion = ErrorCode("gpw.version")
  /// The file is shorter or longer than its preamble says.
  public static let gpwLength = ErrorCode("gpw.length")
  /// A field of the preamble is out of range, reserved bytes are set, or sections do not fit.
  public static let gpwHeader = ErrorCode("gpw.header")
  /// The checksum of preamble, metadata and tensor table is wrong.
  public static let gpwHeaderChecksum = ErrorCode("gpw.headerChecksum")
  /// The metadata is malformed.
  public static let gpwMetadata = ErrorCode("gpw.metadata")
  /// An entry of the tensor table is malformed.
  public static let gpwTable = ErrorCode("gpw.table")
  /// Tensors leave a hole, overlap, are not aligned, or bytes between them are not zero.
  public static let gpwPlacement = ErrorCode("gpw.placement")
  /// The checksum of a tensor is wrong.
  public static let gpwTensorChecksum = ErrorCode("gpw.tensorChecksum")
  /// The padding of a blocked tensor is not zero.
  public static let gpwTensorPadding = ErrorCode("gpw.tensorPadding")
  /// Metadata and tensors do not make up a network.
  public static let gpwNetwork = ErrorCode("gpw.network")

  /// All codes of the format's reader.
  public static let gpwCodes: [ErrorCode] = [
    .gpwMagic, .gpwVersion, .gpwLength, .gpwHeader, .gpwHeaderChecksum, .gpwMetadata, .gpwTable,
    .gpwPlacement, .gpwTensorChecksum, .gpwTensorPadding, .gpwNetwork,
  ]
}
