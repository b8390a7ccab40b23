import BinaryInput
import CDigestKernels
import Digests
import TestSupport
import Testing

@Suite struct SHA256Tests {
  private static func digest(_ bytes: [UInt8]) -> String {
    SHA256.hexDigest(of: Bytes(copying: bytes))
  }

  /// Examples of NIST for FIPS 180.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
        + "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ])
  func `Published digests`(text: String, expected: String) {
    #expect(SHA256Tests.digest(Array(text.utf8)) == expected)
  }

  @Test func `The published digest of a million letters`() {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(
      SHA256Tests.digest(bytes)
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// Digests by Python's hashlib of `bytes((7 * i + 3) % 256 for i in range(n))`.
  @Test(arguments: SHA256Tests.borders)
  func `Lengths around the borders of a block`(byteCount: Int, expected: String) {
    #expect(
      SHA256Tests.digest((0..<byteCount).map { UInt8(truncatingIfNeeded: 7 * $0 + 3) })
        == expected)
  }

  @Test(.enabled(if: gpd_sha256_is_accelerated()))
  func `The accelerated form equals the portable one for every start and number of blocks`() {
    var random = SeededGenerator(seed: 4)
    let bytes = (0..<(17 + 5 * 64)).map { _ in UInt8.random(in: 0...255, using: &random) }
    for start in 0..<17 {
      for blockCount in 0...5 {
        var portable = (0..<8).map { _ in UInt32.random(in: 0...(.max), using: &random) }
        var accelerated = portable
        unsafe bytes[start...].withUnsafeBytes {
          unsafe gpd_sha256_portable(&portable, $0.baseAddress, blockCount)
          unsafe gpd_sha256_accelerated(&accelerated, $0.baseAddress, blockCount)
        }
        #expect(accelerated == portable, "start \(start), \(blockCount) blocks")
      }
    }
  }

  @Test func `Pieces give the digest of the whole`() {
    let bytes = Bytes(copying: (0..<200).map { UInt8($0) })
    let whole = SHA256.hexDigest(of: bytes)
    for first in 0...bytes.count {
      for second in [first, min(first + 1, 200), min(first + 63, 200), min(first + 64, 200)] {
        var digest = SHA256()
        digest.update(bytes[0..<first].span)
        digest.update(bytes[first..<second].span)
        digest.update(bytes[second..<bytes.count].span)
        let found = digest.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        #expect(found.joined() == whole, "pieces at \(first) and \(second)")
      }
    }
  }

  static let borders: [(byteCount: Int, expected: String)] = [
    (1, "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5"),
    (54, "160bbf14b458c877b7049e7cb5771dd653930f97d20bdd8ee795c16062906233"),
    (55, "e7313d333c272e639f790978283f9eb392e843d0f29b7016828bb1daa4aac70b"),
    (56, "4324d65f3c103567f5589c710bc08f8523f929a9272e3af36fc968e52abc6c27"),
    (57, "35df609437dcfea3279283ab79fd554e2bf78f8f7ae2de532d8ee300b09e8f73"),
    (63, "81c80242132f230c3bd41b3e63bbcff16107339549214a99614ff26664625055"),
    (64, "39e3d7b6b5d075d37d053ad89b24b41bef4f3c29760c84447cab3f3be1882241"),
    (65, "aacca6ff74fdbb296d165a45cecfa04e5127bc008770fbbdd48006f2d2fae95e"),
    (118, "2c49b89c5aaaaaa69ae70251cc0803f14afaf1a2caa461fa6b083750bc07ce88"),
    (119, "9ce7368e4daf32341631b492e80359dc9f594b48453cd0dd5bf0b19279cc177e"),
    (120, "7836b787757e95e58b3ca5aec90b1b004e8deba1e50e9675af9cabf1a13a04b5"),
    (127, "a8d23e75d936f303d248888d9b165ee543f4cbafcad3c9dd2a79bd84faa11d07"),
    (128, "d2742f1f4ac6bb7ca2b239ee18402ba8b3f9f8e652d2a72973c2b9ba11c08cf6"),
    (129, "307f8fc2c1622b92762e818d39a185d4d667ad49a4b07ceae1f4afa008a93ec4"),
    (1000, "1e9bc38cbf860b9ec31918b065f9b52476c549a782e0e7990bed8ce3868d2371"),
  ]
}
