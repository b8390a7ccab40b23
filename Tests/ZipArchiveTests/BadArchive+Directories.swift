import BinaryInput
import ZipArchive

extension BadArchive {
  /// What is wrong in the central directory.
  static let directories = extents + features + names + extras

  private static let extents: [BadArchive] = [
    BadArchive("an entry too few", .zipCentralDirectory) { builder in
      builder.changeEnd = {
        $0.entryCount = 2
        $0.entriesOnDisk = 2
      }
    },
    BadArchive("an entry too many", .zipCentralDirectory) { builder in
      builder.files[0].name += run(of: 0x78, 100)
      builder.changeEnd = {
        $0.entryCount = 4
        $0.entriesOnDisk = 4
      }
    },
    BadArchive("more entries than bytes", .zipCentralDirectory, at: \.endOffset) { builder in
      builder.changeEnd = {
        $0.entryCount = 65_535
        $0.entriesOnDisk = 65_535
      }
    },
    BadArchive("more entries than any number", .zipCentralDirectory, at: \.endOffset) { builder in
      builder.isWide = true
      let change: @Sendable (inout ArchiveBuilder.End) -> Void = {
        $0.entryCount = .max
        $0.entriesOnDisk = .max
      }
      builder.changeEnd = change
      builder.changeWideEnd = change
    },
    BadArchive(
      "more entries than allowed", .zipCentralDirectory,
      limits: limits { $0.maximumEntryCount = 2 },
      at: \.endOffset
    ) { _ in },
    BadArchive("a directory that is a byte longer", .zipCentralDirectory, at: \.endOffset) {
      builder in
      builder.changeEnd = { $0.directoryByteCount += 1 }
    },
    BadArchive("a directory that is a byte shorter", .zipCentralDirectory, at: \.endOffset) {
      builder in
      builder.changeEnd = { $0.directoryByteCount -= 1 }
    },
    BadArchive("a directory that starts a byte later", .zipCentralDirectory, at: \.endOffset) {
      builder in
      builder.changeEnd = { $0.directoryOffset += 1 }
    },
    BadArchive("a directory that starts and ends earlier", .zipCentralDirectory) { builder in
      builder.changeEnd = {
        $0.directoryOffset -= 1
        $0.directoryByteCount += 1
      }
    },
    BadArchive("a directory beyond every integer", .zipCentralDirectory, at: \.endOffset) {
      builder in
      builder.isWide = true
      builder.changeEnd = { $0.directoryOffset = 0xFFFF_FFFF }
      builder.changeWideEnd = { $0.directoryOffset = 1 << 63 }
    },
    BadArchive("a directory whose end does not fit", .zipCentralDirectory, at: \.endOffset) {
      builder in
      builder.isWide = true
      builder.changeEnd = {
        $0.directoryOffset = 0xFFFF_FFFF
        $0.directoryByteCount = 0xFFFF_FFFF
      }
      builder.changeWideEnd = {
        $0.directoryOffset = UInt64(Int.max)
        $0.directoryByteCount = UInt64(Int.max)
      }
    },
    BadArchive("a gap behind the directory", .zipCentralDirectory, at: \.endOffset) { builder in
      builder.endGap = [0]
    },
    BadArchive("a gap before the ZIP64 record", .zipCentralDirectory, at: \.endOffset) { builder in
      builder.isWide = true
      builder.endGap = [0]
    },
    BadArchive("bytes in front that no offset counts", .zipCentralDirectory) {
      [0x4D, 0x5A] + ArchiveBuilder.sample.built().bytes
    },
    BadArchive("two archives in a row", .zipCentralDirectory) {
      ArchiveBuilder.sample.built().bytes + ArchiveBuilder.sample.built().bytes
    },
    BadArchive("an end record in the comment", .zipCentralDirectory) { builder in
      builder.comment = ArchiveBuilder(files: []).built().bytes
    },
    .patched("an entry with another signature", .zipCentralDirectory) { bytes, built in
      bytes[built.centralOffsets[1] + 3] = 3
    },
    .patched("a name that reaches beyond the directory", .zipCentralDirectory) { bytes, built in
      bytes[built.centralOffsets[2] + 29] = 0xFF
    },
    .patched("an extra field that reaches beyond the directory", .zipCentralDirectory) {
      bytes, built in
      bytes[built.centralOffsets[2] + 30] = 1
    },
    .patched("a comment that reaches beyond the directory", .zipCentralDirectory) { bytes, built in
      bytes[built.centralOffsets[2] + 32] = 1
    },
    BadArchive("two sizes of a stored file", .zipCentralDirectory, at: { $0.centralOffsets[1] }) {
      builder in
      builder.files[1].byteCount += 1
    },
    BadArchive("a file at no possible place", .zipCentralDirectory, at: { $0.centralOffsets[1] }) {
      builder in
      builder.files[1].isWide = true
      builder.files[1].offset = 1 << 63
    },
    BadArchive("a file of no possible size", .zipCentralDirectory, at: { $0.centralOffsets[1] }) {
      builder in
      builder.files[1].isWide = true
      builder.files[1].byteCount = .max
      builder.files[1].compressedByteCount = .max
    },
  ]

