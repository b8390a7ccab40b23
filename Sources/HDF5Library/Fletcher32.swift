/// The checksum that HDF5 puts behind a chunk: two sums of its 16-bit words, high byte first, with the
/// carries added again.
struct Fletcher32 {
  private(set) var value: UInt32

  init(_ bytes: UnsafeRawBufferPointer) {
    var first: UInt32 = 0
    var second: UInt32 = 0
    var index = 0
    let even = bytes.count & ~1
    while index < even {
      // So many words cannot overflow the second sum.
      let end = min(index + 2 * 360, even)
      while index < end {
        first &+= unsafe UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
        second &+= first
        index += 2
      }
      first = Fletcher32.folded(first)
      second = Fletcher32.folded(second)
    }
    if index < bytes.count {
      first &+= unsafe UInt32(bytes[index]) << 8
      second &+= first
      first = Fletcher32.folded(first)
      second = Fletcher32.folded(second)
    }
    first = Fletcher32.folded(first)
    second = Fletcher32.folded(second)
    value = second << 16 | first
  }

  /// Whether a stored checksum is this one; HDF5 1.6.2 and earlier stored it with the bytes of each
  /// half exchanged.
  func matches(_ stored: UInt32) -> Bool {
    let exchanged = (value & 0x00FF_00FF) << 8 | (value & 0xFF00_FF00) >> 8
    return stored == value || stored == exchanged
  }

  private static func folded(_ sum: UInt32) -> UInt32 {
    (sum & 0xFFFF) &+ (sum >> 16)
  }
}
