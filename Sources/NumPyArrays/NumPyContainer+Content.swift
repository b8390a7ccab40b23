public import BinaryInput
internal import ZipArchive

extension NumPyContainer {
  /// What checkpoints end with inside other archives.
  private static let checkpointSuffixes = [".pkl", ".pth", ".pt", ".pth.tar", ".ckpt", ".bin"]
  private static let zipMagic: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  /// Whether these bytes claim to be an archive of arrays, damaged or not.
  ///
  /// The names in it tell it from other zip archives: most end in `.npy`, and none is a pickle's, as
  /// every checkpoint of PyTorch has one, or a checkpoint's. Where the directory cannot be read, the
  /// first name decides.
  ///
  /// - Complexity: O(*n*) in the number of entries.
  public static func canRead(_ bytes: Bytes) -> Bool {
    guard bytes.count >= zipMagic.count, zipMagic.indices.allSatisfy({ bytes[$0] == zipMagic[$0] })
    else { return false }
    guard let archive = try? ZipArchive(bytes, profile: .general) else {
      return firstName(of: bytes)?.hasSuffix(NumPyArchive.suffix) ?? false
    }
    let names = archive.entries.map(\.name)
    let arrayCount = names.count { $0.hasSuffix(NumPyArchive.suffix) }
    return 2 * arrayCount > names.count
      && !names.contains { name in checkpointSuffixes.contains { name.hasSuffix($0) } }
  }

  /// The name in the local header that the archive begins with.
  private static func firstName(of bytes: Bytes) -> String? {
    var reader = ByteReader(bytes.span, truncation: .npyTruncated)
    // Everything up to the length of the name, and then that of the extra fields.
    guard (try? reader.skip(byteCount: 26)) != nil, let byteCount = try? reader.read(UInt16.self),
      (try? reader.skip(byteCount: 2)) != nil
    else { return nil }
    return try? reader.readString(byteCount: Int(byteCount), invalid: .npyTruncated)
  }
}
