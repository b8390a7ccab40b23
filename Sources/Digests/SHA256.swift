public import BinaryInput
internal import CDigestKernels

/// The SHA-256 of FIPS 180-4, taken piece by piece.
public struct SHA256: Sendable {
  /// The words H₀…H₇; the first are the fractions of the square roots of the first eight primes.
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  /// The bytes of a block that is not complete yet; always fewer than ``blockByteCount``.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  private static let blockByteCount = 64
  /// How many bytes are read before their pages are let go of.
  private static let partByteCount = 4 << 20

  /// Starts the digest of no bytes.
  public init() {}

  /// Continues the digest over `bytes`.
  ///
  /// - Complexity: O(*n*) in the number of bytes.
  public mutating func update(_ bytes: RawSpan) {
    let block = SHA256.blockByteCount
    byteCount &+= UInt64(bytes.byteCount)
    var rest = bytes
    if !pending.isEmpty {
      let missing = min(block - pending.count, rest.byteCount)
      append(rest.extracting(first: missing))
      rest = rest.extracting(droppingFirst: missing)
      guard pending.count == block else { return }
      let complete = pending
      pending = []
      unsafe compress(complete.span.bytes)
    }
    let whole = rest.byteCount / block * block
    compress(rest.extracting(first: whole))
    append(rest.extracting(droppingFirst: whole))
  }

  /// The digest of all bytes so far, 32 bytes long.
  public consuming func finalize() -> [UInt8] {
    let bitCount = byteCount &* 8
    let block = SHA256.blockByteCount
    let zeroCount = (2 * block - 9 - pending.count) % block
    var padding: [UInt8] = [0x80]
    padding += [UInt8](repeating: 0, count: zeroCount)
    padding += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * $0)) }
    unsafe update(padding.span.bytes)
    return state.flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
    }
  }

  /// The digest of `bytes` as 64 lowercase hexadecimal digits; pages of a mapped file are let go of
  /// as they are read.
  ///
  /// - Complexity: O(*n*) in the number of bytes.
  public static func hexDigest(of bytes: Bytes) -> String {
    var digest = SHA256()
    digest.updateReleasingPages(bytes)
    return digest.hexadecimal()
  }

  /// Continues the digest over `bytes`; pages of a mapped file are let go of as they are read.
  ///
  /// - Complexity: O(*n*) in the number of bytes.
  public mutating func updateReleasingPages(_ bytes: Bytes) {
    for start in stride(from: 0, to: bytes.count, by: SHA256.partByteCount) {
      let part = bytes[start..<min(start + SHA256.partByteCount, bytes.count)]
      update(part.span)
      part.releasePages()
    }
  }

  /// The digest of all bytes so far as 64 lowercase hexadecimal digits.
  public consuming func hexadecimal() -> String {
    finalize().map { byte in
      (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private mutating func append(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe pending.append(contentsOf: $0) }
  }

  private mutating func compress(_ blocks: RawSpan) {
    unsafe blocks.withUnsafeBytes {
      unsafe gpd_sha256(&state, $0.baseAddress, $0.count / SHA256.blockByteCount)
    }
  }
}
