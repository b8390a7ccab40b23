internal import BinaryInput
internal import TensorData

/// The format of `torch.save` before PyTorch 1.6: five pickles, then every storage as a count of
/// elements and their bytes.
struct LegacyStream {
  /// What the fourth pickle builds.
  let tree: PickleTree
  /// Where each storage of the tree is; nil for one without data.
  let storages: [StorageLocation?]

  /// The first pickle, byte for byte, in protocols 2 to 5: a number of 80 bits, since protocol 4 in a
  /// frame. A number that is computed instead would be a way past whoever looks for this one.
  private static let magicPickles: [[UInt8]] = (2...5).map { protocolNumber in
    let number: [UInt8] = [
      0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    let frame: [UInt8] = [0x95, UInt8(number.count), 0, 0, 0, 0, 0, 0, 0]
    return [0x80, UInt8(protocolNumber)] + (protocolNumber < 4 ? [] : frame) + number
  }
  private static let protocolVersion = 1001

  /// Whether these bytes begin as such a stream does, damaged or not.
  static func canRead(_ bytes: Bytes) -> Bool {
    magicPickles.contains { bytes.hasPrefix($0) }
  }

  init(_ bytes: Bytes, _ options: TorchCheckpoint.Options) throws(ReadError) {
    var reader = ByteReader(bytes.span, truncation: .pickleTruncated)
    guard let magic = LegacyStream.magicPickles.first(where: { bytes.hasPrefix($0) }) else {
      throw ReadError(.torchLegacy, "the stream does not begin with its magic number", offset: 0)
    }
    try reader.skip(byteCount: magic.count, "the magic number")
    try LegacyStream.requireFormat(&reader, bytes)
    let tree = try PickleMachine.read(
      &reader, of: bytes, dialect: .legacy, keepsUnknownClasses: options.keepsUnknownClasses)
    let keyOffset = reader.position
    let keyTree = try PickleMachine.read(&reader, of: bytes, dialect: .plain)
    guard let keyNodes = keyTree.sequence(keyTree.root) else {
      throw ReadError(.torchLegacy, "the keys of the storages are no list", offset: keyOffset)
    }
    var locations: [String: StorageLocation] = [:]
    var references: [String: StorageReference] = [:]
    for storage in tree.storages { references[storage.key] = storage }
    for node in keyNodes {
      guard let key = keyTree.text(node), let storage = references[key],
        let elementSize = storage.element.byteCount
      else {
        throw ReadError(
          .torchLegacy,
          "a storage follows that no tensor describes, or whose type has no known size",
          offset: keyOffset, found: keyTree.text(node) ?? keyTree.nodes[node].kind)
      }
      let offset = reader.position
      let count = try reader.read(Int64.self, "a storage's count")
      guard count == Int64(storage.elementCount) else {
        throw ReadError(
          .torchStorageSize, "the storage '\(key)' has another count than its tensors declare",
          offset: offset, expected: "\(storage.elementCount)", found: "\(count)")
      }
      let start = reader.position
      try reader.skip(byteCount: storage.elementCount * elementSize, "the storage '\(key)'")
      guard locations.updateValue(.bytes(bytes[start..<reader.position]), forKey: key) == nil
      else {
        throw ReadError(
          .torchStorageConflict, "the storage '\(key)' follows twice", offset: offset)
      }
    }
    guard reader.isAtEnd else {
      throw ReadError(
        .torchLegacy, "bytes follow the last storage", offset: reader.position,
        expected: "the end of the file", found: "\(reader.remainingByteCount) bytes")
    }
    storages = try tree.storages.map { storage throws(ReadError) in
      if storage.isMeta { return nil }
      guard let location = locations[storage.key] else {
        throw ReadError(
          .torchStorageMissing, "the storage '\(storage.key)' is not in the file",
          offset: keyOffset, expected: "\(storage.elementCount) × \(storage.element.name)")
      }
      return location
    }
    self.tree = tree
  }

  /// Reads the second and third pickle: the version and facts of the machine that wrote.
  private static func requireFormat(
    _ reader: inout ByteReader, _ bytes: Bytes
  ) throws(ReadError) {
    let versionOffset = reader.position
    let version = try PickleMachine.read(&reader, of: bytes, dialect: .plain)
    guard version.integer(version.root) == protocolVersion else {
      throw ReadError(
        .torchVersion, "the version of the stream is not supported", offset: versionOffset,
        expected: "\(protocolVersion)",
        found: version.integer(version.root).map { "\($0)" } ?? version.nodes[version.root].kind)
    }
    let offset = reader.position
    let facts = try PickleMachine.read(&reader, of: bytes, dialect: .plain)
    let order = facts.items(of: facts.root).first { facts.text($0.key) == "little_endian" }
    guard let order, case .bool(true) = facts.nodes[order.value] else {
      throw ReadError(
        .torchByteOrder, "only little-endian checkpoints are supported", offset: offset,
        expected: "little_endian: True",
        advice: "load it and save it again on a little-endian machine")
    }
  }
}

extension Bytes {
  /// Whether the first bytes are these.
  func hasPrefix(_ prefix: [UInt8]) -> Bool {
    count >= prefix.count && prefix.indices.allSatisfy { self[$0] == prefix[$0] }
  }

  /// Whether these bytes stand at `offset`; not where that is outside.
  func contains(_ part: String, at offset: Int) -> Bool {
    let part = Array(part.utf8)
    return count >= offset + part.count && self[offset..<count].hasPrefix(part)
  }
}
