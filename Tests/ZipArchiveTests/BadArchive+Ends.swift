import BinaryInput
import ZipArchive

extension BadArchive {
  /// What is wrong at the end of the archive.
  static let ends = truncated + trailing + mismatched + disks

  private static let truncated: [BadArchive] = [
    BadArchive("an empty file", .zipTruncated) { [] },
    BadArchive("21 bytes", .zipTruncated) {
      Array(ArchiveBuilder(files: []).built().bytes.prefix(21))
    },
    BadArchive("a 7z archive", .zipTruncated) {
      [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4] + run(of: 0, 100)
    },
    BadArchive("a gzip stream", .zipTruncated) { [0x1F, 0x8B, 8, 0] + run(of: 3, 100) },
    BadArchive("a PNG picture", .zipTruncated) {
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + run(of: 3, 100)
    },
    BadArchive("an HTML page", .zipTruncated) {
      Array("<!DOCTYPE html><html><body>404 Not Found</body></html>".utf8)
    },
    BadArchive("a git-LFS pointer", .zipTruncated) {
      Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".utf8)
    },
    BadArchive("zeros", .zipTruncated) { run(of: 0, 100_000) },
    BadArchive("an end record with another signature", .zipTruncated) {
      let built = ArchiveBuilder.sample.built()
      var bytes = built.bytes
      bytes[built.endOffset + 3] = 7
      return bytes
    },
    BadArchive("a comment that is longer than what is left", .zipTruncated) { builder in
      builder.comment = [1, 2, 3]
      builder.commentByteCount = 4
    },
    BadArchive("an end record beyond the reach of a comment", .zipTruncated) { builder in
      builder.trailing = run(of: 0, 65_536)
    },
    BadArchive("a whole archive stored in one that is cut short", .zipTruncated) {
      let inner = ArchiveBuilder.sample.built().bytes
      let built = ArchiveBuilder(files: [
        ArchivedFile("a", [1, 2, 3]), ArchivedFile("b", inner), ArchivedFile("c", run(of: 0, 99)),
      ]).built()
      return Array(built.bytes.prefix(built.directoryOffset - 9))
    },
  ]

  private static let trailing: [BadArchive] = [
    BadArchive("a byte behind the end", .zipTrailingData, at: { $0.endOffset + 22 }) { builder in
      builder.trailing = [0]
    },
    BadArchive("many bytes behind the end", .zipTrailingData, at: { $0.endOffset + 22 }) {
      builder in
      builder.trailing = run(of: 0, 65_535)
    },
    BadArchive(
      "a comment", .zipTrailingData, freedom: .general, at: { $0.endOffset + 22 }
    ) { builder in
      builder.comment = Array("hello".utf8)
    },
    BadArchive("a comment that is shorter than what is left", .zipTrailingData) { builder in
      builder.comment = [1, 2, 3]
      builder.commentByteCount = 2
    },
    BadArchive(
      "a ZIP64 locator in the comment", .zipTrailingData, freedom: .general
    ) { builder in
      builder.comment = [0x50, 0x4B, 6, 7] + run(of: 0, 16)
    },
  ]

  private static let mismatched: [BadArchive] =
    [
      BadArchive("no ZIP64 record for a size", .zip64Mismatch, at: \.endOffset) { builder in
        builder.changeEnd = { $0.directoryByteCount = 0xFFFF_FFFF }
      },
      BadArchive("no ZIP64 record for an offset", .zip64Mismatch, at: \.endOffset) { builder in
        builder.changeEnd = { $0.directoryOffset = 0xFFFF_FFFF }
      },
      BadArchive("a ZIP64 record with another signature", .zip64Mismatch, at: \.locatorOffset) {
        builder in
        builder.isWide = true
        builder.wideEndSignature = [0x50, 0x4B, 6, 5]
      },
      BadArchive("a gap before the locator", .zip64Mismatch, at: \.locatorOffset) { builder in
        builder.isWide = true
        builder.locatorGap = [0]
      },
    ]
    + ([1, UInt64.max, 1 << 32, 1 << 63] as [UInt64]).map { distance in
      BadArchive("a locator that is off by \(distance)", .zip64Mismatch, at: \.locatorOffset) {
        builder in
        builder.isWide = true
        builder.locatorDistance = distance
      }
    }
    + ([0, 43, 45, 56, .max] as [UInt64]).map { byteCount in
      BadArchive("a ZIP64 record of \(byteCount) bytes", .zip64Mismatch, at: \.wideEndOffset) {
        builder in
        builder.isWide = true
        builder.wideEndByteCount = byteCount
      }
    }
    + differences.map { text, change in
      BadArchive("two end records that differ in \(text)", .zip64Mismatch, at: \.endOffset) {
        builder in
        builder.isWide = true
        builder.changeEnd = change
      }
    }
    + differences.map { text, change in
      BadArchive("a ZIP64 record that differs in \(text)", .zip64Mismatch, at: \.endOffset) {
        builder in
        builder.isWide = true
        builder.changeWideEnd = change
      }
    }

  private typealias EndChange = @Sendable (inout ArchiveBuilder.End) -> Void

  private static let differences: [(String, EndChange)] = [
    ("the disk", { $0.disk += 1 }),
    ("the directory's disk", { $0.directoryDisk += 1 }),
    ("the entries on the disk", { $0.entriesOnDisk += 1 }),
    ("the entries", { $0.entryCount -= 1 }),
    ("the size", { $0.directoryByteCount += 1 }),
    ("the offset", { $0.directoryOffset -= 1 }),
  ]

  private static let disks: [BadArchive] = [
    BadArchive("the second disk", .zipMultiDisk, at: \.endOffset) { builder in
      builder.changeEnd = { $0.disk = 1 }
    },
    BadArchive("a directory on the second disk", .zipMultiDisk, at: \.endOffset) { builder in
      builder.changeEnd = { $0.directoryDisk = 1 }
    },
    BadArchive("fewer entries on this disk", .zipMultiDisk, at: \.endOffset) { builder in
      builder.changeEnd = { $0.entriesOnDisk = 2 }
    },
    BadArchive("a ZIP64 record on the second disk", .zipMultiDisk, at: \.endOffset) { builder in
      builder.isWide = true
      builder.changeEnd = { $0.disk = 0xFFFF }
      builder.changeWideEnd = { $0.disk = 1 }
    },
    BadArchive("a locator of the second disk", .zipMultiDisk, at: \.locatorOffset) { builder in
      builder.isWide = true
      builder.locatorDisk = 1
    },
    BadArchive("a locator of two disks", .zipMultiDisk, at: \.locatorOffset) { builder in
      builder.isWide = true
      builder.locatorDiskCount = 2
    },
    BadArchive("an entry on the second disk", .zipMultiDisk, at: { $0.centralOffsets[1] }) {
      builder in
      builder.files[1].disk = 1
    },
  ]
}