  private static let features: [BadArchive] =
    [0, 4, 5, 6, 7, 9, 10, 12, 13, 14, 15].map { bit in
      BadArchive("flag bit \(bit)", .zipFlags, at: { $0.centralOffsets[2] }) { builder in
        builder.files[2].flags = 1 << UInt16(bit)
      }
    }
    + [1, 2].map { bit in
      BadArchive("flag bit \(bit) of a stored file", .zipFlags, at: { $0.centralOffsets[0] }) {
        builder in
        builder.files[0].flags = 1 << UInt16(bit)
      }
    }
    + ([1, 6, 9, 12, 14, 20, 93, 95, 98, 99, 0x0800, .max] as [UInt16]).map { method in
      BadArchive("method \(method)", .zipMethod, at: { $0.centralOffsets[0] }) { builder in
        builder.files[0].method = method
      }
    }

  private static let names: [BadArchive] =
    [
      "", "/r/a", "/", "//a", "..", "../a", "r/../a", "r/..", "r//../a", "../", "r\\a", "\\", "a\0",
      "\0", "a\nb", "a\u{1B}[2J", "a\u{7F}", "a\tb",
    ].map { name in
      BadArchive(
        "the name \"\(name.escapedForDisplay())\"", .zipName, at: { $0.centralOffsets[1] + 46 }
      ) { builder in
        builder.files[1].name = Array(name.utf8)
      }
    }
    + ([[0xFF], [0x61, 0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80]] as [[UInt8]]).map { name in
      BadArchive("a name of the bytes \(name)", .zipName, at: { $0.centralOffsets[1] + 46 }) {
        builder in
        builder.files[1].name = name
      }
    }
    + [
      BadArchive("a name of 4097 bytes", .zipName) { builder in
        builder.files[1].name = run(of: 0x61, 4_097)
      },
      BadArchive("a name of 65535 bytes", .zipName) { builder in
        builder.files[1].name = run(of: 0x61, 65_535)
      },
      BadArchive("a folder with content", .zipName, at: { $0.centralOffsets[1] }) { builder in
        builder.files[1].name = Array("r/folder/".utf8)
      },
      BadArchive("a name twice", .zipDuplicate, at: { $0.centralOffsets[1] }) { builder in
        builder.files[1].name = builder.files[0].name
      },
      BadArchive(
        "a name in another case", .zipDuplicate, freedom: .general, at: { $0.centralOffsets[1] }
      ) { builder in
        builder.files[1].name = Array("R/DATA.pkl".utf8)
      },
      BadArchive("a folder twice", .zipDuplicate, at: { $0.centralOffsets[1] }) { builder in
        builder.files[0] = ArchivedFile("r/", [])
        builder.files[1] = ArchivedFile("r/", [])
      },
    ]

  private static let extras: [BadArchive] =
    ([[1], [9, 9, 0], [9, 9, 1, 0], [9, 9, 0, 0, 9], [9, 9, 255, 255, 0]] as [[UInt8]]).flatMap {
      extra in
      [
        BadArchive("the extra field \(extra)", .zipExtraField) { builder in
          builder.files[1].extra = extra
        },
        BadArchive("the local extra field \(extra)", .zipExtraField) { builder in
          builder.files[1].localExtra = extra
        },
      ]
    }
    + [
      BadArchive("two ZIP64 fields", .zipExtraField) { builder in
        builder.files[1].extra = wideField(40) + wideField(40)
      },
      BadArchive("two local ZIP64 fields", .zipExtraField) { builder in
        builder.files[1].localExtra = wideField(40) + wideField(40)
      },
      BadArchive("no ZIP64 field for what is there", .zipExtraField) { builder in
        builder.files[1].isWide = true
        builder.files[1].wideExtra = []
      },
      BadArchive("another field in place of ZIP64's", .zipExtraField) { builder in
        builder.files[1].isWide = true
        builder.files[1].wideExtra = extraField(2, run(of: 0, 24))
      },
      BadArchive("a ZIP64 field without the offset", .zipExtraField) { builder in
        builder.files[1].isWide = true
        builder.files[1].wideExtra = wideField(40, 40)
      },
      BadArchive("a ZIP64 field that ends within the offset", .zipExtraField) { builder in
        builder.files[1].isWide = true
        builder.files[1].wideExtra = extraField(1, littleEndian(40, 8) + run(of: 0, 15))
      },
      BadArchive("no local ZIP64 field for what is there", .zipExtraField) { builder in
        builder.files[1].localByteCount = .max
      },
      BadArchive("a local ZIP64 field with one size", .zipExtraField) { builder in
        builder.files[1].localByteCount = .max
        builder.files[1].localCompressedByteCount = .max
        builder.files[1].localExtra = wideField(40)
      },
      BadArchive("an entry's comment", .zipExtraField, freedom: .general) { builder in
        builder.files[1].comment = [0x50, 0x4B, 1, 2]
      },
    ]

  static func limits(
    _ change: (inout ZipArchive.Limits) -> Void
  ) -> ZipArchive.Limits {
    var limits = ZipArchive.Limits()
    change(&limits)
    return limits
  }
}
