import BinaryInput
import Digests
public import ZipArchive

/// Writes and repairs archives of stored entries, as checkpoints are.
public enum StoredZip {
  /// An archive of these entries, without gaps.
  public static func bytes(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for (name, content) in entries {
      let facts =
        word(checksum(content), 4) + word(UInt32(content.count), 4) + word(UInt32(content.count), 4)
        + word(UInt32(name.utf8.count), 2) + word(0, 2)
      directory += [0x50, 0x4B, 1, 2] + word(0, 4) + word(0x800, 2) + word(0, 6) + facts
      directory += word(0, 2) + word(0, 2) + word(0, 2) + word(0, 4)
      directory += word(UInt32(archive.count), 4) + Array(name.utf8)
      archive += [0x50, 0x4B, 3, 4] + word(0, 2) + word(0x800, 2) + word(0, 6) + facts
      archive += Array(name.utf8) + content
    }
    let end =
      [0x50, 0x4B, 5, 6] + word(0, 4) + word(UInt32(entries.count), 2)
      + word(UInt32(entries.count), 2) + word(UInt32(directory.count), 4)
      + word(UInt32(archive.count), 4) + word(0, 2)
    return archive + directory + end
  }

  /// Gives every entry of a changed archive the checksum of its content again, in both headers and
  /// the data descriptor, wherever `original` had them.
  ///
  /// - Precondition: `original` is a sound archive, whose entries `changed` has at the same places.
  public static func repairChecksums(_ changed: inout [UInt8], like original: ZipArchive) {
    for entry in original.entries where entry.isStored {
      let old = word(entry.storedChecksum, 4)
      let range = entry.dataOffset..<(entry.dataOffset + entry.byteCount)
      let new = word(checksum(Array(changed[range])), 4)
      // The checksum stands in front of the name in the directory and behind the data.
      for offset in checksumOffsets(of: entry, old, in: changed) {
        changed.replaceSubrange(offset..<(offset + 4), with: new)
      }
    }
  }

  private static func checksumOffsets(
    of entry: ZipArchive.Entry, _ old: [UInt8], in bytes: [UInt8]
  ) -> [Int] {
    var offsets: [Int] = []
    let name = Array(entry.name.utf8)
    for start in bytes.indices.dropLast(46 + name.count)
    where bytes[start] == 0x50 && Array(bytes[start..<(start + 4)]) == [0x50, 0x4B, 1, 2]
      && Array(bytes[(start + 46)..<(start + 46 + name.count)]) == name
    {
      offsets.append(start + 16)
    }
    let descriptor = entry.dataOffset + entry.byteCount
    if Array(bytes[descriptor..<(descriptor + 4)]) == [0x50, 0x4B, 7, 8] {
      offsets.append(descriptor + 4)
    }
    return offsets.filter { Array(bytes[$0..<($0 + 4)]) == old }
  }

  private static func checksum(_ content: [UInt8]) -> UInt32 {
    CRC32.checksum(Bytes(copying: content).span)
  }

  /// The little-endian bytes of a number; zeros beyond its own.
  static func word(_ value: UInt32, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { $0 < 4 ? UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) : 0 }
  }
}
