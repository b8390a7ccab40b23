import BinaryInput
import TestSupport
import Testing
import ZipArchive

/// The zip archives that PyTorch, NumPy and Python's zipfile wrote.
private let checkpoints = [
  "checkpoints/bare.pth", "checkpoints/older-zip.pth", "checkpoints/parameters.pth",
  "checkpoints/protocol-5.pth", "checkpoints/rezipped-deflated.pth",
  "checkpoints/rezipped-stored.pth", "checkpoints/shared-storage.pth",
  "checkpoints/training-distilled-module.pth.tar", "checkpoints/training-ema.pth.tar",
  "original/plain.pth", "refused/empty.pth", "refused/meta.pth", "checkpoints/whole-module.pth",
  "refused/torchscript.pt", "tensors/element-types.pth", "tensors/nested.pth",
  "tensors/views.pth",
]

@Suite struct FixtureTests {
  @Test(arguments: checkpoints)
  func `Checkpoints open in the strict profile and every record has its checksum`(
    name: String
  ) throws {
    let archive = try ZipArchive(Fixture.bytes(name), profile: .strict)
    #expect(!archive.entries.isEmpty)
    for entry in archive.entries {
      #expect(try archive.contents(of: entry).count == entry.byteCount)
      #expect(archive.entry(named: entry.name) == entry)
      #expect(entry.hasChecksum)
    }
  }
}

@Suite struct `Archives that other programs wrote` {
  @Test(
    arguments: [
      "expected/distilled.npz", "expected/nested.npz", "expected/plain.npz", "expected/views.npz",
      "goldens/plain-ema.npz", "npy/compressed.npz", "npy/object.npz", "npy/stored.npz",
      "original/plain.npz",
    ])
  func `open in the general profile where NumPy wrote them`(name: String) throws {
    let archive = try ZipArchive(Fixture.bytes(name), profile: .general)
    #expect(!archive.entries.isEmpty)
    for entry in archive.entries {
      #expect(entry.name.hasSuffix(".npy"))
      #expect(entry.hasChecksum)
      let contents = try archive.contents(of: entry)
      #expect(contents[0..<6].array == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59])
      #expect(checksum(contents.array) == entry.storedChecksum)
    }
  }

  @Test func `have the files that NumPy put into them`() throws {
    for (name, isStored) in [("npy/stored.npz", true), ("npy/compressed.npz", false)] {
      let archive = try ZipArchive(Fixture.bytes(name), profile: .general)
      #expect(
        archive.entries.map(\.name)
          == ["input.npy", "layers/head: 2.npy", "layers/ layer10.npy", "scalar.npy"])
      #expect(archive.entries.map(\.byteCount) == [224, 224, 148, 136])
      #expect(archive.entries.allSatisfy { $0.isStored == isStored })
    }
  }

  @Test(arguments: [("stored", true), ("deflated", false)])
  func `hold another archive`(name: String, isStored: Bool) throws {
    let outer = try ZipArchive(
      Fixture.bytes("checkpoints/zip-in-zip-\(name).zip"), profile: .general)
    let entry = try #require(outer.entries.first { $0.name.contains(".pth") })
    #expect(entry.isStored == isStored)
    let inner = try ZipArchive(outer.contents(of: entry), profile: .strict)
    #expect(inner.entries.contains { $0.name.hasSuffix("/data.pkl") })
    for entry in inner.entries {
      #expect(try inner.contents(of: entry).count == entry.byteCount)
    }
  }
}
