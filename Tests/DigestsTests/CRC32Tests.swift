import BinaryInput
import CDigestKernels
import Digests
import TestSupport
import Testing

@Suite struct CRC32Tests {
  private static func portable(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe gpd_crc32_portable(0, $0.baseAddress, $0.count) }
  }

  private static func accelerated(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe gpd_crc32_accelerated(0, $0.baseAddress, $0.count) }
  }

  private static func checksum(_ bytes: Bytes) -> UInt32 {
    CRC32.checksum(bytes.span)
  }

  /// The definition, one bit at a time.
  private static func bitwise(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var register = UInt32.max
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 {
        register = register & 1 == 0 ? register >> 1 : register >> 1 ^ 0xEDB8_8320
      }
    }
    return ~register
  }

  @Test func `The check value of the published parameters`() {
    let digits = Array("123456789".utf8)
    #expect(CRC32Tests.checksum(Bytes(copying: digits)) == 0xCBF4_3926)
    #expect(CRC32Tests.portable(digits[...]) == 0xCBF4_3926)
  }

  @Test func `No bytes have the checksum 0`() {
    #expect(CRC32().value == 0)
    #expect(CRC32Tests.checksum(.empty) == 0)
  }

  @Test func `The portable form follows the definition at every length and start`() {
    var random = SeededGenerator(seed: 1)
    let bytes = (0..<160).map { _ in UInt8.random(in: 0...255, using: &random) }
    for start in 0..<9 {
      for end in start...bytes.count {
        let part = bytes[start..<end]
        #expect(CRC32Tests.portable(part) == CRC32Tests.bitwise(part), "\(start)..<\(end)")
      }
    }
  }

  @Test(.enabled(if: gpd_crc32_is_accelerated()))
  func `The accelerated form equals the portable one at every length and start`() {
    var random = SeededGenerator(seed: 2)
    let bytes = (0..<400).map { _ in UInt8.random(in: 0...255, using: &random) }
    for start in 0..<17 {
      for end in start...bytes.count {
        let part = bytes[start..<end]
        #expect(CRC32Tests.accelerated(part) == CRC32Tests.portable(part), "\(start)..<\(end)")
      }
    }
  }

  @Test func `Pieces give the checksum of the whole`() {
    var random = SeededGenerator(seed: 3)
    let bytes = Bytes(
      copying: (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) })
    for split in 0...bytes.count {
      var checksum = CRC32()
      checksum.update(bytes[0..<split].span)
      checksum.update(bytes[split..<bytes.count].span)
      #expect(checksum.value == CRC32Tests.checksum(bytes), "split at \(split)")
    }
  }
}
