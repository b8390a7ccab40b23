internal import BinaryInput
internal import StrictJSON
internal import TensorData

/// What an index has, in its order.
struct ShardIndexMembers {
  private(set) var tensorNames: [String] = []
  /// For each tensor, the position of its file in ``fileNames``.
  private(set) var filePositions: [Int] = []
  /// The files, in the order in which they are met first.
  private(set) var fileNames: [String] = []
  private(set) var facts: [TensorFact] = []

  private static let weightMapKey = "weight_map"
  private static let metadataKey = "metadata"

  init(parsing bytes: Bytes) throws(ReadError) {
    var reader = JSONReader(bytes)
    guard try reader.kind() == .object else {
      throw ReadError(
        .shardsIndex, "the index is no object", offset: reader.position,
        expected: "an object with \"\(Self.weightMapKey)\"")
    }
    var names = JSONNames()
    var hasWeightMap = false
    try reader.enterObject()
    while let key = try reader.nextKey() {
      switch key.text {
      case Self.weightMapKey:
        try names.insert(key.text, at: key.offset)
        hasWeightMap = true
        try readWeightMap(&reader)
      case Self.metadataKey:
        try names.insert(key.text, at: key.offset)
        try readMetadata(&reader)
      default:
        try reader.skipValue()
      }
    }
    try reader.finish()
    guard hasWeightMap else {
      throw ReadError(
        .shardsIndex, "the index does not say where the tensors are",
        expected: "\"\(Self.weightMapKey)\"",
        advice: "give the index that was saved with the weights")
    }
  }

  /// Whether an object begins there and has the key; what comes after it does not matter.
  static func hasWeightMap(_ bytes: Bytes) -> Bool {
    var reader = JSONReader(bytes)
    do throws(ReadError) {
      guard try reader.kind() == .object else { return false }
      try reader.enterObject()
      while let key = try reader.nextKey() {
        if key.text == weightMapKey { return true }
        try reader.skipValue()
      }
    } catch {
      return false
    }
    return false
  }

  private mutating func readWeightMap(_ reader: inout JSONReader) throws(ReadError) {
    guard try reader.kind() == .object else {
      throw ReadError(
        .shardsIndex, "\"\(Self.weightMapKey)\" is no object", offset: reader.position,
        expected: "names of files by names of tensors")
    }
    var names = JSONNames()
    var positions: [String: Int] = [:]
    try reader.enterObject()
    while let key = try reader.nextKey() {
      try Self.requireShort(key)
      try names.insert(key.text, at: key.offset)
      guard tensorNames.count < ShardIndex.tensorCountLimit else {
        throw ReadError(
          .shardsIndex, "the index has too many tensors", offset: key.offset,
          expected: "at most \(ShardIndex.tensorCountLimit)")
      }
      guard try reader.kind() == .string else {
        throw ReadError(
          .shardsIndex, "the file of a tensor is no text", path: [key.text],
          offset: reader.position, expected: "the name of a file")
      }
      let offset = reader.position
      let file = try reader.string()
      try Self.requirePlainName(file, of: key.text, at: offset)
      tensorNames.append(key.text)
      filePositions.append(try position(of: file, &positions, at: offset))
    }
  }

  /// Comparing names takes far longer than reading them where they are long rows of accents.
  private static func requireShort(_ key: (text: String, offset: Int)) throws(ReadError) {
    guard key.text.utf8.count <= ShardIndex.nameByteCountLimit else {
      throw ReadError(
        .shardsIndex, "the name of a tensor or property is too long", offset: key.offset,
        expected: "at most \(ShardIndex.nameByteCountLimit) bytes",
        found: "\(key.text.utf8.count)")
    }
  }

  private mutating func position(
    of file: String, _ positions: inout [String: Int], at offset: Int
  ) throws(ReadError) -> Int {
    if let position = positions[file] {
      guard fileNames[position].utf8.elementsEqual(file.utf8) else {
        throw ReadError(
          .shardsIndex, "two files have names that are the same text in other code points",
          offset: offset, expected: "names that differ in normal form", found: "\"\(file)\"",
          advice: "rename one of them")
      }
      return position
    }
    guard fileNames.count < ShardIndex.fileCountLimit else {
      throw ReadError(
        .shardsIndex, "the index has too many files", offset: offset,
        expected: "at most \(ShardIndex.fileCountLimit)")
    }
    positions[file] = fileNames.count
    fileNames.append(file)
    return fileNames.count - 1
  }

  /// A name that leads out of the folder could reach any file of the machine.
  private static func requirePlainName(
    _ file: String, of tensor: String, at offset: Int
  ) throws(ReadError) {
    let bytes = file.utf8
    guard !bytes.isEmpty, bytes.count <= ShardIndex.fileNameByteCountLimit, file != ".",
      file != "..", !bytes.contains(UInt8(ascii: "/")), !bytes.contains(0)
    else {
      throw ReadError(
        .shardsPath, "the file of a tensor is not beside the index", path: [tensor],
        offset: offset, expected: "the name of a file in the same folder",
        found: file.escapedForDisplay(limit: 100),
        advice: "give an index whose files stand beside it")
    }
  }

  private mutating func readMetadata(_ reader: inout JSONReader) throws(ReadError) {
    switch try reader.kind() {
    case .object: break
    case .word where try reader.value().isNull: return
    default:
      throw ReadError(
        .shardsIndex, "\"\(Self.metadataKey)\" is no object", offset: reader.position,
        expected: "values under names")
    }
    var names = JSONNames()
    try reader.enterObject()
    while let key = try reader.nextKey() {
      try Self.requireShort(key)
      try names.insert(key.text, at: key.offset)
      guard facts.count < ShardIndex.factCountLimit else {
        throw ReadError(
          .shardsIndex, "the index has too many properties", offset: key.offset,
          expected: "at most \(ShardIndex.factCountLimit)")
      }
      facts.append(TensorFact(path: key.text, value: try Self.fact(&reader)))
    }
  }

  /// A value as Python prints it; a list or an object as it is spelt.
  private static func fact(_ reader: inout JSONReader) throws(ReadError) -> String {
    switch try reader.kind() {
    case .string: return try reader.string()
    case .word:
      let value = try reader.value()
      return value.bool.map { $0 ? "True" : "False" } ?? "None"
    case .number, .array, .object: return try reader.spelling()
    }
  }
}
