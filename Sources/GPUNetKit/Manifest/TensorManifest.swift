public import BinaryInput
import Digests
public import ModelFiles
import NetworkRecognition
import TensorData
import TensorMeasures

/// The digests of a file's named tensors, and one of all together, that depend on names, types, shapes
/// and bits and on nothing else of the file; `Documentation/tensor-hashes.md` defines them.
public struct TensorManifest: Equatable, Sendable {
  /// A tensor's digest.
  public struct Line: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The SHA-256 as 64 lowercase hexadecimal digits.
    public let digest: String
  }

  /// The digests of the tensors, sorted by the names' bytes in UTF-8, no name twice.
  public let lines: [Line]
  /// The digest of all together; nil for a manifest that was read and does not have it.
  public let whole: String?

  /// Lines that are to be sorted.
  init(_ lines: [Line], whole: String?) {
    self.lines = lines.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.whole = whole
  }

  /// Reads all tensors and takes their digests.
  ///
  /// - Throws: `hash.names` where two tensors have one name; why a tensor cannot be read, since a
  ///   digest without it would be that of another file; what reading throws; the path in front.
  /// - Complexity: O(*n*) in the number of bytes.
  public init(of tensors: NamedTensors) throws(ReadError) {
    var names: Set<[UInt8]> = []
    for entry in tensors.entries {
      if let refusal = entry.refusal { throw refusal.within(tensors.path) }
      guard names.insert(Array(entry.name.utf8)).inserted else {
        throw ReadError(
          .hashNames, "two tensors have one name, so that a listing cannot tell them apart",
          path: [tensors.path], found: "'\(entry.name)'", remedy: .nameStateDict(tensors.keys))
      }
    }
    var lines: [Line] = []
    try tensors.forEach(tensors.entries) { (entry, tensor) throws(ReadError) in
      lines.append(Line(name: entry.name, digest: try tensor.sha256().hexadecimal()))
    }
    let sorted = TensorManifest(lines, whole: nil)
    self.init(
      sorted.lines, whole: SHA256.hexDigest(of: Bytes(copying: Array(sorted.text.utf8))))
  }

  /// The listing as `sha256sum` prints it for files with these names, each line ended; last, where it
  /// is there, what `sha256sum --binary` prints for the lines before it.
  public var text: String {
    lines.map { "\($0.text)\n" }.joined() + (whole.map { "\($0) *-\n" } ?? "")
  }
}

extension TensorManifest.Line {
  /// The line as coreutils have it: a backslash in front where characters of the name are escaped.
  fileprivate var text: String {
    let escaped =
      name.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing("\r", with: "\\r")
    return "\(escaped.utf8.count == name.utf8.count ? "" : "\\")\(digest)  \(escaped)"
  }
}
