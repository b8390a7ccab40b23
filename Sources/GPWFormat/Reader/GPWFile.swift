public import BinaryInput
import Digests
public import TensorData

/// A `.gpw` file, checked in every respect but the tensors' checksums.
public struct GPWFile: Sendable {
  /// The metadata.
  public let metadata: GPWMetadata
  /// The tensor table, in the order of the tensors in the file.
  public let entries: [GPWTensorEntry]

  /// Whether it states the program of its network; files that readers of versions before 3 understand
  /// have layer strings alone.
  public let statesProgram: Bool

  private let bytes: Bytes

  /// Whether these bytes claim to be such a file, undamaged or not.
  public static func canRead(_ bytes: Bytes) -> Bool {
    bytes.count >= 4 && (0..<4).allSatisfy { bytes[$0] == GPWLayout.magic[$0] }
  }

  /// Reads preamble, metadata and tensor table; no tensor.
  ///
  /// - Throws: `gpw.magic`, `gpw.version`, `gpw.length`, `gpw.header`, `gpw.headerChecksum`,
  ///   `gpw.metadata`, `gpw.table`, `gpw.placement`.
  public init(_ bytes: Bytes) throws(ReadError) {
    let preamble = try GPWPreamble(parsing: bytes)
    self.bytes = bytes
    statesProgram = preamble.minimumReaderVersion >= GPWLayout.programVersion
    metadata = try GPWFile.metadata(bytes, preamble)
    entries = try GPWFile.table(bytes, preamble)
    try requireZeros(preamble.metadataEnd..<preamble.tableOffset)
    try requireZeros(preamble.tableEnd..<preamble.dataOffset)
    try checkPlacement(from: preamble.dataOffset)
  }

  private static func metadata(
    _ bytes: Bytes, _ preamble: GPWPreamble
  ) throws(ReadError) -> GPWMetadata {
    let section = bytes[GPWLayout.preambleByteCount..<preamble.metadataEnd]
    var reader = ByteReader(
      section.span, baseOffset: GPWLayout.preambleByteCount, truncation: .gpwMetadata)
    return try GPWMetadata(parsing: &reader, entryCount: preamble.metadataEntryCount)
  }

  private static func table(
    _ bytes: Bytes, _ preamble: GPWPreamble
  ) throws(ReadError) -> [GPWTensorEntry] {
    let section = bytes[preamble.tableOffset..<preamble.tableEnd]
    var reader = ByteReader(
      section.span, baseOffset: preamble.tableOffset, truncation: .gpwTable)
    var entries: [GPWTensorEntry] = []
    var names: Set<String> = []
    for _ in 0..<preamble.tensorCount {
      let entry = try GPWTensorEntry(
        parsing: &reader, minimumReaderVersion: preamble.minimumReaderVersion)
      guard names.insert(entry.name).inserted else {
        throw ReadError(.gpwTable, "two tensors have one name", path: [entry.name])
      }
      entries.append(entry)
    }
    guard reader.isAtEnd else {
      throw ReadError(
        .gpwTable, "bytes follow the last entry", offset: reader.position,
        expected: "the end of the table", found: "\(reader.remainingByteCount) bytes")
    }
    return entries
  }

  /// Every tensor in its layout, its checksum and padding verified, sharing the file's memory.
  ///
  /// - Parameter keepsPages: Whether the pages stay in memory; else the system may take them back
  ///   until they are used.
  /// - Returns: The tensors in their order in the file.
  /// - Throws: `gpw.tensorChecksum` or `gpw.tensorPadding` naming the damaged tensor.
  public func stateDict(keepsPages: Bool = false) throws(ReadError) -> StateDict {
    var dictionary = StateDict()
    for entry in entries {
      let part = bytes[entry.byteOffset..<(entry.byteOffset + entry.byteCount)]
      let computed = CRC32.checksum(part.span)
      guard computed == entry.checksum else {
        throw ReadError(
          .gpwTensorChecksum, "CRC-32 mismatch", path: [entry.name], offset: entry.byteOffset,
          expected: hexadecimal(entry.checksum), found: hexadecimal(computed),
          advice: "the file is damaged; copy or convert it again")
      }
      let tensor = try tensor(entry, part)
      if !keepsPages { part.releasePages() }
      let isNew = dictionary.append(tensor, named: entry.name)
      precondition(isNew, "names were checked when the table was read")
    }
    return dictionary
  }

  private func tensor(_ entry: GPWTensorEntry, _ part: Bytes) throws(ReadError) -> Tensor {
    switch entry.layout {
    case .rowMajor:
      return try Tensor(elementType: entry.elementType, shape: entry.shape, storage: part)
    case .blocked:
      let tensor = try Tensor(elementType: entry.elementType, shape: entry.shape, blocked: part)
      let padding = BlockedLayout(entry.shape)?.nonzeroPaddingOffset(
        in: part, elementByteCount: entry.elementType.byteCount)
      if let padding {
        throw ReadError(
          .gpwTensorPadding, "the padding is not zero", path: [entry.name],
          offset: entry.byteOffset + padding, expected: "0", found: "\(part[padding])",
          advice: "convert again")
      }
      return tensor
    }
  }

  /// Each tensor begins at the first aligned offset after the one before it, and the last ends the
  /// file.
  private func checkPlacement(from dataOffset: Int) throws(ReadError) {
    var end = dataOffset
    for entry in entries {
      guard let expected = end.roundedUp(toMultipleOf: GPWLayout.tensorAlignment),
        entry.byteOffset == expected, let next = expected.adding(exactly: entry.byteCount),
        next <= bytes.count
      else {
        throw ReadError(
          .gpwPlacement, "the tensor is not where the one before it ends", path: [entry.name],
          expected: "offset \(end) rounded up to \(GPWLayout.tensorAlignment), inside the file",
          found: "offset \(entry.byteOffset), \(entry.byteCount) bytes")
      }
      try requireZeros(end..<expected)
      end = next
    }
    guard end == bytes.count else {
      throw ReadError(
        .gpwPlacement, "bytes follow the last tensor", offset: end,
        expected: "the end of the file", found: "\(bytes.count - end) bytes")
    }
  }

  private func requireZeros(_ range: Range<Int>) throws(ReadError) {
    if let offset = range.first(where: { bytes[$0] != 0 }) {
      throw ReadError(
        .gpwPlacement, "the space between sections or tensors is not empty", offset: offset,
        expected: "0", found: "\(bytes[offset])")
    }
  }
}
