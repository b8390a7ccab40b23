import BinaryInput
import TestSupport
import Testing
import ZipArchive

@Suite struct `A good archive` {
  private let sample = ArchiveBuilder.sample

  /// Checks that an archive has exactly the files it was built from.
  private func expectFiles(
    of builder: ArchiveBuilder, _ profile: ZipArchive.Profile = .strict,
    contents: [[UInt8]]? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let built = builder.built()
    let contents = contents ?? [builder.files[0].data, builder.files[1].data, run(of: 0x41, 300)]
    do throws(ReadError) {
      let found = try readAll(built.bytes, profile)
      #expect(
        found.map { Array($0.entry.name.utf8) } == builder.files.map(\.name),
        sourceLocation: sourceLocation)
      #expect(found.map(\.contents.array) == contents, sourceLocation: sourceLocation)
      #expect(found.map(\.entry.dataOffset) == built.dataOffsets, sourceLocation: sourceLocation)
      #expect(
        found.map(\.entry.storedChecksum) == builder.files.map(\.checksum),
        sourceLocation: sourceLocation)
      #expect(
        found.map { UInt64($0.entry.byteCount) } == builder.files.map(\.byteCount),
        sourceLocation: sourceLocation)
      #expect(
        found.map { UInt64($0.entry.compressedByteCount) }
          == builder.files.map(\.compressedByteCount), sourceLocation: sourceLocation)
      #expect(
        found.map(\.entry.isStored) == builder.files.map { $0.method == 0 },
        sourceLocation: sourceLocation)
    } catch {
      Issue.record("\(error)", sourceLocation: sourceLocation)
    }
  }

  @Test func `gives its files`() throws {
    expectFiles(of: sample)
    expectFiles(of: sample, .general)
    let archive = try ZipArchive(Bytes(copying: sample.built().bytes), profile: .strict)
    #expect(archive.entry(named: "r/data/0") == archive.entries[1])
    for name in ["R/data/0", "r/data", "", "r/data/0/", "/r/data/0"] {
      #expect(archive.entry(named: name) == nil)
    }
  }

  @Test func `shares its memory with what is stored`() throws {
    let bytes = Bytes(copying: sample.built().bytes)
    let archive = try ZipArchive(bytes, profile: .strict)
    let offset = sample.built().dataOffsets[1]
    #expect(
      try archive.contents(of: archive.entries[1]).isIdentical(to: bytes[offset..<(offset + 40)]))
  }

  @Test func `may be empty`() {
    for isWide in [false, true] {
      var builder = ArchiveBuilder(files: [])
      builder.isWide = isWide
      expectFiles(of: builder, contents: [])
    }
  }

  @Test(arguments: [true, false], [4, 8])
  func `may have data descriptors of every form`(hasSignature: Bool, sizeByteCount: Int) {
    for indices in [[0], [1], [2], [0, 1, 2]] {
      var builder = sample
      for index in indices {
        builder.files[index].describeAfterwards(
          hasSignature: hasSignature, sizeByteCount: sizeByteCount)
      }
      expectFiles(of: builder)
      // What PyTorch writes for large records before it knows their sizes.
      for index in indices {
        builder.files[index].localByteCount = .max
        builder.files[index].localCompressedByteCount = .max
        builder.files[index].localExtra = wideField(builder.files[index].byteCount, 0, 77)
      }
      expectFiles(of: builder)
      for index in indices {
        builder.files[index].localByteCount = nil
        builder.files[index].localCompressedByteCount = nil
        builder.files[index].localChecksum = nil
      }
      expectFiles(of: builder)
    }
  }

  @Test func `may have empty files with and without descriptors`() {
    var builder = sample
    builder.files[1] = ArchivedFile("r/empty", [])
    let contents = [builder.files[0].data, [], run(of: 0x41, 300)]
    expectFiles(of: builder, contents: contents)
    for hasSignature in [true, false] {
      for sizeByteCount in [4, 8] {
        builder.files[1].describeAfterwards(
          hasSignature: hasSignature, sizeByteCount: sizeByteCount)
        expectFiles(of: builder, contents: contents)
      }
    }
    builder.files[1].descriptor = []
    expectFiles(of: builder, contents: contents)
    builder.files[1] = ArchivedFile("r/empty", [], deflated: deflatedStored([]))
    expectFiles(of: builder, contents: contents)
  }

  @Test func `may have ZIP64 fields and records`() {
    for index in 0..<3 {
      var builder = sample
      builder.files[index].isWide = true
      expectFiles(of: builder)
      builder.isWide = true
      expectFiles(of: builder)
      builder.files[index].extra = extraField(0x5455, [1, 2, 3])
      expectFiles(of: builder)
    }
    for count in 0...2 {
      // Of values that all fit, the field may repeat any; it is then not looked at.
      var builder = sample
      builder.files[1].extra = extraField(1, run(of: 7, 8 * count))
      builder.files[1].localExtra = extraField(1, run(of: 9, 8 * count))
      expectFiles(of: builder)
    }
    var builder = sample
    builder.files[1].localByteCount = .max
    builder.files[1].localExtra = extraField(0x4246, []) + wideField(40)
    expectFiles(of: builder)
    builder.files[1].localCompressedByteCount = .max
    builder.files[1].localExtra = wideField(40, 40, 5)
    expectFiles(of: builder)
  }

  @Test func `may refer from every field of the end record to the ZIP64 record`() {
    let changes: [@Sendable (inout ArchiveBuilder.End) -> Void] = [
      { $0.disk = 0xFFFF }, { $0.directoryDisk = 0xFFFF }, { $0.entriesOnDisk = 0xFFFF },
      { $0.entryCount = 0xFFFF }, { $0.directoryByteCount = 0xFFFF_FFFF },
      { $0.directoryOffset = 0xFFFF_FFFF },
    ]
    var builder = sample
    builder.isWide = true
    for change in changes {
      builder.changeEnd = change
      expectFiles(of: builder)
    }
    builder.changeEnd = { end in for change in changes { change(&end) } }
    expectFiles(of: builder)
    builder.locatorDiskCount = 0
    expectFiles(of: builder)
  }

  @Test func `may have the flags of deflate's levels and of UTF-8`() {
    var builder = sample
    for flags in [1 << 11, 1 << 1, 1 << 2, 3 << 1, 3 << 1 | 1 << 11] as [UInt16] {
      builder.files[2].flags = flags
      expectFiles(of: builder)
    }
    builder.files[0].flags = 1 << 11
    expectFiles(of: builder)
  }

  @Test func `may have any harmless name`() {
    for name in [
      "a", "a..b", "..a", "a../b", "...", "r/.data/serialization_id", "r/ü 漢字😀", "layers/head: 2",
      "C:", "a//b", "./a", String(repeating: "a", count: 4_096),
    ] {
      var builder = sample
      builder.files[1].name = Array(name.utf8)
      expectFiles(of: builder)
    }
  }

  @Test func `leaves out folders`() throws {
    var builder = sample
    builder.files.insert(ArchivedFile("r/", []), at: 0)
    builder.files.append(ArchivedFile("r/data/", []))
    let found = try readAll(builder.built().bytes, .strict)
    #expect(found.map(\.entry.name) == ["r/data.pkl", "r/data/0", "r/run"])
  }

  @Test func `may lack the checksum of a file`() throws {
    var builder = sample
    builder.files[1].checksum = 0
    let found = try readAll(builder.built().bytes, .strict)
    #expect(found.map(\.entry.hasChecksum) == [true, false, true])
    #expect(found[1].contents.array == builder.files[1].data)
    builder.files[1] = ArchivedFile("r/empty", [])
    #expect(try readAll(builder.built().bytes, .strict).allSatisfy { $0.entry.hasChecksum })
  }

  @Test func `may list its files in another order than they lie`() throws {
    let built = sample.built()
    let range = built.directoryOffset..<built.endOffset
    let starts = built.centralOffsets + [built.endOffset]
    var bytes = built.bytes
    bytes.replaceSubrange(
      range, with: [2, 0, 1].flatMap { built.bytes[starts[$0]..<starts[$0 + 1]] })
    let found = try readAll(bytes, .strict)
    #expect(found.map(\.entry.name) == ["r/run", "r/data.pkl", "r/data/0"])
    #expect(found[0].contents.array == run(of: 0x41, 300))
  }

  @Test func `may inflate as far as deflate can`() throws {
    let count = 258 * 4_000 + 1
    var builder = ArchiveBuilder(files: [
      ArchivedFile("a", run(of: 0, count), deflated: deflatedRun(of: 0, count))
    ])
    #expect(try readAll(builder.built().bytes, .strict)[0].contents.array == run(of: 0, count))
    let content = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    builder.files[0] = ArchivedFile("a", content, deflated: deflatedStored(content))
    #expect(try readAll(builder.built().bytes, .strict)[0].contents.array == content)
  }

  @Test func `may reach its limits exactly`() throws {
    var limits = ZipArchive.Limits()
    #expect(limits.maximumEntryCount == 1_000_000)
    #expect(limits.maximumInflatedByteCount == 4_294_967_296)
    limits.maximumEntryCount = 3
    limits.maximumInflatedByteCount = 300
    #expect(try readAll(sample.built().bytes, .strict, limits: limits).count == 3)
  }
}

@Suite struct `The general profile` {
  @Test func `passes over comments, gaps and whatever stands in front`() throws {
    var builder = ArchiveBuilder.sample
    builder.comment = run(of: 0x63, 65_535)
    builder.files[0].gap = Array("#!/usr/bin/env python3\n".utf8)
    builder.files[1].gap = run(of: 0, 13)
    builder.files[2].comment = Array("a comment".utf8)
    builder.directoryGap = [1, 2, 3]
    for isWide in [false, true] {
      builder.isWide = isWide
      let built = builder.built()
      let found = try readAll(built.bytes, .general)
      #expect(found.map(\.entry.name) == ["r/data.pkl", "r/data/0", "r/run"])
      #expect(found.map(\.entry.dataOffset) == built.dataOffsets)
      #expect(found[2].contents.array == run(of: 0x41, 300))
    }
  }

  @Test func `tells names apart by case`() throws {
    var builder = ArchiveBuilder.sample
    builder.files[1].name = Array("R/DATA.PKL".utf8)
    let archive = try ZipArchive(Bytes(copying: builder.built().bytes), profile: .general)
    let entry = try #require(archive.entry(named: "R/DATA.PKL"))
    #expect(try archive.contents(of: entry).array == builder.files[1].data)
  }
}
