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
  "original/plain.pth", "refused/empty.pth", "refused/meta.pth", "refused/module.pth",
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
