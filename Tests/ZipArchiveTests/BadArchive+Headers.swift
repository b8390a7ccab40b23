import BinaryInput
import ZipArchive

extension BadArchive {
  /// What is wrong with local headers, the places of files, and data descriptors.
  static let headers = mismatches + overlaps + gaps + descriptors

  private static let mismatches: [BadArchive] = [
    mismatch("another name") { $0.localName = Array("r/data/1".utf8) },
    mismatch("a name in another case") { $0.localName = Array("r/DATA/0".utf8) },
    mismatch("a longer name") { $0.localName = Array("r/data/0x".utf8) },
    mismatch("no name") { $0.localName = [] },
    mismatch("another method") { $0.localMethod = 8 },
    mismatch("other flags") { $0.localFlags = 1 << 11 },
    mismatch("the flag of encryption") { $0.localFlags = 1 },
    mismatch("the flag of a descriptor") { $0.localFlags = 8 },
    mismatch("another checksum") { $0.localChecksum = $0.checksum ^ 1 },
    mismatch("no checksum") { $0.localChecksum = 0 },
    mismatch("another size") { $0.localByteCount = 41 },
    mismatch("another compressed size") { $0.localCompressedByteCount = 39 },
    mismatch("no sizes") {
      $0.localByteCount = 0
      $0.localCompressedByteCount = 0
    },
    mismatch("another size in the ZIP64 field") {
      $0.localByteCount = .max
      $0.localExtra = wideField(40 + 1 << 32)
    },
    mismatch("another compressed size in the ZIP64 field") {
      $0.localByteCount = .max
      $0.localCompressedByteCount = .max
      $0.localExtra = wideField(40, .max)
    },
    mismatch("another checksum, and a descriptor") {
      $0.describeAfterwards(hasSignature: true, sizeByteCount: 4)
      $0.localChecksum = $0.checksum ^ 1
    },
    mismatch("another size, and a descriptor") {
      $0.describeAfterwards(hasSignature: true, sizeByteCount: 4)
      $0.localByteCount = 41
    },
    mismatch("another compressed size, and a descriptor") {
      $0.describeAfterwards(hasSignature: true, sizeByteCount: 4)
      $0.localCompressedByteCount = 1
    },
    displaced("a byte later", 1),
    displaced("a byte earlier", -1),
    displaced("at the last byte before the directory") { $0.directoryOffset - 1 },
    displaced("at the directory") { $0.directoryOffset },
    displaced("at the end of the file") { $0.bytes.count },
    displaced("far behind the file") { _ in 0x7FFF_FFFF },
    BadArchive("a file at the greatest place", .zipLocalCentralMismatch, at: { _ in .max }) {
      builder in
      builder.files[1].isWide = true
      builder.files[1].offset = UInt64(Int.max)
    },
    .patched("another signature", .zipLocalCentralMismatch) { bytes, built in
      bytes[built.localOffsets[0]] = 0
    },
  ]

  private static func mismatch(
    _ text: String, _ change: @escaping @Sendable (inout ArchivedFile) -> Void
  ) -> BadArchive {
    BadArchive("a local header with \(text)", .zipLocalCentralMismatch, at: { $0.localOffsets[1] })
    { builder in
      change(&builder.files[1])
    }
  }

  private static func displaced(_ text: String, _ distance: Int) -> BadArchive {
    displaced(text) { $0.localOffsets[1] + distance }
  }

  private static func displaced(
    _ text: String, _ offset: @escaping @Sendable (ArchiveBuilder.Built) -> Int
  ) -> BadArchive {
    BadArchive("a local header \(text)", .zipLocalCentralMismatch, at: offset) { builder in
      builder.files[1].offset = UInt64(offset(builder.built()))
    }
  }

