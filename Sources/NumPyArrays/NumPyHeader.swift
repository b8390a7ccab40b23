internal import BinaryInput
internal import TensorData

/// What stands in front of the elements of an `.npy` file.
///
/// After a magic number, a version and a length, it is the text of a Python dictionary, such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
struct NumPyHeader {
  let elementType: ElementType
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let shape: [Int]
  /// The number of bytes in front of the first element.
  let byteCount: Int

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// What version 1.0 can state; the longer headers of later versions are for structured types.
  private static let maximumTextByteCount = 65_535
  /// The most bytes that stand in front of the elements.
  static let maximumByteCount = 12 + maximumTextByteCount

  init(of bytes: Bytes) throws(ReadError) {
    var reader = ByteReader(bytes.span, truncation: .npyTruncated)
    let magic = NumPyHeader.magic
    guard try reader.readArray(byteCount: magic.count, "the magic number") == magic else {
      throw ReadError(.npyMagic, "this is no .npy file", offset: 0)
    }
    let major: UInt8 = try reader.read()
    let minor: UInt8 = try reader.read()
    guard (1...3).contains(major), minor == 0 else {
      throw ReadError(
        .npyVersion, "this version of the .npy format is not supported", offset: magic.count,
        expected: "1.0, 2.0 or 3.0", found: "\(major).\(minor)")
    }
    let textByteCount =
      major == 1 ? Int(try reader.read(UInt16.self)) : Int(try reader.read(UInt32.self))
    guard textByteCount <= NumPyHeader.maximumTextByteCount else {
      throw ReadError(
        .npyHeader, "the header is too long", offset: reader.position,
        expected: "at most \(NumPyHeader.maximumTextByteCount) bytes", found: "\(textByteCount)")
    }
    let textOffset = reader.position
    let text = try reader.readArray(byteCount: textByteCount, "the header")
    var parser = PythonLiteral(text, baseOffset: textOffset)
    byteCount = reader.position

    var type: (ElementType, isBigEndian: Bool)?
    var order: Bool?
    var shape: [Int]?
    try parser.expect("{")
    while !parser.skips("}") {
      let keyOffset = parser.position
      switch try parser.string() {
      case "descr" where type == nil:
        try parser.expect(":")
        type = try NumPyHeader.elementType(&parser)
      case "fortran_order" where order == nil:
        try parser.expect(":")
        order = try parser.boolean()
      case "shape" where shape == nil:
        try parser.expect(":")
        shape = try parser.dimensions()
      case let key:
        throw ReadError(
          .npyHeader, "the header has a key twice or one that does not belong there",
          offset: keyOffset, expected: "descr, fortran_order and shape", found: key)
      }
      guard parser.skips(",") else {
        try parser.expect("}")
        break
      }
    }
    try parser.expectEnd()
    guard let type, let order, let shape else {
      throw ReadError(
        .npyHeader, "the header is incomplete", offset: textOffset,
        expected: "descr, fortran_order and shape")
    }
    (elementType, isBigEndian) = type
    isFortranOrder = order
    self.shape = shape
  }

  /// Checks that as many bytes follow as the elements take.
  ///
  /// - Throws: `npy.shape`, `npy.truncated` or `npy.trailingData`.
  func requireElements(byteCount count: Int) throws(ReadError) {
    // Zeros are left out, so that they cannot hide a number that does not fit.
    guard
      let capacity = shape.filter({ $0 != 0 }).exactProduct()?
        .multiplied(exactly: elementType.byteCount)
    else {
      throw ReadError(
        .npyShape, "the number of elements does not fit", offset: byteCount, found: "\(shape)")
    }
    let expected = shape.contains(0) ? 0 : capacity
    guard count == expected else {
      throw ReadError(
        count < expected ? .npyTruncated : .npyTrailingData,
        "the elements do not fill the rest of the file", offset: byteCount,
        expected: "\(expected) bytes", found: "\(count)")
    }
  }

  /// Reads a type such as `'<f4'`: byte order, kind, number of bytes.
  private static func elementType(
    _ parser: inout PythonLiteral
  ) throws(ReadError) -> (ElementType, isBigEndian: Bool) {
    // Asking moves over the space in front.
    let isString = parser.isAtString
    let offset = parser.position
    guard isString else {
      throw unsupported(parser.remainingText, at: offset)
    }
    let description = try parser.string()
    let type: ElementType? =
      switch description.dropFirst() {
      case "f8": .f64
      case "f4": .f32
      case "f2": .f16
      case "i8": .i64
      case "i4": .i32
      case "i2": .i16
      case "i1": .i8
      case "u8": .u64
      case "u4": .u32
      case "u2": .u16
      case "u1": .u8
      case "c16": .c128
      case "c8": .c64
      case "b1": .bool
      default: nil
      }
    switch (description.first, type) {
    case ("<", let type?): return (type, false)
    case (">", let type?): return (type, true)
    case ("|", let type?) where type.byteCount == 1: return (type, false)
    default: throw unsupported(description, at: offset)
    }
  }

  private static func unsupported(_ description: String, at offset: Int) -> ReadError {
    ReadError(
      .npyElementType, "arrays of this type are not supported", offset: offset,
      expected: "f8, f4, f2, i8, i4, i2, i1, u8, u4, u2, u1, b1, c16 or c8",
      found: description.escapedForDisplay(limit: 100),
      advice: "convert the array with astype before saving it")
  }
}
