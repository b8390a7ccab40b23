public import BinaryInput
internal import Digests

/// Writes an archive as it was planned, entry after entry, without keeping any content.
public struct ZipWriter: Sendable {
  /// Hands the content of an entry to `body`, part by part.
  public typealias Contents =
    (_ body: (Bytes) throws(ReadError) -> Void) throws(ReadError) -> Void

  /// Where everything goes.
  public let plan: ZipPlan
  /// The CRC-32 of the content of every entry that is written.
  public private(set) var checksums: [UInt32] = []

  /// Begins an archive, of which nothing is written yet.
  public init(_ plan: ZipPlan) {
    self.plan = plan
  }

  /// Writes the next entry of the plan.
  ///
  /// - Parameters:
  ///   - file: A file that holds the entries before, and nothing else.
  ///   - contents: Makes the content; it is called twice where the checksum stands in front of it
  ///     and the file is a pipe or a device, in which nothing can be mended afterwards.
  /// - Throws: `io.write`; what making the content throws.
  /// - Precondition: An entry is left, and the content has the number of bytes that was planned.
  public mutating func append(
    to file: inout AtomicOutputFile, _ contents: Contents
  ) throws(ReadError) {
    let index = checksums.count
    let entry = plan.entries[index]
    precondition(file.byteCount == entry.headerOffset, "the entries before, and nothing else")
    let isChecksumInFront = !plan.layout.hasDescriptors
    var known: UInt32 = 0
    if isChecksumInFront, !file.isSeekable {
      var checksum = CRC32()
      try contents { (part: Bytes) throws(ReadError) in checksum.update(part.span) }
      known = checksum.value
    }
    try file.write(plan.localHeader(index, checksum: known))
    var checksum = CRC32()
    try contents { (part: Bytes) throws(ReadError) in
      checksum.update(part.span)
      try file.write(part)
    }
    precondition(
      file.byteCount - entry.dataOffset == entry.byteCount, "as many bytes as were planned")
    try file.write(plan.descriptor(index, checksum: checksum.value))
    if isChecksumInFront, file.isSeekable {
      try file.overwrite(
        Bytes(copying: plan.localHeader(index, checksum: checksum.value)), at: entry.headerOffset)
    }
    checksums.append(checksum.value)
  }

  /// Writes the next entry of the plan from memory.
  ///
  /// - Throws: `io.write`.
  /// - Precondition: That of ``append(to:_:)``.
  public mutating func append(
    to file: inout AtomicOutputFile, bytes: [UInt8]
  ) throws(ReadError) {
    let bytes = Bytes(copying: bytes)
    try append(to: &file) { (body) throws(ReadError) in try body(bytes) }
  }

  /// Writes the directory, which ends the archive.
  ///
  /// - Throws: `io.write`.
  /// - Precondition: Every entry is written.
  public func finish(_ file: inout AtomicOutputFile) throws(ReadError) {
    try file.write(plan.directory(checksums: checksums))
    precondition(file.byteCount == plan.byteCount, "an archive as it was planned")
  }
}
