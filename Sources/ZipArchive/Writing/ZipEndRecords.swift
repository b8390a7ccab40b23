/// What stands behind the central directory of an archive that is written.
enum ZipEndRecords {
  private enum Signature {
    static let end: UInt32 = 0x0605_4b50
    static let wideEnd: UInt32 = 0x0606_4b50
    static let locator: UInt32 = 0x0706_4b50
  }

  private static let endByteCount = 22
  private static let wideEndByteCount = 56
  private static let locatorByteCount = 20
  /// The version of the format that brought numbers of 64 bits.
  private static let wideVersion: UInt16 = 45

  private static func isWide(
    _ entryCount: Int, _ directoryOffset: Int, _ directoryByteCount: Int, _ layout: ZipLayout
  ) -> Bool {
    layout.alwaysHasWideEnd || entryCount > Int(UInt16.max)
      || directoryOffset > layout.largestNarrow || directoryByteCount > layout.largestNarrow
  }

  /// The number of bytes of ``bytes(entryCount:directoryOffset:directoryByteCount:_:)``.
  static func byteCount(
    entryCount: Int, directoryOffset: Int, directoryByteCount: Int, _ layout: ZipLayout
  ) -> Int {
    endByteCount
      + (isWide(entryCount, directoryOffset, directoryByteCount, layout)
        ? wideEndByteCount + locatorByteCount : 0)
  }

  /// The end record, behind one of 64 bits where there is one.
  static func bytes(
    entryCount: Int, directoryOffset: Int, directoryByteCount: Int, _ layout: ZipLayout
  ) -> [UInt8] {
    var bytes = ZipBytes()
    if isWide(entryCount, directoryOffset, directoryByteCount, layout) {
      bytes.append(Signature.wideEnd)
      // Without the signature and this number.
      bytes.append(UInt64(wideEndByteCount - 12))
      bytes.append(layout.endVersionMadeBy)
      bytes.append(wideVersion)
      // This disk and the directory's.
      bytes.append(UInt64(0))
      bytes.append(UInt64(entryCount))
      bytes.append(UInt64(entryCount))
      bytes.append(UInt64(directoryByteCount))
      bytes.append(UInt64(directoryOffset))
      bytes.append(Signature.locator)
      bytes.append(UInt32(0))
      bytes.append(UInt64(directoryOffset + directoryByteCount))
      bytes.append(UInt32(1))
    }
    bytes.append(Signature.end)
    bytes.append(UInt32(0))
    bytes.append(UInt16(clamping: entryCount))
    bytes.append(UInt16(clamping: entryCount))
    bytes.append(UInt32(clamping: directoryByteCount))
    bytes.append(UInt32(clamping: directoryOffset))
    // No comment.
    bytes.append(UInt16(0))
    return bytes.array
  }
}
