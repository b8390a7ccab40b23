public import BinaryInput
import Glibc

/// A folder of its own that goes with its content when the last holder lets go.
public final class TemporaryFolder: Sendable {
  /// The absolute path.
  public let path: String

  /// Makes the folder.
  public init() {
    var template = Array("/tmp/gpunet-tests-XXXXXX".utf8CString)
    let made = unsafe mkdtemp(&template) != nil
    precondition(made, "a temporary folder can be made")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    let removed = unsafe system("rm -rf '\(path)'")
    precondition(removed == 0, "the temporary folder can be removed")
  }

  /// The path of a file in the folder.
  public func file(_ name: String) -> String {
    "\(path)/\(name)"
  }

  /// Writes a file and returns its path.
  public func write(_ bytes: [UInt8], to name: String) throws(ReadError) -> String {
    var output = try AtomicOutputFile(path: file(name), replacing: true)
    try output.write(bytes)
    try output.commit()
    return file(name)
  }

  /// The names of all files, sorted; hidden ones too.
  public var names: [String] { (try? FileStatus.entries(of: path)) ?? [] }
}
