internal import BinaryInput

/// What a transfer in text mode, or an editor, does to a file of bytes.
enum TextDamage {
  /// Every line feed got a carriage return in front of it.
  case addedReturns
  /// Every pair of carriage return and line feed became a line feed.
  case removedReturns
  /// The bytes were taken for a text and written in UTF-8.
  case encoded

  /// Finds damage in what begins as a checkpoint does.
  ///
  /// A sound file shows at once that it is none: by a line feed that stands alone, of which every
  /// checkpoint has one at its version or its first class, and by bytes that are no UTF-8.
  ///
  /// - Complexity: O(*n*) in the number of bytes, of a sound file O(1) as a rule.
  init?(of bytes: Bytes) {
    guard bytes.hasPrefix(CheckpointContent.zipMagic) || bytes.hasPrefix([0x80]) else {
      return nil
    }
    if TextDamage.hasOnlyPairs(bytes) {
      self = .addedReturns
    } else if TextDamage.lacksBytes(bytes), !TextDamage.hasPair(bytes) {
      self = .removedReturns
    } else if TextDamage.isEncoded(bytes) {
      self = .encoded
    } else {
      return nil
    }
  }

  private static let carriageReturn: UInt8 = 0x0D
  private static let lineFeed: UInt8 = 0x0A

  /// Whether no line feed stands without a carriage return, and several stand with one.
  private static func hasOnlyPairs(_ bytes: Bytes) -> Bool {
    var pairCount = 0
    var previous: UInt8 = 0
    for index in 0..<bytes.count {
      let byte = bytes[index]
      if byte == lineFeed {
        guard previous == carriageReturn else { return false }
        pairCount += 1
      }
      previous = byte
    }
    return pairCount > 1
  }

  private static func hasPair(_ bytes: Bytes) -> Bool {
    (1..<max(bytes.count, 1)).contains {
      bytes[$0] == lineFeed && bytes[$0 - 1] == carriageReturn
    }
  }

  /// Whether a zip archive ends a little earlier than it states, as it does where a pair here and
  /// there lost a byte: one in 65,536 of bytes without a pattern.
  private static func lacksBytes(_ bytes: Bytes) -> Bool {
    guard let excess = ZipEnd(of: bytes)?.missingByteCount else { return false }
    return excess > 0 && excess <= 16 + bytes.count / 4_096
  }

  /// Whether everything is UTF-8, as no archive is by chance, with many characters that stand for
  /// single bytes.
  private static func isEncoded(_ bytes: Bytes) -> Bool {
    var index = 0
    var replacedCount = 0
    var pairCount = 0
    while index < bytes.count {
      let byte = bytes[index]
      let length: Int
      switch byte {
      case ..<0x80: length = 1
      case 0xC2...0xDF: length = 2
      case 0xE0...0xEF: length = 3
      case 0xF0...0xF4: length = 4
      default: return false
      }
      guard index + length <= bytes.count,
        (index + 1..<index + length).allSatisfy({ bytes[$0] & 0xC0 == 0x80 })
      else { return false }
      if length == 2 { pairCount += 1 }
      if length == 3, byte == 0xEF, bytes[index + 1] == 0xBF, bytes[index + 2] == 0xBD {
        replacedCount += 1
      }
      index += length
    }
    return replacedCount >= 4 || pairCount >= 16
  }
}

extension ReadError {
  init(_ damage: TextDamage) {
    let what =
      switch damage {
      case .addedReturns: "changed line ends: every LF became CR LF"
      case .removedReturns: "changed line ends: every CR LF became LF"
      case .encoded: "took the bytes for a text and wrote them as UTF-8"
      }
    self.init(
      .torchTextMode, "a transfer in text mode \(what)",
      expected: "the bytes as they were written",
      advice: "copy it again from its source in binary mode; what was lost cannot be restored")
  }
}

/// What the last record of a zip archive states, as far as it concerns how long the archive is.
struct ZipEnd {
  /// By how many bytes the archive is shorter than it states; less than zero where it is longer,
  /// as one is that stands behind something else.
  let missingByteCount: Int

  private static let byteCount = 22
  private static let zip64ByteCount = 76

  /// Nil where no such record stands at the end, or one that leaves it to another to say.
  init?(of bytes: Bytes) {
    let end = bytes.count - ZipEnd.byteCount
    guard end >= 0, bytes.contains("PK\u{5}\u{6}", at: end) else { return nil }
    func word(_ offset: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(bytes[end + offset + $1]) << (8 * $1) }
    }
    let byteCount = word(12)
    let offset = word(16)
    guard offset != 0xFFFF_FFFF, byteCount != 0xFFFF_FFFF else { return nil }
    let hasZip64 = end >= ZipEnd.zip64ByteCount && bytes.contains("PK\u{6}\u{7}", at: end - 20)
    missingByteCount = offset + byteCount - (end - (hasZip64 ? ZipEnd.zip64ByteCount : 0))
  }
}
