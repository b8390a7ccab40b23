public import BinaryInput
public import TensorData

/// Named tensors that are in several files, as one container.
///
/// It knows no format: whoever opens the files gives their containers.
public struct ShardedContainer: TensorContainer {
  /// The format of the first shard, with `-sharded` behind it.
  public let formatName: String
  /// One group, under no keys, with all names in the order of the index.
  public let groups: [TensorGroup]
  /// What the index says, then what the shards say, the same fact once.
  public let facts: [TensorFact]

  private let shards: [Shard]
  /// The shard that has each tensor.
  private let positions: [String: Int]

  private struct Shard: Sendable {
    let fileName: String
    let container: any TensorContainer
  }

  /// Joins the shards of an index.
  ///
  /// - Parameters:
  ///   - index: Which shard has which tensors.
  ///   - shards: The opened files, by the names that the index has for them, in any order.
  /// - Throws: `shards.repeated` where two have one name, `shards.groups` where one has several groups
  ///   or tensors without names, `shards.missing` where tensors are not where the index has them,
  ///   `shards.surplus` where others are there.
  /// - Complexity: O(*n*) in the number of tensors.
  public init(
    index: ShardIndex, shards: [(fileName: String, container: any TensorContainer)]
  ) throws(ReadError) {
    var entries: [String: TensorGroup.Entry] = [:]
    var positions: [String: Int] = [:]
    var given: [String: Int] = [:]
    for (position, shard) in shards.enumerated() {
      guard given.updateValue(position, forKey: shard.fileName) == nil else {
        throw ReadError(.shardsRepeated, "the shard is given twice", path: [shard.fileName])
      }
    }
    for (fileName, names) in zip(index.fileNames, index.tensorNamesByFile) {
      let position = given.removeValue(forKey: fileName)
      let found = try position.map { (position) throws(ReadError) in
        try ShardedContainer.entries(of: shards[position].container, in: fileName)
      }
      var rest = found ?? [:]
      var missing: [String] = []
      for name in names {
        if let entry = rest.removeValue(forKey: name) {
          entries[name] = entry
          positions[name] = position
        } else {
          missing.append(name)
        }
      }
      guard missing.isEmpty else {
        throw ShardedContainer.missing(missing, in: fileName, wasGiven: position != nil)
      }
      try ShardedContainer.requireNone(of: rest, in: fileName)
    }
    if let unknown = given.keys.min() {
      throw ReadError(
        .shardsSurplus, "the index does not name this shard", path: [unknown],
        advice: "give the index that was saved with it")
    }
    self.positions = positions
    self.shards = shards.map { Shard(fileName: $0.fileName, container: $0.container) }
    formatName = (shards.first.map { $0.container.formatName + "-" } ?? "") + "sharded"
    groups = [TensorGroup(keyPath: "", entries: index.tensorNames.compactMap { entries[$0] })]
    var known: Set<TensorFact> = []
    facts = (index.facts + shards.flatMap(\.container.facts)).filter { known.insert($0).inserted }
  }

  /// Nothing is around it.
  public var innerName: String? { nil }
  /// Every tensor has a name.
  public var otherPaths: [String] { [] }

  /// Some of the tensors, in the order that is asked for; each shard is asked once for all of its own.
  ///
  /// - Parameters:
  ///   - names: The names.
  ///   - index: 0, the only group.
  /// - Returns: The tensors.
  /// - Throws: What reading the shard throws, its name in front.
  /// - Precondition: There are tensors of these names.
  public func tensors(_ names: [String], ofGroup index: Int) throws(ReadError) -> StateDict {
    precondition(index == 0, "there is one group")
    var wanted = [[String]](repeating: [], count: shards.count)
    for name in names {
      guard let position = positions[name] else {
        preconditionFailure("there is no tensor of this name")
      }
      wanted[position].append(name)
    }
    var found: [StateDict] = []
    for (shard, wanted) in zip(shards, wanted) {
      do {
        found.append(wanted.isEmpty ? StateDict() : try shard.container.tensors(wanted, ofGroup: 0))
      } catch {
        throw error.within(shard.fileName)
      }
    }
    var result = StateDict()
    for name in names {
      guard let tensor = positions[name].flatMap({ found[$0][name] }) else { continue }
      _ = result.append(tensor, named: name)
    }
    return result
  }

  /// Why tensors cannot be read, found without reading any.
  ///
  /// - Parameter index: 0, the only group.
  /// - Returns: The names of these tensors, and the error that reading each throws, shard by shard.
  public func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)] {
    precondition(index == 0, "there is one group")
    return shards.flatMap { shard in
      shard.container.groups.isEmpty
        ? []
        : shard.container.refusals(ofGroup: 0).map { ($0.name, $0.error.within(shard.fileName)) }
    }
  }

  /// What a shard has, by name.
  private static func entries(
    of container: any TensorContainer, in fileName: String
  ) throws(ReadError) -> [String: TensorGroup.Entry] {
    let groups = container.groups
    guard groups.count <= 1, container.otherPaths.isEmpty else {
      throw ReadError(
        .shardsGroups, "the shard has more than one dictionary of tensors", path: [fileName],
        expected: "all tensors at its top level",
        found: (groups.map { "'\($0.keyPath)'" } + container.otherPaths).listed(),
        advice: "give the shards that were saved with the index")
    }
    let entries = groups.first?.entries ?? []
    return Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
  }

  private static func missing(
    _ names: [String], in fileName: String, wasGiven: Bool
  ) -> ReadError {
    ReadError(
      .shardsMissing,
      wasGiven ? "the shard lacks tensors that the index promises" : "the shard was not given",
      path: [fileName], expected: names.listed(),
      advice: "give all files of one save, with the index that was saved with them")
  }

  private static func requireNone(
    of entries: [String: TensorGroup.Entry], in fileName: String
  ) throws(ReadError) {
    guard !entries.isEmpty else { return }
    throw ReadError(
      .shardsSurplus, "the shard has tensors that the index does not expect there",
      path: [fileName], found: entries.keys.sorted().listed(),
      advice: "give all files of one save, with the index that was saved with them")
  }
}

extension [String] {
  /// The first ten, and how many more there are.
  fileprivate func listed() -> String {
    let shown = prefix(10).map { $0.escapedForDisplay(limit: 60) }.joined(separator: ", ")
    return count > 10 ? "\(shown) and \(count - 10) more" : shown
  }
}