  private static let overlaps: [BadArchive] = [
    BadArchive("a file within another's data", .zipOverlap) {
      let inner = ArchiveBuilder(files: [ArchivedFile("b", [1, 2, 3])]).built()
      let header = Array(inner.bytes.prefix(inner.directoryOffset))
      var builder = ArchiveBuilder(files: [
        ArchivedFile("a", header), ArchivedFile("b", [1, 2, 3]),
      ])
      builder.files[1].offset = UInt64(builder.built().dataOffsets[0])
      return builder.built().bytes
    },
    BadArchive("an empty file within another's data", .zipOverlap) {
      let inner = ArchiveBuilder(files: [ArchivedFile("b", [])]).built()
      let header = Array(inner.bytes.prefix(inner.directoryOffset))
      var builder = ArchiveBuilder(files: [ArchivedFile("a", header), ArchivedFile("b", [])])
      builder.files[1].offset = UInt64(builder.built().dataOffsets[0])
      return builder.built().bytes
    },
    BadArchive("data that takes in the header of the next file", .zipOverlap) { builder in
      builder.files[1].data = Array(builder.files[1].data.prefix(30))
    },
    BadArchive("data that reaches into the directory", .zipOverlap) { builder in
      builder.files[2].compressedByteCount += 1
    },
    BadArchive("data that reaches beyond the file", .zipOverlap) { builder in
      builder.files[1].byteCount = 1_000_000
      builder.files[1].compressedByteCount = 1_000_000
    },
    BadArchive("data of the greatest size", .zipOverlap) { builder in
      builder.files[1].isWide = true
      builder.files[1].byteCount = UInt64(Int.max)
      builder.files[1].compressedByteCount = UInt64(Int.max)
    },
    BadArchive("a local header that ends in the directory", .zipOverlap) { builder in
      builder.directoryGap = [0x50, 0x4B, 3, 4] + run(of: 0, 25)
      let directoryOffset = builder.built().directoryOffset
      builder.files[1].offset = UInt64(directoryOffset - 29)
    },
    .patched("a local name that ends in the directory", .zipOverlap) { bytes, built in
      bytes[built.localOffsets[2] + 27] = 0xFF
    },
    .patched("local extra fields that end in the directory", .zipOverlap) { bytes, built in
      bytes[built.localOffsets[2] + 29] = 0xFF
    },
  ]

  private static let gaps: [BadArchive] = [
    gap("before the first file", at: { _ in 0 }) { $0.files[0].gap = [0] },
    gap("of a script before the first file", at: { _ in 0 }) {
      $0.files[0].gap = Array("#!/bin/sh\nexit 1\n".utf8)
    },
    gap("between two files", at: { $0.localOffsets[1] - 2 }) { $0.files[1].gap = [0, 0] },
    gap("of a file that is not in the directory", at: { $0.localOffsets[1] - 34 }) {
      $0.files[1].gap = Array(
        ArchiveBuilder(files: [ArchivedFile("b", [1, 2, 3])]).built().bytes.prefix(34))
    },
    gap("before the directory", at: { $0.directoryOffset - 1 }) { $0.directoryGap = [0] },
    gap("behind a descriptor", at: { $0.directoryOffset - 4 }) {
      $0.files[2].describeAfterwards(hasSignature: true, sizeByteCount: 4)
      $0.files[2].descriptor += run(of: 0, 4)
    },
    BadArchive("nothing but a gap", .zipGap, freedom: .general, at: { _ in 0 }) { builder in
      builder.files = []
      builder.directoryGap = [0]
    },
  ]

  private static func gap(
    _ text: String, at offset: @escaping @Sendable (ArchiveBuilder.Built) -> Int,
    _ change: @escaping @Sendable (inout ArchiveBuilder) -> Void
  ) -> BadArchive {
    BadArchive("a gap \(text)", .zipGap, freedom: .general, at: offset, change)
  }

  private static let descriptors: [BadArchive] =
    [1, 2].flatMap { index in
      [
        descriptor("no descriptor", index) { $0.descriptor = [] },
        descriptor("a descriptor that is cut short", index) { $0.descriptor.removeLast() },
        descriptor("a descriptor of zeros", index) { $0.descriptor = run(of: 0, 16) },
        descriptor("a descriptor's signature alone", index) {
          $0.descriptor = [0x50, 0x4B, 7, 8]
        },
        descriptor("another signature", index) { $0.descriptor[3] = 9 },
        descriptor("another checksum", index) { $0.descriptor[4] ^= 1 },
        descriptor("another compressed size", index) { $0.descriptor[8] ^= 1 },
        descriptor("another size", index) { $0.descriptor[12] ^= 1 },
        descriptor("another size in eight bytes", index) {
          $0.describeAfterwards(hasSignature: true, sizeByteCount: 8)
          $0.descriptor[23] = 1
        },
      ]
    } + [
      BadArchive("a descriptor with a size for an empty file", .zipDescriptor) { builder in
        builder.files[1] = ArchivedFile("r/empty", [])
        builder.files[1].describeAfterwards(hasSignature: true, sizeByteCount: 4)
        builder.files[1].descriptor[8] = 1
      }
    ]

  private static func descriptor(
    _ text: String, _ index: Int, _ change: @escaping @Sendable (inout ArchivedFile) -> Void
  ) -> BadArchive {
    BadArchive(
      "\(text) behind file \(index)", .zipDescriptor,
      at: { $0.dataOffsets[index] + ArchiveBuilder.sample.files[index].data.count }
    ) { builder in
      builder.files[index].describeAfterwards(hasSignature: true, sizeByteCount: 4)
      change(&builder.files[index])
    }
  }
}
