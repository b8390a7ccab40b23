import BinaryInput
import Digests
import TestSupport
import Testing
import ZipArchive

@Suite struct `An archive that is written` {
  /// Archives of PyTorch's and NumPy's writers whose entries or offsets are around 2 and 4 GiB.
  @Test(arguments: [
    ("torch", ZipLayout.torch), ("torchBelow", .torch), ("torchAt", .torch), ("numPy", .numPy),
  ])
  func `has the headers that its original writer gives it, whatever its size`(
    name: String, layout: ZipLayout
  ) throws {
    let expected = ContainerCatalogue.largeArchive(name)
    #expect(expected.entries.contains { $0.offset > 0x7FFF_FFFF })
    let plan = try ZipPlan(expected.entries.map { ($0.name, $0.byteCount) }, layout: layout)
    for (index, entry) in expected.entries.enumerated() {
      #expect(plan.entries[index].headerOffset == entry.offset)
      #expect(plan.localHeader(index, checksum: entry.checksum) == entry.header, "\(entry.name)")
      #expect(plan.descriptor(index, checksum: entry.checksum) == entry.descriptor, "\(entry.name)")
    }
    #expect(plan.directory(checksums: expected.entries.map(\.checksum)) == expected.directory)
    let last = try #require(expected.entries.last)
    #expect(
      plan.byteCount
        == last.offset + last.header.count + last.byteCount + last.descriptor.count
        + expected.directory.count)
  }

  @Test(.enabled(if: isOptimised), arguments: ContainerCatalogue.counts)
  func `counts its entries as Python does`(expected: ContainerCatalogue.Digest) throws {
    let plan = try ZipPlan((0..<expected.count).map { ("\($0)", 0) }, layout: .numPy)
    #expect(plan.byteCount == expected.byteCount)
    var bytes: [UInt8] = []
    for index in 0..<expected.count { bytes += plan.localHeader(index, checksum: 0) }
    bytes += plan.directory(checksums: [UInt32](repeating: 0, count: expected.count))
    #expect(SHA256.hexDigest(of: Bytes(copying: bytes)) == expected.sha256)
  }

  @Test(arguments: [(ZipLayout.torch, 64), (.numPy, 1)])
  func `reads as what went into it`(layout: ZipLayout, alignment: Int) throws {
    let files: [(name: String, content: [UInt8])] = [
      ("a/empty", []), ("a/ж", [1, 2, 3]), ("A/Ж", Array(repeating: 7, count: 3_000_000)),
    ]
    let folder = TemporaryFolder()
    var file = try AtomicOutputFile(path: folder.file("a.zip"), replacing: false)
    var writer = ZipWriter(try ZipPlan(files.map { ($0.name, $0.content.count) }, layout: layout))
    for (_, content) in files { try writer.append(to: &file, bytes: content) }
    try writer.finish(&file)
    try file.commit()
    let bytes = try MappedFile(path: folder.file("a.zip")).bytes
    let archive = try ZipArchive(bytes, profile: .strict)
    #expect(archive.entries.map(\.name) == files.map(\.name))
    for (entry, file) in zip(archive.entries, files) {
      #expect(try archive.contents(of: entry) == Bytes(copying: file.content))
      #expect(try archive.prefix(of: entry, byteCount: 2).array == Array(file.content.prefix(2)))
      #expect(entry.dataOffset.isMultiple(of: alignment))
    }
  }

  @Test(arguments: [
    "", "/a", "a/../b", "..", "a\\b", "a\0", "a\u{1B}b", "a/", String(repeating: "a", count: 4_097),
  ])
  func `has no name that readers refuse`(name: String) {
    let error = #expect(throws: ReadError.self) {
      try ZipPlan([("good", 1), (name, 1)], layout: .numPy)
    }
    #expect(error?.code == .zipUnwritable)
    #expect(error?.path == [name])
  }

  @Test func `is no larger than any file`() {
    for sizes in [[Int.max], [Int.max - 200, 100], [Int.max - 80], [-1]] {
      let error = #expect(throws: ReadError.self) {
        try ZipPlan(sizes.enumerated().map { ("\($0)", $1) }, layout: .torch)
      }
      #expect(error?.code == .zipUnwritable, "\(sizes)")
    }
  }
}

@Suite struct `The beginning of an entry` {
  @Test func `is inflated and no more`() throws {
    let archive = try ZipArchive(Fixture.bytes("containers/compressed.npz"), profile: .general)
    for entry in archive.entries {
      let whole = try archive.contents(of: entry).array
      for count in [0, 1, 127, 128, whole.count, whole.count + 1] {
        let found = try archive.prefix(of: entry, byteCount: count)
        #expect(found.array == Array(whole.prefix(count)), "\(count) bytes of \(entry.name)")
      }
    }
  }

  @Test func `is refused where it is damaged`() throws {
    var bytes = try Fixture.bytes("containers/compressed.npz").array
    let entry = try ZipArchive(Bytes(copying: bytes), profile: .general).entries[0]
    bytes[entry.dataOffset] = 0xFF
    let archive = try ZipArchive(Bytes(copying: bytes), profile: .general)
    let error = #expect(throws: ReadError.self) {
      try archive.prefix(of: archive.entries[0], byteCount: 10)
    }
    #expect(error?.code == .zipDeflate)
    #expect(error?.path == [entry.name])
  }
}
