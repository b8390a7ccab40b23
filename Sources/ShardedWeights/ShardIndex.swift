public import BinaryInput
internal import StrictJSON
public import TensorData

/// Which file has which tensors, where weights are in several: `model.safetensors.index.json`,
/// `pytorch_model.bin.index.json`.
///
/// It is a JSON object with the names of files by names of tensors under `weight_map`, and whatever
/// was to be said under `metadata`. Other members are passed over, as other readers do.
public struct ShardIndex: Sendable {
  /// The names of the files, which stand beside the index, sorted by their bytes.
  public let fileNames: [String]
  /// The names of all tensors, in the order of the index.
  public let tensorNames: [String]
  /// What stands under `metadata`, in its order; an object or a list in it as a JSON text.
  public let facts: [TensorFact]

  /// For each tensor, the position of its file.
  private let filePositions: [Int]

  /// The longest index that is read, in bytes.
  static let byteCountLimit = 100_000_000
  /// The most tensors that are read.
  static let tensorCountLimit = 1_000_000
  /// The most files that are read.
  static let fileCountLimit = 10_000
  /// The most properties that are read.
  static let factCountLimit = 10_000
  /// The longest name of a tensor or property, in UTF-8.
  static let nameByteCountLimit = 4_096
  /// The longest name of a file that file systems have, in UTF-8.
  static let fileNameByteCountLimit = 255

  /// Reads an index.
  ///
  /// - Parameters:
  ///   - bytes: The whole index.
  ///   - budget: Pays for reading it; what is kept of it stays reserved.
  /// - Throws: `shards.index` where it is none or too large, `shards.path` where a file is not beside
  ///   it; one of the codes of JSON; `work.budget`.
  /// - Complexity: O(*n*) in the number of bytes, O(*f* log *f*) in the number of files.
  public init(_ bytes: Bytes, budget: WorkBudget) throws(ReadError) {
    guard bytes.count <= ShardIndex.byteCountLimit else {
      throw ReadError(
        .shardsIndex, "the index is too long",
        expected: "at most \(ShardIndex.byteCountLimit) bytes",
        found: "\(bytes.count)")
    }
    // A value in the text is seldom shorter, and what is kept of one is a few times as long.
    try budget.spend(steps: bytes.count / 8, on: "reading the index")
    let keptByteCount = 8 * bytes.count
    try budget.reserve(bytes: keptByteCount, for: "the index")
    do {
      let members = try ShardIndexMembers(parsing: bytes)
      facts = members.facts
      tensorNames = members.tensorNames
      let files = members.fileNames
      let order = files.indices.sorted {
        files[$0].utf8.lexicographicallyPrecedes(files[$1].utf8)
      }
      fileNames = order.map { files[$0] }
      var places = [Int](repeating: 0, count: files.count)
      for (place, position) in order.enumerated() { places[position] = place }
      filePositions = members.filePositions.map { places[$0] }
    } catch {
      budget.release(bytes: keptByteCount)
      throw error
    }
  }

  /// Whether these bytes are a JSON object that has `weight_map`, whole or not, as far as its beginning
  /// shows.
  public static func canRead(_ bytes: Bytes) -> Bool {
    // What stands before it is short; other JSON texts are not read to their end for nothing.
    ShardIndexMembers.hasWeightMap(bytes[0..<min(bytes.count, 1 << 20)])
  }

  /// The names of the tensors in each file, in the order of ``fileNames``; those of one file in the
  /// order of the index.
  ///
  /// - Complexity: O(*n*) in the number of tensors.
  public var tensorNamesByFile: [[String]] {
    var names = [[String]](repeating: [], count: fileNames.count)
    for (name, position) in zip(tensorNames, filePositions) { names[position].append(name) }
    return names
  }
}
