internal import BinaryInput
internal import StrictJSON
internal import TensorData

/// What stands in front of the data: 8 bytes with the length of a JSON text, and that text.
///
/// The rules are those of the reference implementation, huggingface/safetensors, and of its
/// description of the format where the implementation is laxer: the text begins with a brace, and no
/// name stands twice.
struct SafetensorsHeader {
  /// The tensors, in the order of their data.
  let tensors: [StoredTensor]
  /// What stands under `__metadata__`, in order.
  let metadata: [TensorFact]
  /// The number of bytes in front of the data.
  let byteCount: Int

  static let lengthByteCount = 8
  /// The longest text that the format allows.
  static let textByteCountLimit = 100_000_000
  /// The most tensors, and the most properties, that are read.
  static let countLimit = 1_000_000
  /// The longest name of a tensor or property, in UTF-8.
  static let nameByteCountLimit = 4_096
  /// What stands where names of tensors stand and is none.
  static let metadataName = "__metadata__"

  /// Reads the header and holds the file against it.
  init(of file: Bytes, budget: WorkBudget, countLimit: Int) throws(ReadError) {
    let textByteCount = try SafetensorsHeader.textByteCount(of: file)
    byteCount = SafetensorsHeader.lengthByteCount + textByteCount
    // A value in the text is seldom shorter, and what is kept of one is a few times as long.
    try budget.spend(steps: textByteCount / 8, on: "reading the header")
    let keptByteCount = 8 * textByteCount
    try budget.reserve(bytes: keptByteCount, for: "the header")
    do {
      var reader = JSONReader(file[0..<byteCount], from: SafetensorsHeader.lengthByteCount)
      let members = try SafetensorsHeaderMembers(parsing: &reader, countLimit: countLimit)
      try reader.finish()
      metadata = members.metadata
      tensors = SafetensorsHeader.ordered(members.tensors)
      try requireDense(dataByteCount: file.count - byteCount)
    } catch {
      budget.release(bytes: keptByteCount)
      throw error
    }
  }

  /// The length that the first bytes state, where the file has so many and the text may begin.
  private static func textByteCount(of file: Bytes) throws(ReadError) -> Int {
    var reader = ByteReader(file.span, truncation: .safetensorsSize)
    let stated = try reader.read(UInt64.self, "the length of the header")
    guard stated <= textByteCountLimit else {
      throw ReadError(
        .safetensorsHeaderLimit, "the header is longer than the format allows", offset: 0,
        expected: "at most \(textByteCountLimit) bytes", found: "\(stated)",
        advice: SafetensorsAdvice.save)
    }
    let byteCount = Int(stated)
    guard byteCount <= reader.remainingByteCount else {
      throw ReadError(
        .safetensorsHeaderLength, "the file ends within the header", offset: file.count,
        expected: "\(byteCount) bytes from 0x8 on", found: "\(reader.remainingByteCount)",
        advice: SafetensorsAdvice.download)
    }
    guard byteCount > 0, file[lengthByteCount] == UInt8(ascii: "{") else {
      throw ReadError(
        .safetensorsHeaderStart, "the header does not begin with a brace",
        offset: lengthByteCount, expected: "'{'", advice: SafetensorsAdvice.save)
    }
    return byteCount
  }

  /// By where they begin; of those that are empty and begin at the same place, by the header.
  private static func ordered(_ tensors: [StoredTensor]) -> [StoredTensor] {
    tensors.sorted {
      ($0.range.lowerBound, $0.range.upperBound, $0.nameOffset)
        < ($1.range.lowerBound, $1.range.upperBound, $1.nameOffset)
    }
  }
}

extension SafetensorsHeader {
  /// Checks that the tensors have as many bytes as their shapes need, and fill the data one after the
  /// other.
  private func requireDense(dataByteCount: Int) throws(ReadError) {
    var position = 0
    for tensor in tensors {
      let start = tensor.range.lowerBound
      guard start == position else {
        throw ReadError(
          start < position ? .safetensorsOverlap : .safetensorsHole,
          start < position
            ? "the tensor begins within another one" : "bytes before the tensor belong to none",
          path: [tensor.name], offset: tensor.nameOffset, expected: "a beginning at \(position)",
          found: "\(start)", advice: SafetensorsAdvice.save)
      }
      let byteCount = try tensor.neededByteCount()
      guard tensor.range.count == byteCount else {
        throw ReadError(
          .safetensorsTensorSize, "the tensor's bytes are not as many as its shape needs",
          path: [tensor.name], offset: tensor.nameOffset,
          expected: "\(byteCount) bytes, \(tensor.type.rawValue) of \(tensor.shape)",
          found: "\(tensor.range.count)", advice: SafetensorsAdvice.save)
      }
      position = tensor.range.upperBound
    }
    guard position <= dataByteCount else {
      throw ReadError(
        .safetensorsTruncated, "the file ends before the last tensor",
        offset: byteCount + dataByteCount, expected: "\(position) bytes of data",
        found: "\(dataByteCount)", advice: SafetensorsAdvice.download)
    }
    guard position == dataByteCount else {
      throw ReadError(
        .safetensorsTrailing, "bytes follow the last tensor", offset: byteCount + position,
        expected: "\(position) bytes of data", found: "\(dataByteCount)",
        advice: SafetensorsAdvice.save)
    }
  }
}
