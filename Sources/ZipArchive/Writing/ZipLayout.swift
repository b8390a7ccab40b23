/// What the zip format leaves to whoever writes an archive, as one program decides it.
///
/// Entries are stored, never deflated.
public struct ZipLayout: Sendable {
  /// What the directory says made the archive.
  let versionMadeBy: UInt16
  /// The version of the format that an entry needs.
  let versionNeeded: UInt16
  /// The day of every entry, in the form of MS-DOS; the time is midnight.
  let date: UInt16
  /// The permissions of an entry once it is unpacked, in the upper half.
  let externalAttributes: UInt32
  /// Whether names of ASCII letters are marked as UTF-8, too.
  let marksEveryName: Bool
  /// Whether checksum and sizes follow the data, so that nothing has to be written twice; else they
  /// stand before the data, the sizes always in 64 bits.
  let hasDescriptors: Bool
  /// The number that the offset of all data is a multiple of, by an extra field of padding; nil for
  /// no padding.
  let dataAlignment: Int?
  /// The largest size or offset that a field of 32 bits is used for.
  let largestNarrow: Int
  /// What the end record of 64 bits says made the archive.
  let endVersionMadeBy: UInt16
  /// Whether that record is written where nothing in it needs 64 bits, too.
  let alwaysHasWideEnd: Bool

  /// As `torch.save` writes archives: data at multiples of 64 bytes, checksums behind them.
  public static let torch = ZipLayout(
    versionMadeBy: 0, versionNeeded: 0, date: 0, externalAttributes: 0, marksEveryName: true,
    hasDescriptors: true, dataAlignment: 64, largestNarrow: 0xFFFF_FFFE, endVersionMadeBy: 0x031E,
    alwaysHasWideEnd: true)

  /// As `numpy.savez` writes archives, by Python's module `zipfile`: of 1 January 1980, for the eyes
  /// of their owner.
  public static let numPy = ZipLayout(
    versionMadeBy: 0x032D, versionNeeded: 45, date: 0x21, externalAttributes: 0o600 << 16,
    marksEveryName: false, hasDescriptors: false, dataAlignment: nil, largestNarrow: 0x7FFF_FFFF,
    endVersionMadeBy: 45, alwaysHasWideEnd: false)
}
