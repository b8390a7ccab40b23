import BinaryInput
import ZipArchive

extension BadArchive {
  /// What is wrong with the data of files, as far as their sizes tell or reading finds.
  static let contents = checksums + bombs + streams

  private static let checksums: [BadArchive] = [
    .patched("a changed byte of a stored file", .zipChecksum) { bytes, built in
      bytes[built.dataOffsets[1] + 39] ^= 0x10
    },
    BadArchive("another checksum of a stored file", .zipChecksum, at: { $0.dataOffsets[1] }) {
      builder in
      builder.files[1].checksum ^= 0x8000_0000
    },
    BadArchive("another checksum of a deflated file", .zipChecksum, at: { $0.dataOffsets[2] }) {
      builder in
      builder.files[2].checksum ^= 1
    },
    BadArchive("other content of the same size", .zipChecksum, at: { $0.dataOffsets[2] }) {
      builder in
      builder.files[2].data = deflatedRun(of: 0x42, 300)
      builder.files[2].compressedByteCount = UInt64(builder.files[2].data.count)
    },
    BadArchive("a checksum of an empty file", .zipChecksum, at: { $0.dataOffsets[1] }) { builder in
      builder.files[1] = ArchivedFile("r/empty", [])
      builder.files[1].checksum = 1
    },
  ]

  private static let bombs: [BadArchive] = [
    BadArchive("a size that deflate cannot reach", .zipBomb, at: { $0.centralOffsets[2] }) {
      builder in
      builder.files[2].byteCount = builder.files[2].compressedByteCount * 1_032 + 1
    },
    BadArchive("the greatest size", .zipBomb, at: { $0.centralOffsets[2] }) { builder in
      builder.files[2].isWide = true
      builder.files[2].byteCount = UInt64(Int.max)
    },
    BadArchive("a size for no data", .zipBomb, at: { $0.centralOffsets[2] }) { builder in
      builder.files[2].data = []
      builder.files[2].compressedByteCount = 0
    },
    BadArchive(
      "more than may be inflated", .zipBomb,
      limits: limits { $0.maximumInflatedByteCount = 299 }, at: { $0.centralOffsets[2] }
    ) { _ in },
    BadArchive(
      "more than may be inflated in all", .zipBomb,
      limits: limits { $0.maximumInflatedByteCount = 599 }, at: { $0.centralOffsets[1] }
    ) { builder in
      builder.files[1] = builder.files[2]
      builder.files[1].name = Array("r/other".utf8)
      builder.files[0] = builder.files[2]
      builder.files[0].name = Array("r/third".utf8)
      builder.files.removeLast()
    },
    BadArchive("a stream one byte longer than declared", .zipBomb, at: { $0.dataOffsets[2] }) {
      builder in
      builder.files[2] = ArchivedFile(
        "r/run", run(of: 0x41, 300), deflated: deflatedRun(of: 0x41, 301))
    },
    BadArchive("a stream a million bytes longer", .zipBomb, at: { $0.dataOffsets[2] }) { builder in
      builder.files[2] = ArchivedFile(
        "r/run", run(of: 0x41, 300), deflated: deflatedRun(of: 0x41, 1_000_000))
    },
    BadArchive("a stream for an empty file", .zipBomb, at: { $0.dataOffsets[2] }) { builder in
      builder.files[2] = ArchivedFile("r/run", [], deflated: deflatedStored([1]))
    },
  ]

  private static let streams: [BadArchive] = [
    stream("a block of the reserved kind", [7]),
    stream("a stored block whose two lengths differ", [1, 4, 0, 0xFA, 0xFF, 1, 2, 3, 4]),
    stream("a distance before the beginning", [0x03, 0x02, 0x00]),
    stream("zeros", run(of: 0, 64)),
    stream("a stream that ends within a block", Array(deflatedRun(of: 0x41, 300).dropLast())),
    stream(
      "a stream that ends within a stored block", Array(deflatedStored([1, 2, 3]).dropLast())),
    stream("a stream without its last block", [0, 0, 0, 255, 255]),
    stream("a stream one byte shorter than declared", deflatedRun(of: 0x41, 299)),
    stream("an empty stream", deflatedStored([])),
    stream("a byte behind the stream", deflatedRun(of: 0x41, 300) + [0]),
    stream("a second stream", deflatedRun(of: 0x41, 300) + deflatedRun(of: 0x41, 1)),
    stream("the content itself", run(of: 0x41, 300)),
    BadArchive("no stream for an empty file", .zipDeflate, at: { $0.dataOffsets[2] }) { builder in
      builder.files[2] = ArchivedFile("r/run", [], deflated: [])
    },
  ]

  private static func stream(_ text: String, _ data: [UInt8]) -> BadArchive {
    BadArchive(text, .zipDeflate, at: { $0.dataOffsets[2] }) { builder in
      builder.files[2] = ArchivedFile("r/run", run(of: 0x41, 300), deflated: data)
    }
  }
}
