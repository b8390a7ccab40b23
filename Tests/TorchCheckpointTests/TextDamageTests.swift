import BinaryInput
import TestSupport
import Testing
import TorchCheckpoint

@Suite struct `A checkpoint that was sent as a text` {
  private static func code(_ bytes: [UInt8]) -> (ErrorCode?, String) {
    let error = #expect(throws: ReadError.self) { try TorchCheckpoint(Bytes(copying: bytes)) }
    return (error?.code, error?.what ?? "")
  }

  @Test func `is called that, whichever way its line ends went`() throws {
    for file in ["checkpoints/bare.pth", "checkpoints/legacy.pth", "tensors/attributes.pth"] {
      let bytes = try Fixture.bytes(file).array
      let added = Self.code(bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] })
      #expect(added.0 == .torchTextMode)
      #expect(added.1.contains("LF became CR LF"))
    }
    var pairs = checkpoint(storages: [("0", 16)], extra: [("archive/a", [0x0D, 0x0A, 0x0D, 0x0A])])
    #expect(throws: Never.self) { try TorchCheckpoint(Bytes(copying: pairs)) }
    pairs = pairs.indices.filter { index in
      !(pairs[index] == 0x0D && index + 1 < pairs.count && pairs[index + 1] == 0x0A)
    }.map { pairs[$0] }
    let removed = Self.code(pairs)
    #expect(removed.0 == .torchTextMode)
    #expect(removed.1.contains("CR LF became LF"))
  }

  @Test func `is called that where an editor took it for UTF-8 or Latin-1`() throws {
    let bytes = try Fixture.bytes("checkpoints/bare.pth").array
    for text in [
      String(decoding: bytes, as: UTF8.self),
      String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })),
    ] {
      let found = Self.code(Array(text.utf8))
      #expect(found.0 == .torchTextMode)
      #expect(found.1.contains("UTF-8"))
    }
  }
}
