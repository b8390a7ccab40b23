public import BinaryInput
internal import StrictJSON
public import TensorData

/// Writes named tensors as a `.safetensors` file.
///
/// The format has no room between tensors, so that not all of them can be aligned to 64 bytes. The
/// data begin at a multiple of 64, spaces at the end of the header see to that; first come the tensors
/// whose byte counts are multiples of 64, which are all aligned to that; the others follow with the
/// widest elements first, each aligned to its elements at least. Within that they are in the order of
/// their names' bytes, whatever their order in the content. Tensors that share memory are written each
/// on its own, since the format cannot say so.
///
/// `__metadata__` has `format`, which is `pt` unless the content has such a property, then the
/// properties, then the layer strings where there are any: ``layersKey`` is a JSON text, an object of
/// layer strings by the paths of their modules.
public struct SafetensorsWriter: TensorFileWriter {
  /// The property that has the layer strings.
  public static let layersKey = "gpunet.layers"

  /// The number of bytes of the file, exactly.
  public let byteCount: Int

  private let header: [UInt8]
  /// In the order of the file.
  private let tensors: [DeferredTensor]

  private static let alignment = 64

  /// Decides the layout of the file.
  ///
  /// - Parameter content: What is to be written.
  /// - Throws: `safetensors.unwritable` where an element type has no name in the format, a name is
  ///   `__metadata__`, too long or there twice, or there are more names or bytes than there is room for.
  public init(_ content: TensorFileContent) throws(ReadError) {
    let limit = SafetensorsHeader.countLimit
    guard content.tensors.count <= limit, content.properties.count < limit else {
      throw SafetensorsWriter.unwritable(
        "there are more than \(limit) tensors or properties", [], "write fewer of them")
    }
    tensors = SafetensorsWriter.ordered(content.tensors)
    var members = JSONObject()
    _ = members.append(
      SafetensorsHeader.metadataName, .object(try SafetensorsWriter.metadata(of: content)))
    var position = 0
    for tensor in tensors {
      let name = tensor.name
      let type = try SafetensorsWriter.type(of: tensor)
      guard let end = position.adding(exactly: tensor.byteCount) else {
        throw SafetensorsWriter.unwritable(
          "the tensors take more bytes than a file can have", [name], "write fewer tensors")
      }
      let isNew = members.append(
        name,
        [
          "dtype": .string(type.rawValue), "shape": .array(tensor.shape.map { JSONValue($0) }),
          "data_offsets": [JSONValue(position), JSONValue(end)],
        ])
      guard isNew else { throw SafetensorsWriter.refusal(repeated: name) }
      position = end
    }
    header = try SafetensorsWriter.header(of: JSONValue.object(members).serialized(pretty: false))
    guard let byteCount = position.adding(exactly: header.count) else {
      throw SafetensorsWriter.unwritable(
        "the tensors take more bytes than a file can have", [], "write fewer tensors")
    }
    self.byteCount = byteCount
  }

  /// Writes the whole file, one part of a tensor at a time.
  ///
  /// - Throws: `io.write`; what making the tensors throws.
  /// - Precondition: Every tensor gives as many bytes as it says.
  public func write(to file: inout AtomicOutputFile) throws(ReadError) {
    try file.write(header)
    for tensor in tensors {
      let start = file.byteCount
      try tensor.forEachPart { (part: Bytes) throws(ReadError) in try file.write(part) }
      precondition(
        file.byteCount - start == tensor.byteCount, "a tensor gives as many bytes as it says")
    }
  }

  private static func ordered(_ tensors: [DeferredTensor]) -> [DeferredTensor] {
    tensors.sorted { left, right in
      let isLeftAligned = left.byteCount.isMultiple(of: alignment)
      guard isLeftAligned == right.byteCount.isMultiple(of: alignment) else { return isLeftAligned }
      if !isLeftAligned, left.elementType.byteCount != right.elementType.byteCount {
        return left.elementType.byteCount > right.elementType.byteCount
      }
      return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
  }

  private static func type(of tensor: DeferredTensor) throws(ReadError) -> StoredType {
    guard let type = StoredType(tensor.elementType) else {
      throw unwritable(
        "safetensors files have no elements of the type \(tensor.elementType.rawValue)",
        [tensor.name], "write an .npz, .h5 or .pth file, which has them")
    }
    guard tensor.name != SafetensorsHeader.metadataName else {
      throw unwritable(
        "no tensor of a safetensors file can have this name", [tensor.name], "rename the tensor")
    }
    try requireShort(tensor.name)
    return type
  }

  private static func requireShort(_ name: String) throws(ReadError) {
    let limit = SafetensorsHeader.nameByteCountLimit
    guard name.utf8.count <= limit else {
      throw unwritable("the name is longer than \(limit) bytes", [name], "choose a shorter one")
    }
  }

  private static func metadata(of content: TensorFileContent) throws(ReadError) -> JSONObject {
    var object = JSONObject()
    let formatKey = "format"
    if !content.properties.contains(where: { $0.key == formatKey }) {
      _ = object.append(formatKey, "pt")
    }
    for property in content.properties {
      // What the content knows of its modules stands there itself.
      if property.key == layersKey, !content.modules.isEmpty { continue }
      try requireShort(property.key)
      guard object.append(property.key, .string(property.value)) else {
        throw refusal(repeated: property.key)
      }
    }
    guard !content.modules.isEmpty else { return object }
    var layers = JSONObject()
    for module in content.modules {
      guard layers.append(module.path, .string(module.layer)) else {
        throw refusal(repeated: module.path)
      }
    }
    _ = object.append(layersKey, .string(JSONValue.object(layers).serialized(pretty: false)))
    return object
  }

  /// The length and the text, padded with spaces.
  private static func header(of text: String) throws(ReadError) -> [UInt8] {
    let lengthByteCount = SafetensorsHeader.lengthByteCount
    let byteCount = lengthByteCount + text.utf8.count
    let padding = (alignment - byteCount % alignment) % alignment
    let textByteCount = text.utf8.count + padding
    guard textByteCount <= SafetensorsHeader.textByteCountLimit else {
      throw unwritable(
        "the names and properties take more bytes than a header can have", [],
        "write fewer tensors or shorter names")
    }
    var header: [UInt8] = []
    header.reserveCapacity(byteCount + padding)
    for byte in 0..<lengthByteCount {
      header.append(UInt8(truncatingIfNeeded: textByteCount >> (8 * byte)))
    }
    header += text.utf8
    header += [UInt8](repeating: UInt8(ascii: " "), count: padding)
    return header
  }

  private static func refusal(repeated name: String) -> ReadError {
    unwritable("the name is there twice", [name], "rename one of the two")
  }

  private static func unwritable(
    _ what: String, _ path: [String], _ advice: String
  ) -> ReadError {
    ReadError(.safetensorsUnwritable, what, path: path, advice: advice)
  }
}
