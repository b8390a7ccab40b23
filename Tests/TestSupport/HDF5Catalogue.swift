public import BinaryInput
import Digests
import StrictJSON
public import TensorData

/// What `Fixtures/hdf5/hdf5.json` says of the files that h5py and Keras wrote.
public enum HDF5Catalogue {
  /// A file and what h5py says of it.
  public struct File: Sendable, CustomStringConvertible {
    /// The name in `Fixtures/hdf5/`.
    public let name: String
    /// What it is to be refused with as a whole.
    public let code: String?
    /// Every tensor by name, in the order of the file where that is kept.
    public let tensors: [(name: String, expected: Expected)]
    /// The names of tensors whose reading must fail.
    public let failing: [String: String]
    /// Whether the file keeps the order of its names.
    public let isOrdered: Bool
    /// Attributes.
    public let facts: [String: String]
    /// What is no tensor.
    public let otherPaths: [String]
    /// What the tensors are where the order of kernels is given: `hwio`, `oihw`.
    public let layouts: [String: [String: Expected]]

    /// The absolute path.
    public var path: String { Fixture.path("hdf5/\(name)") }

    /// The name.
    public var description: String { name }
  }

  /// A tensor that is to be read, or the code that it is to be refused with.
  public enum Expected: Sendable {
    /// Type, shape and the SHA-256 of the elements.
    case tensor(type: String, shape: [Int], sha256: String, isPermuted: Bool)
    /// A code.
    case code(String)

    init(_ value: JSONValue) {
      if let code = value.string {
        self = .code(code)
      } else {
        self = .tensor(
          type: value["type"]?.string ?? "",
          shape: (value["shape"]?.array ?? []).compactMap { $0.number?.integer },
          sha256: value["sha256"]?.string ?? "", isPermuted: value["permuted"] != nil)
      }
    }

    /// Says how a tensor differs from this one; nil where it does not.
    public func difference(from tensor: Tensor) throws(ReadError) -> String? {
      guard case .tensor(let type, let shape, let sha256, _) = self else {
        return "is to be refused"
      }
      guard tensor.elementType.rawValue == type else { return "type \(tensor.elementType)" }
      guard tensor.shape == shape else { return "shape \(tensor.shape)" }
      return HDF5Catalogue.digest(try tensor.contiguousBytes()) == sha256 ? nil : "elements"
    }
  }

  /// All HDF5 files.
  public static let files = all.filter { $0.name.hasSuffix(".h5") }

  /// A model that Keras 3 saved, with such a file in an archive.
  public static var archive: File {
    guard let file = all.first(where: { $0.name == "model.keras" }) else {
      preconditionFailure("no archive of Keras")
    }
    return file
  }

  private static let all: [File] = {
    guard let list = try? JSONValue(parsing: Fixture.bytes("hdf5/hdf5.json")).object else {
      preconditionFailure("hdf5.json is no object")
    }
    return list.members.map { member in
      File(
        name: member.key, code: member.value["code"]?.string,
        tensors: members(member.value["tensors"]).map { ($0.key, Expected($0.value)) },
        failing: texts(member.value["failing"]), isOrdered: member.value["ordered"] == .bool(true),
        facts: texts(member.value["facts"]),
        otherPaths: (member.value["other"]?.array ?? []).compactMap(\.string),
        layouts: Dictionary(
          uniqueKeysWithValues: ["hwio", "oihw"].map { layout in
            (
              layout,
              Dictionary(
                uniqueKeysWithValues: members(member.value[layout]).map {
                  ($0.key, Expected($0.value))
                })
            )
          }))
    }
  }()

  /// The file of that name.
  public static func file(_ name: String) -> File {
    guard let file = files.first(where: { $0.name == name }) else {
      preconditionFailure("no such file: \(name)")
    }
    return file
  }

  /// The SHA-256 of bytes in hexadecimal digits.
  public static func digest(_ bytes: Bytes) -> String {
    SHA256.hexDigest(of: bytes)
  }

  private static func members(_ value: JSONValue?) -> [JSONObject.Member] {
    value?.object?.members ?? []
  }

  private static func texts(_ value: JSONValue?) -> [String: String] {
    Dictionary(uniqueKeysWithValues: members(value).map { ($0.key, $0.value.string ?? "") })
  }
}
