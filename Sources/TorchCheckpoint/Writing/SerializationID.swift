/// The 40 digits by which PyTorch tells files apart: a hash of the names of the records, then a hash
/// of their checksums.
///
/// PyTorch keeps the names in a hash set of the C++ library of GNU and combines their hashes in the
/// order in which that set has them, so that the order is part of the number and is found here in
/// the same way.
struct SerializationID {
  private var names = HashOrder()
  private var checksumHash: UInt64 = 0

  /// Takes note of a record, in the order of the file; of a record without content, only its name
  /// counts.
  mutating func add(_ name: String, byteCount: Int, checksum: UInt32) {
    names.insert(SerializationID.hash(Array(name.utf8)))
    if byteCount > 0 {
      checksumHash = SerializationID.combine(checksumHash, UInt64(checksum))
    }
  }

  /// The number of digits of both hashes together.
  static let digitCount = 40

  /// The digits.
  var text: String {
    let nameHash = names.hashes.reduce(0, SerializationID.combine)
    return [nameHash, checksumHash].map { hash in
      let digits = "\(hash)"
      return String(repeating: "0", count: SerializationID.digitCount / 2 - digits.count) + digits
    }.joined()
  }

  private static func combine(_ hash: UInt64, _ other: UInt64) -> UInt64 {
    hash ^ (other &+ 0x9E37_79B9 &+ (hash << 6) &+ (hash >> 2))
  }

  /// The hash of a text in that library: MurmurHash64A with a seed of its own.
  private static func hash(_ bytes: [UInt8]) -> UInt64 {
    let factor: UInt64 = 0xC6A4_A793_5BD1_E995
    func mix(_ value: UInt64) -> UInt64 { value ^ value >> 47 }
    func number(_ part: ArraySlice<UInt8>) -> UInt64 {
      part.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var hash = 0xC70F_6907 ^ (UInt64(bytes.count) &* factor)
    let whole = bytes.count / 8 * 8
    for start in stride(from: 0, to: whole, by: 8) {
      hash ^= mix(number(bytes[start..<(start + 8)]) &* factor) &* factor
      hash = hash &* factor
    }
    if whole < bytes.count {
      hash ^= number(bytes[whole...])
      hash = hash &* factor
    }
    return mix(mix(hash) &* factor)
  }
}

/// The order in which a hash set of GNU's C++ library has its elements: a list in which those of one
/// bucket stand together, the newest in front.
private struct HashOrder {
  /// Elements are numbered from 1; 0 stands in front of the first, and for the end.
  private var values: [UInt64] = [0]
  private var next: [Int] = [0]
  /// What stands in front of the first element of a bucket; nil for an empty bucket.
  private var before: [Int?] = [nil]

  /// How many buckets there are once there are more elements than buckets.
  private static let bucketCounts = [
    13, 29, 59, 127, 257, 541, 1_109, 2_357, 5_087, 10_273, 20_753, 42_043, 85_229, 172_933,
    351_061, 712_697, 1_447_153, 2_938_679, 5_967_347, 12_117_689, 24_607_243, 49_969_847,
    101_473_717,
  ]

  /// The elements in their order.
  var hashes: some Sequence<UInt64> {
    sequence(first: next[0]) { next[$0] }.prefix { $0 != 0 }.lazy.map { values[$0] }
  }

  mutating func insert(_ value: UInt64) {
    if values.count > before.count || values.count == 1 { grow() }
    values.append(value)
    next.append(0)
    link(values.count - 1)
  }

  /// Takes more buckets and puts the elements into them, in the order that they had. Far more records
  /// than any archive has stay in the last number.
  private mutating func grow() {
    guard let count = HashOrder.bucketCounts.first(where: { $0 >= values.count }) else { return }
    before = Array(repeating: nil, count: count)
    var element = next[0]
    next[0] = 0
    while element != 0 {
      let following = next[element]
      link(element)
      element = following
    }
  }

  private mutating func link(_ element: Int) {
    let bucket = bucket(of: element)
    if let front = before[bucket] {
      next[element] = next[front]
      next[front] = element
    } else {
      let old = next[0]
      next[element] = old
      next[0] = element
      if old != 0 { before[self.bucket(of: old)] = element }
      before[bucket] = 0
    }
  }

  private func bucket(of element: Int) -> Int {
    Int(values[element] % UInt64(before.count))
  }
}
