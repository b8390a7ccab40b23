internal import CDigestKernels

/// The CRC-32 of zip and gzip (polynomial 0x04C11DB7, reflected), taken piece by piece.
public struct CRC32: Sendable {
  /// The checksum of the bytes so far.
  public private(set) var value: UInt32 = 0

  /// Starts the checksum of no bytes.
  public init() {}

  /// Continues the checksum over `bytes`.
  ///
  /// - Complexity: O(*n*) in the number of bytes.
  public mutating func update(_ bytes: RawSpan) {
    value = unsafe bytes.withUnsafeBytes { unsafe gpd_crc32(value, $0.baseAddress, $0.count) }
  }

  /// The checksum of `bytes`.
  ///
  /// - Complexity: O(*n*) in the number of bytes.
  public static func checksum(_ bytes: RawSpan) -> UInt32 {
    var checksum = CRC32()
    checksum.update(bytes)
    return checksum.value
  }
}
