public import BinaryInput
import NumPyArrays
import StrictJSON
public import TensorData
import ZipArchive

/// What `Fixtures/fixtures.json` says of the files that PyTorch wrote, and `Fixtures/onnx/onnx.json` of
/// ONNX files.
public enum FixtureCatalogue {
  /// A checkpoint of a small network.
  public struct Network: Sendable, CustomStringConvertible {
    /// The file in `Fixtures/`.
    public let file: String
    /// The configuration in `Fixtures/`.
    public let configuration: String
    /// What stands before every published name.
    public let prefix: String
    /// The state dicts in the file; the first is the one to be chosen by default.
    public let stateDicts: [StateDict]

    /// A state dict: its key path, and the files that say what is in it and what it answers.
    public struct StateDict: Sendable {
      /// The key path.
      public let key: String
      /// The `.npz` file of its tensors.
      public let expected: String
      /// The golden file.
      public let golden: String
    }

    /// The file.
    public var description: String { file }
  }

  /// A file of tensors that belong to no network.
  public struct Tensors: Sendable, CustomStringConvertible {
    /// The file in `Fixtures/`.
    public let file: String
    /// The key path of the state dict.
    public let key: String
    /// The `.npz` file of its tensors.
    public let expected: String

    /// The file.
    public var description: String { file }
  }

  /// A network as an ONNX file.
  public struct Graph: Sendable, CustomStringConvertible {
    /// The file in `Fixtures/`.
    public let file: String
    /// How it was made.
    public let made: String
    /// The network's configuration in `Fixtures/`.
    public let configuration: String
    /// The checkpoint in `Fixtures/` whose weights it has.
    public let checkpoint: String
    /// The golden file in `Fixtures/`.
    public let golden: String

    /// Whether its weights are those of the checkpoint, and not rounded ones with answers of their own.
    public var hasCheckpointWeights: Bool { !golden.hasPrefix("onnx/") }

    /// The file and how it was made.
    public var description: String { "\(file): \(made)" }
  }

  /// All networks as ONNX files.
  public static let graphs: [Graph] = list("onnx/onnx.json").map {
    Graph(
      file: text($0, "file"), made: text($0, "made"), configuration: text($0, "configuration"),
      checkpoint: text($0, "checkpoint"), golden: text($0, "golden"))
  }

  /// All checkpoints of networks.
  public static let networks: [Network] = entries("network").map { entry in
    Network(
      file: text(entry, "file"), configuration: text(entry, "configuration"),
      prefix: text(entry, "prefix"),
      stateDicts: (entry["stateDicts"]?.array ?? []).map {
        Network.StateDict(
          key: text($0, "key"), expected: text($0, "expected"), golden: text($0, "golden"))
      })
  }

  /// All files of other tensors.
  public static let tensors: [Tensors] = entries("tensors").map {
    Tensors(file: text($0, "file"), key: text($0, "key"), expected: text($0, "expected"))
  }

  /// The files that are to be refused.
  public static let refused: [String] = entries("refused").map { text($0, "file") }

  private static func entries(_ kind: String) -> [JSONValue] {
    list("fixtures.json").filter { $0["kind"]?.string == kind }
  }

  private static func list(_ name: String) -> [JSONValue] {
    guard let list = try? JSONValue(parsing: Fixture.bytes(name)).array else {
      preconditionFailure("\(name) is no list")
    }
    return list
  }

  private static func text(_ entry: JSONValue, _ key: String) -> String {
    guard let text = entry[key]?.string else { preconditionFailure("a catalogue lacks \(key)") }
    return text
  }
}

/// The tensors that PyTorch says are in a file, from an `.npz` file that NumPy wrote.
public struct ExpectedTensors {
  /// The names, in order.
  public let names: [String]

  private let archive: ZipArchive

  /// NumPy has no such type, so its bits are kept as integers under a marked name.
  private static let bfloat16Mark = "#bf16"

  /// Opens an `.npz` file in `Fixtures/`.
  public init(_ name: String) throws(ReadError) {
    archive = try ZipArchive(Fixture.bytes(name), profile: .general)
    names = archive.entries.map { entry in
      let name = entry.name.dropLast(".npy".count)
      return String(
        name.hasSuffix(Self.bfloat16Mark) ? name.dropLast(Self.bfloat16Mark.count) : name)
    }
  }

  /// Says how a tensor differs from the one of that name; nil where type, shape and every bit agree.
  public func difference(_ name: String, from tensor: Tensor?) throws(ReadError) -> String? {
    guard let tensor else { return "\(name) is missing" }
    let found = try tensor.contiguousBytes()
    if let entry = archive.entry(named: "\(name)\(Self.bfloat16Mark).npy") {
      let file = try archive.contents(of: entry)
      // The header's length stands in the two bytes before it.
      let start = 10 + Int(file[8]) + Int(file[9]) << 8
      guard tensor.elementType == .bf16 else { return "\(name) is \(tensor.elementType)" }
      return found == file[start..<file.count] ? nil : "\(name) has other elements"
    }
    guard let entry = archive.entry(named: "\(name).npy") else { return "\(name) is not expected" }
    let expected = try Tensor(npy: archive.contents(of: entry))
    guard tensor.elementType == expected.elementType, tensor.shape == expected.shape else {
      return "\(name) is \(tensor.elementType) \(tensor.shape)"
    }
    return try found == expected.contiguousBytes() ? nil : "\(name) has other elements"
  }
}
