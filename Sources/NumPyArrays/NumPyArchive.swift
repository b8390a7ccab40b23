public import BinaryInput
public import TensorData
internal import ZipArchive

/// The arrays of an `.npz` file, which is a zip archive of `.npy` files.
public struct NumPyArchive: Sendable {
  /// The names of the arrays, without `.npy`, in the order of the file.
  public let names: [String]

  let archive: ZipArchive

  static let suffix = ".npy"

  /// Opens an archive without reading its arrays; entries that are no `.npy` files are passed
  /// over.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - maximumByteCount: What all deflated arrays together may claim to inflate to; nil for 4 GiB.
  /// - Throws: One of the codes of `ZipArchive`.
  public init(_ bytes: Bytes, maximumByteCount: Int? = nil) throws(ReadError) {
    var limits = ZipArchive.Limits()
    if let maximumByteCount { limits.maximumInflatedByteCount = maximumByteCount }
    archive = try ZipArchive(bytes, profile: .general, limits: limits)
    names = archive.entries.compactMap { entry in
      entry.name.hasSuffix(NumPyArchive.suffix)
        ? String(entry.name.dropLast(NumPyArchive.suffix.count)) : nil
    }
  }

  /// Whether there is an array of that name.
  public func contains(_ name: String) -> Bool {
    archive.entry(named: name + NumPyArchive.suffix) != nil
  }

  /// The array of that name, or nil; shares memory with the file where the array is stored there
  /// as it is.
  ///
  /// - Throws: `zip.crc`, `zip.deflate` or `zip.bomb` where the entry is damaged, one of
  ///   ``errorCodes`` where it is no array that a tensor can hold.
  /// - Complexity: O(*n*) in the number of bytes.
  public func tensor(named name: String) throws(ReadError) -> Tensor? {
    guard let entry = archive.entry(named: name + NumPyArchive.suffix) else { return nil }
    let contents = try archive.contents(of: entry)
    do {
      return try Tensor(npy: contents)
    } catch {
      throw error.within(entry.name)
    }
  }
}
