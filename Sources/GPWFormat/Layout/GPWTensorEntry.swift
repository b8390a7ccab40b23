import BinaryInput
import NetworkProgram
public import TensorData

/// One entry of the tensor table.
public struct GPWTensorEntry: Sendable {
  /// The parameter's full name.
  public let name: String
  /// The type of the elements.
  public let elementType: ElementType
  /// The shape.
  public let shape: [Int]
  /// The order of the elements.
  public let layout: TensorLayout
  /// Where the elements begin, from the beginning of the file.
  public let byteOffset: Int
  /// How many bytes they take; follows from type, layout and shape.
  public let byteCount: Int
  /// The CRC-32 of these bytes.
  public let checksum: UInt32

  static let minimumByteCount = 32

  func append(to output: inout LittleEndianBytes) {
    output.append(UInt32(name.utf8.count))
    output.append(GPWTensorEntry.code(of: elementType))
    output.append(GPWTensorEntry.code(of: layout))
    output.append(UInt8(shape.count))
    output.append(UInt8(0))
    output.append(UInt64(byteOffset))
    output.append(UInt64(byteCount))
    output.append(checksum)
    output.append(UInt32(0))
    for dimension in shape { output.append(UInt64(dimension)) }
    output.append(name)
  }

  init(
    _ parameter: DeferredParameter, in layout: TensorLayout, byteOffset: Int, checksum: UInt32
  ) {
    name = parameter.name
    elementType = parameter.elementType
    shape = parameter.shape
    self.layout = layout
    self.byteOffset = byteOffset
    byteCount = parameter.byteCount(in: layout)
    self.checksum = checksum
  }

  /// Reads an entry of a file that states this minimum reader version.
  init(
    parsing reader: inout ByteReader, minimumReaderVersion: UInt32
  ) throws(ReadError) {
    let start = reader.position
    let nameByteCount = try reader.read(UInt32.self, "a name's length")
    let typeCode = try reader.read(UInt8.self, "an element type")
    let layoutCode = try reader.read(UInt8.self, "a layout")
    let rank = try reader.read(UInt8.self, "a rank")
    let reserved = try reader.read(UInt8.self, "a reserved byte")
    let byteOffset = try reader.read(UInt64.self, "an offset")
    let byteCount = try reader.read(UInt64.self, "a byte count")
    checksum = try reader.read(UInt32.self, "a checksum")
    let reservedWord = try reader.read(UInt32.self, "a reserved field")
    guard let elementType = GPWTensorEntry.type(of: typeCode) else {
      throw ReadError(
        .gpwTable, "the element type is unknown", offset: start + 4, expected: "1 to 10",
        found: "\(typeCode)")
    }
    guard let layout = GPWTensorEntry.layout(of: layoutCode) else {
      throw ReadError(
        .gpwTable, "the layout is unknown", offset: start + 5,
        expected: "0, row-major, or 1, blocked", found: "\(layoutCode)")
    }
    guard layout != .blocked || rank > 0 else {
      throw ReadError(
        .gpwTable, "a tensor without axes is blocked", offset: start + 5,
        expected: "0, row-major", found: "\(layoutCode)")
    }
    guard layout != .blocked || minimumReaderVersion >= GPWLayout.blockedVersion else {
      throw ReadError(
        .gpwTable, "a tensor is blocked, which readers of the minimum version do not understand",
        offset: start + 5, expected: "a minimum reader version of \(GPWLayout.blockedVersion)",
        found: "\(minimumReaderVersion)")
    }
    guard Int(rank) <= GPWLayout.maximumRank else {
      throw ReadError(
        .gpwTable, "too many axes", offset: start + 6,
        expected: "at most \(GPWLayout.maximumRank)", found: "\(rank)")
    }
    guard reserved == 0, reservedWord == 0 else {
      throw ReadError(
        .gpwTable, "reserved bytes are set", offset: start + 7, expected: "0",
        found: "\(reserved), \(reservedWord)")
    }
    var shape: [Int] = []
    for _ in 0..<rank {
      let offset = reader.position
      let dimension = try reader.read(UInt64.self, "a dimension")
      guard let dimension = Int(exactly: dimension) else {
        throw ReadError(
          .gpwTable, "a dimension is out of range", offset: offset, expected: "at most \(Int.max)",
          found: "\(dimension)")
      }
      shape.append(dimension)
    }
    name = try reader.readName(byteCount: nameByteCount, .gpwTable, "a name")
    guard let elementCount = layout.elementCount(of: shape),
      let expected = elementCount.multiplied(exactly: elementType.byteCount),
      UInt64(expected) == byteCount, let byteOffset = Int(exactly: byteOffset)
    else {
      throw ReadError(
        .gpwTable, "the byte count does not follow from type, layout and shape",
        path: [name], offset: start + 16,
        expected: "\(elementType.rawValue) × \(shape), \(layout.rawValue)", found: "\(byteCount)")
    }
    self.elementType = elementType
    self.layout = layout
    self.shape = shape
    self.byteOffset = byteOffset
    self.byteCount = expected
  }

  /// The element types in the order of their codes, which begin with 1.
  private static let codedTypes = ElementType.parameterTypes

  /// The layouts in the order of their codes, which begin with 0.
  private static let codedLayouts: [TensorLayout] = [.rowMajor, .blocked]

  private static func code(of layout: TensorLayout) -> UInt8 {
    UInt8(codedLayouts.firstIndex(of: layout)!)
  }

  private static func layout(of code: UInt8) -> TensorLayout? {
    Int(code) < codedLayouts.count ? codedLayouts[Int(code)] : nil
  }

  private static func code(of type: ElementType) -> UInt8 {
    UInt8(codedTypes.firstIndex(of: type)! + 1)
  }

  private static func type(of code: UInt8) -> ElementType? {
    (1...codedTypes.count).contains(Int(code)) ? codedTypes[Int(code) - 1] : nil
  }
}
