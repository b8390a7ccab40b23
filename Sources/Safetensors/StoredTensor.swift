internal import BinaryInput
internal import StrictJSON
internal import TensorData

/// A tensor as the header describes it.
struct StoredTensor: Sendable {
  let name: String
  let type: StoredType
  let shape: [Int]
  /// Its bytes, counted from the first behind the header.
  let range: Range<Int>
  /// The byte offset in the file of its name.
  let nameOffset: Int

  /// Reads what stands under a name:
  /// `{"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}`.
  ///
  /// The fields stand in any order. Others than these are refused: they would be an extension that
  /// could change what the tensor is.
  init(
    parsing reader: inout JSONReader, name: String, nameOffset: Int
  ) throws(ReadError) {
    self.name = name
    self.nameOffset = nameOffset
    guard try reader.kind() == .object else {
      throw ReadError(
        .safetensorsEntry, "a tensor is described by something else than an object",
        offset: reader.position, expected: StoredTensor.fields)
    }
    var type: StoredType?
    var shape: [Int]?
    var range: Range<Int>?
    try reader.enterObject()
    while let key = try reader.nextKey() {
      switch key.text {
      case "dtype" where type == nil: type = try StoredTensor.type(parsing: &reader)
      case "shape" where shape == nil: shape = try StoredTensor.shape(parsing: &reader)
      case "data_offsets" where range == nil: range = try StoredTensor.range(parsing: &reader)
      default:
        throw ReadError(
          .safetensorsEntry, "the description of a tensor has a field twice or an unknown one",
          offset: key.offset, expected: StoredTensor.fields,
          found: "\"\(key.text.escapedForDisplay(limit: 100))\"", advice: SafetensorsAdvice.save)
      }
    }
    guard let type, let shape, let range else {
      throw ReadError(
        .safetensorsEntry, "the description of a tensor lacks a field", offset: nameOffset,
        expected: StoredTensor.fields, advice: SafetensorsAdvice.save)
    }
    self.type = type
    self.shape = shape
    self.range = range
  }

  private static let fields = "\"dtype\", \"shape\" and \"data_offsets\""

  private static func type(parsing reader: inout JSONReader) throws(ReadError) -> StoredType {
    guard try reader.kind() == .string else {
      throw ReadError(
        .safetensorsType, "the type of the elements is no text", offset: reader.position)
    }
    let offset = reader.position
    let text = try reader.string()
    guard let type = StoredType(rawValue: text) else {
      throw ReadError(
        .safetensorsType, "the type of the elements is unknown", offset: offset,
        expected: StoredType.allCases.map(\.rawValue).joined(separator: ", "),
        found: text.escapedForDisplay(limit: 100), advice: SafetensorsAdvice.save)
    }
    return type
  }

  private static func shape(parsing reader: inout JSONReader) throws(ReadError) -> [Int] {
    guard try reader.kind() == .array else {
      throw ReadError(.safetensorsShape, "the shape is no list", offset: reader.position)
    }
    let offset = reader.position
    var shape: [Int] = []
    try reader.enterArray()
    while try reader.nextElement() {
      guard shape.count < Tensor.maximumRank else {
        throw ReadError(
          .safetensorsShape, "the shape has too many axes", offset: offset,
          expected: "at most \(Tensor.maximumRank)")
      }
      shape.append(try wholeNumber(parsing: &reader, .safetensorsShape, "a dimension"))
    }
    return shape
  }

  private static func range(parsing reader: inout JSONReader) throws(ReadError) -> Range<Int> {
    guard try reader.kind() == .array else {
      throw ReadError(.safetensorsOffsets, "the offsets are no list", offset: reader.position)
    }
    let offset = reader.position
    var ends: [Int] = []
    var isPair = true
    try reader.enterArray()
    while isPair, try reader.nextElement() {
      isPair = ends.count < 2
      if isPair { ends.append(try wholeNumber(parsing: &reader, .safetensorsOffsets, "an offset")) }
    }
    guard isPair, ends.count == 2, ends[0] <= ends[1] else {
      throw ReadError(
        .safetensorsOffsets, "the offsets are not where a tensor begins and ends", offset: offset,
        expected: "two numbers in ascending order", found: isPair ? "\(ends)" : "more than two",
        advice: SafetensorsAdvice.save)
    }
    return ends[0]..<ends[1]
  }

  /// Reads a number that is written with digits alone.
  private static func wholeNumber(
    parsing reader: inout JSONReader, _ code: ErrorCode, _ what: String
  ) throws(ReadError) -> Int {
    guard try reader.kind() == .number else {
      throw ReadError(code, "\(what) is no number", offset: reader.position)
    }
    let offset = reader.position
    let number = try reader.number()
    guard let value = number.integer, !number.literal.hasPrefix("-") else {
      throw ReadError(
        code, "\(what) is no whole number that fits", offset: offset,
        expected: "0 to \(Int.max), in digits", found: number.literal.escapedForDisplay(limit: 40))
    }
    return value
  }
}

extension StoredTensor {
  /// The number of bytes that the shape and the type need.
  ///
  /// - Throws: `safetensors.overflow`, `safetensors.partialByte`.
  func neededByteCount() throws(ReadError) -> Int {
    // Zeros are left out of the overflow check, so that they cannot hide one.
    guard
      let bitCount = shape.filter({ $0 != 0 }).exactProduct()?.multiplied(exactly: type.bitCount)
    else {
      throw ReadError(
        .safetensorsOverflow, "the number of elements does not fit", path: [name],
        offset: nameOffset, found: "\(type.rawValue) of \(shape)")
    }
    guard !shape.contains(0) else { return 0 }
    guard bitCount.isMultiple(of: 8) else {
      throw ReadError(
        .safetensorsPartialByte, "the elements end within a byte", path: [name],
        offset: nameOffset, expected: "a multiple of 8 bits",
        found: "\(bitCount) bits, \(type.rawValue) of \(shape)",
        advice: SafetensorsAdvice.save)
    }
    return bitCount / 8
  }
}
