public import BinaryInput
import StrictJSON
public import TensorData

/// What `Fixtures/containers/containers.json` says of the files of named tensors that PyTorch and NumPy
/// wrote.
public enum ContainerCatalogue {
  /// A tensor as the library that wrote it has it.
  public struct ListedTensor: Sendable {
    /// The name.
    public let name: String
    /// The type.
    public let elementType: ElementType
    /// The shape.
    public let shape: [Int]
    /// The elements, row-major and little-endian.
    public let bytes: [UInt8]
    /// The tensor before it whose memory it shares.
    public let original: String?

    /// The tensor for writing.
    public var deferred: DeferredTensor {
      get throws(ReadError) {
        DeferredTensor(
          try Tensor(elementType: elementType, shape: shape, storage: Bytes(copying: bytes)),
          named: name, original: original)
      }
    }

    /// Says how a tensor differs from this; nil where type, shape and every bit agree.
    public func difference(from tensor: Tensor?) throws(ReadError) -> String? {
      guard let tensor else { return "\(name) is missing" }
      guard tensor.elementType == elementType, tensor.shape == shape else {
        return "\(name) is \(tensor.elementType) \(tensor.shape)"
      }
      return try tensor.contiguousBytes() == Bytes(copying: bytes)
        ? nil : "\(name) has other elements"
    }
  }

  /// A file of numbered tensors or entries, of which only size and SHA-256 are kept.
  public struct Digest: Sendable, CustomStringConvertible {
    /// The number of tensors or entries.
    public let count: Int
    /// Whether a module is around each.
    public let isNested: Bool
    /// The number of bytes of the file that was written.
    public let byteCount: Int
    /// Its SHA-256 in hexadecimal digits.
    public let sha256: String

    /// The number and the form.
    public var description: String { "\(count), \(isNested ? "nested" : "flat")" }
  }

  /// An archive beyond what fits 32 bits, all but its content.
  public struct LargeArchive: Sendable {
    /// An entry, and the bytes around its content.
    public struct Entry: Sendable {
      /// The name.
      public let name: String
      /// The number of bytes of the content.
      public let byteCount: Int
      /// The CRC-32 of the content.
      public let checksum: UInt32
      /// Where the header is.
      public let offset: Int
      /// What stands in front of the content.
      public let header: [UInt8]
      /// What follows it.
      public let descriptor: [UInt8]
    }

    /// The entries, in order.
    public let entries: [Entry]
    /// The directory and the end records.
    public let directory: [UInt8]
  }

  /// The names of the state dicts that PyTorch wrote.
  public static let stateDicts = ["module.pth", "types.pth", "one.pth"]
  /// The names of the archives that NumPy wrote.
  public static let archives = ["arrays.npz", "one.npz", "mixed.npz"]
  /// The names of the files of pickled arrays.
  public static let pickled = (2...5).flatMap { protocolNumber in
    ["zip", "legacy"].map { "pickled-\($0)-\(protocolNumber).pth" }
  }

  /// The tensors of a file of ``stateDicts`` or ``archives``, in its order.
  public static func tensors(of file: String) -> [ListedTensor] {
    list(catalogue[file.hasSuffix(".npz") ? "archives" : "stateDicts"]?[file])
  }

  /// The arrays of every file of ``pickled``.
  public static var pickledArrays: [ListedTensor] { list(catalogue["pickled"]?["arrays"]) }

  /// State dicts of many tensors.
  public static let digests = digests("digests")
  /// Archives of many empty entries whose names are numbers, in the layout of NumPy.
  public static let counts = digests("counts")

  private static func digests(_ key: String) -> [Digest] {
    (catalogue[key]?.array ?? []).map {
      Digest(
        count: $0["count"]?.integer ?? 0, isNested: $0["nested"]?.bool ?? false,
        byteCount: $0["byteCount"]?.integer ?? 0, sha256: $0["sha256"]?.string ?? "")
    }
  }

  /// A large archive, by its name in `large.json`.
  public static func largeArchive(_ name: String) -> LargeArchive {
    guard let value = value("large.json")[name] else { preconditionFailure("no \(name)") }
    return LargeArchive(
      entries: (value["entries"]?.array ?? []).map {
        LargeArchive.Entry(
          name: $0["name"]?.string ?? "", byteCount: $0["byteCount"]?.integer ?? 0,
          checksum: UInt32($0["checksum"]?.integer ?? 0), offset: $0["offset"]?.integer ?? 0,
          header: bytes($0["header"]), descriptor: bytes($0["descriptor"]))
      }, directory: bytes(value["directory"]))
  }

  private static let catalogue = value("containers.json")

  private static func value(_ file: String) -> JSONValue {
    guard let value = try? JSONValue(parsing: Fixture.bytes("containers/\(file)")) else {
      preconditionFailure("\(file) is no JSON")
    }
    return value
  }

  private static func list(_ value: JSONValue?) -> [ListedTensor] {
    guard let array = value?.array, !array.isEmpty else { preconditionFailure("a list of tensors") }
    return array.map { entry in
      let type = entry["type"]?.string ?? ""
      guard let elementType = elementTypes[type] else { preconditionFailure("no type \(type)") }
      return ListedTensor(
        name: entry["name"]?.string ?? "", elementType: elementType,
        shape: (entry["shape"]?.array ?? []).compactMap(\.integer), bytes: bytes(entry["bytes"]),
        original: entry["original"]?.string)
    }
  }

  private static func bytes(_ value: JSONValue?) -> [UInt8] {
    let digits = Array((value?.string ?? "").utf8).map { UInt8($0 > 0x39 ? $0 - 0x57 : $0 - 0x30) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// The types by PyTorch's names, and by NumPy's without the order of bytes.
  private static let elementTypes: [String: ElementType] = {
    var types: [String: ElementType] = [
      "float64": .f64, "float32": .f32, "float16": .f16, "bfloat16": .bf16, "int64": .i64,
      "int32": .i32, "int16": .i16, "int8": .i8, "uint8": .u8, "bool": .bool, "uint64": .u64,
      "uint32": .u32, "uint16": .u16, "complex128": .c128, "complex64": .c64,
      "float8_e4m3fn": .f8e4m3fn, "float8_e5m2": .f8e5m2, "float8_e4m3fnuz": .f8e4m3fnuz,
      "float8_e5m2fnuz": .f8e5m2fnuz, "float8_e8m0fnu": .f8e8m0fnu,
    ]
    for (name, type) in [
      ("f8", ElementType.f64), ("f4", .f32), ("f2", .f16), ("i8", .i64), ("i4", .i32),
      ("i2", .i16), ("i1", .i8), ("u8", .u64), ("u4", .u32), ("u2", .u16), ("u1", .u8),
      ("b1", .bool), ("c16", .c128), ("c8", .c64),
    ] {
      for order in ["<", ">", "|"] { types[order + name] = type }
    }
    return types
  }()
}
