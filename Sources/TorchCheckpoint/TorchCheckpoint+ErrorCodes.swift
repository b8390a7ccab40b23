public import BinaryInput
internal import TensorData

extension ErrorCode {
  /// The pickle ends early, or a length in it reaches beyond its end.
  public static let pickleTruncated = ErrorCode("pickle.truncated")
  /// The pickle does not begin with a protocol of 2 to 5.
  public static let pickleProtocol = ErrorCode("pickle.protocol")
  /// An opcode is unknown or not among those that checkpoints need.
  public static let pickleOpcode = ErrorCode("pickle.opcode")
  /// An opcode finds too few values, or values of another kind, on the stack.
  public static let pickleStack = ErrorCode("pickle.stack")
  /// The memo has no value under an index.
  public static let pickleMemo = ErrorCode("pickle.memo")
  /// Values are nested deeper than any checkpoint nests them, or in a circle.
  public static let pickleDepth = ErrorCode("pickle.depth")
  /// The pickle asks for more operations, values or names than are allowed.
  public static let pickleLimit = ErrorCode("pickle.limit")
  /// The pickle refers to code that is not on the list of harmless classes.
  public static let pickleUnsafeGlobal = ErrorCode("pickle.unsafeGlobal")
  /// Something is called with arguments that it does not take.
  public static let pickleArguments = ErrorCode("pickle.arguments")
  /// State is given to something that has none.
  public static let pickleBuildTarget = ErrorCode("pickle.buildTarget")
  /// Items are put into something that is no dictionary, or a value is missing for a key.
  public static let pickleSetItems = ErrorCode("pickle.setItems")
  /// Elements are appended to something that takes none.
  public static let pickleAppendTarget = ErrorCode("pickle.appendTarget")
  /// Bytes follow the end of the pickle.
  public static let pickleTrailing = ErrorCode("pickle.trailing")
  /// A text is no valid UTF-8.
  public static let pickleEncoding = ErrorCode("pickle.utf8")

  /// The records of the archive are not those of a checkpoint.
  public static let torchLayout = ErrorCode("pth.layout")
  /// The version of the checkpoint's format is malformed or not supported.
  public static let torchVersion = ErrorCode("pth.version")
  /// The checkpoint was written on a big-endian machine, or its byte order is malformed.
  public static let torchByteOrder = ErrorCode("pth.byteorder")
  /// The file is a TorchScript program.
  public static let torchScript = ErrorCode("pth.torchscript")
  /// The file has the tar format of the first versions of PyTorch.
  public static let torchLegacyTar = ErrorCode("pth.legacyTar")
  /// The stream of a checkpoint from before PyTorch 1.6 is malformed.
  public static let torchLegacy = ErrorCode("pth.legacy")
  /// The file is a program of `torch.export`.
  public static let torchExport = ErrorCode("pth.export")
  /// The file is an archive of `torch.package` or of a server of models.
  public static let torchPackage = ErrorCode("pth.package")
  /// The file holds one machine's part of a checkpoint.
  public static let torchShard = ErrorCode("pth.shard")
  /// A tar archive around a checkpoint holds none, or more than one.
  public static let torchTar = ErrorCode("pth.tar")
  /// A transfer in text mode changed bytes of the file.
  public static let torchTextMode = ErrorCode("pth.textMode")
  /// An archive around checkpoints holds none, or more than one.
  public static let torchInner = ErrorCode("pth.inner")
  /// A reference to a storage is malformed.
  public static let torchPersistentID = ErrorCode("pth.persistent-id")
  /// A storage is not in the file.
  public static let torchStorageMissing = ErrorCode("pth.storageMissing")
  /// A storage has another size than is declared.
  public static let torchStorageSize = ErrorCode("pth.storageSize")
  /// A storage is declared in two ways.
  public static let torchStorageConflict = ErrorCode("pth.storageConflict")
  /// A size, stride, offset or count is beyond 64 bits.
  public static let torchRange = ErrorCode("pth.range")
  /// Two tensors of a state dict have one name, or a name is empty or too long.
  public static let torchName = ErrorCode("pth.name")
  /// A tensor that is to be written has a name that no state dict can have.
  public static let torchUnwritable = ErrorCode("pth.unwritable", .request)
  /// The elements of a tensor are of a type that is not supported.
  public static let tensorElementType = ErrorCode("tensor.dtype")
  /// A tensor is sparse, quantized, without data, or not a plain tensor in another way.
  public static let tensorLayout = ErrorCode("tensor.layout")
}

extension TorchCheckpoint {
  /// Every code that this target throws in reading, besides those of zip archives and `io.memory`; in
  /// writing it throws `pth.unwritable`.
  public static let errorCodes: [ErrorCode] = [
    .pickleTruncated, .pickleProtocol, .pickleOpcode, .pickleStack, .pickleMemo, .pickleDepth,
    .pickleLimit, .pickleUnsafeGlobal, .pickleArguments, .pickleBuildTarget, .pickleSetItems,
    .pickleAppendTarget, .pickleTrailing, .pickleEncoding, .torchLayout, .torchVersion,
    .torchByteOrder, .torchScript, .torchLegacyTar, .torchLegacy, .torchExport, .torchPackage,
    .torchShard, .torchTar, .torchTextMode, .torchInner, .torchPersistentID,
    .torchStorageMissing, .torchStorageSize, .torchStorageConflict, .torchRange, .torchName,
    .tensorElementType, .tensorLayout, .tensorShape, .tensorBounds, .tensorBudget,
  ]
}
