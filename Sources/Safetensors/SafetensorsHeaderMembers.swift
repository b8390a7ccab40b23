internal import BinaryInput
internal import StrictJSON
internal import TensorData

/// The tensors and the properties that the text of a header has, in its order.
struct SafetensorsHeaderMembers {
  private(set) var tensors: [StoredTensor] = []
  private(set) var metadata: [TensorFact] = []
  private let countLimit: Int

  init(parsing reader: inout JSONReader, countLimit: Int) throws(ReadError) {
    self.countLimit = countLimit
    var names = JSONNames()
    try reader.enterObject()
    while let key = try reader.nextKey() {
      try SafetensorsHeaderMembers.requireShort(key)
      try names.insert(key.text, at: key.offset)
      if key.text == SafetensorsHeader.metadataName {
        try readMetadata(&reader)
        continue
      }
      try requireRoom(after: tensors.count, "tensors", at: key.offset)
      do {
        tensors.append(
          try StoredTensor(parsing: &reader, name: key.text, nameOffset: key.offset))
      } catch {
        throw error.within(key.text)
      }
    }
  }

  /// `null` is as good as nothing, as in the reference implementation.
  private mutating func readMetadata(_ reader: inout JSONReader) throws(ReadError) {
    switch try reader.kind() {
    case .object: break
    case .word where try reader.value().isNull: return
    default:
      throw ReadError(
        .safetensorsMetadata, "\(SafetensorsHeader.metadataName) is no object",
        offset: reader.position, expected: "texts under names", advice: SafetensorsAdvice.save)
    }
    var names = JSONNames()
    try reader.enterObject()
    while let key = try reader.nextKey() {
      try SafetensorsHeaderMembers.requireShort(key)
      try names.insert(key.text, at: key.offset)
      try requireRoom(after: metadata.count, "properties", at: key.offset)
      guard try reader.kind() == .string else {
        throw ReadError(
          .safetensorsMetadata, "a property of the file is no text",
          path: [SafetensorsHeader.metadataName, key.text], offset: reader.position,
          expected: "a text", advice: SafetensorsAdvice.save)
      }
      metadata.append(TensorFact(path: key.text, value: try reader.string()))
    }
  }

  /// Comparing names takes far longer than reading them where they are long rows of accents.
  private static func requireShort(_ key: (text: String, offset: Int)) throws(ReadError) {
    guard key.text.utf8.count <= SafetensorsHeader.nameByteCountLimit else {
      throw ReadError(
        .safetensorsName, "the name of a tensor or property is too long", offset: key.offset,
        expected: "at most \(SafetensorsHeader.nameByteCountLimit) bytes",
        found: "\(key.text.utf8.count)")
    }
  }

  private func requireRoom(
    after count: Int, _ what: String, at offset: Int
  ) throws(ReadError) {
    guard count < countLimit else {
      throw ReadError(
        .safetensorsCount, "there are too many \(what)", offset: offset,
        expected: "at most \(countLimit)")
    }
  }
}
