import BinaryInput
import TestSupport
import ZipArchive

/// Changes recorded arrays.
enum ChangedGolden {
  /// An archive with the same entries, stored, one of them changed.
  static func changing(
    _ archive: [UInt8], entry name: String, by change: (inout [UInt8]) -> Void
  ) throws(ReadError) -> [UInt8] {
    let original = try ZipArchive(Bytes(copying: archive), profile: .general)
    precondition(original.entry(named: name) != nil, "the entry is there")
    var entries: [(name: String, content: [UInt8])] = []
    for entry in original.entries {
      var content = try original.contents(of: entry).array
      if entry.name == name { change(&content) }
      entries.append((entry.name, content))
    }
    return StoredZip.bytes(entries)
  }
}
