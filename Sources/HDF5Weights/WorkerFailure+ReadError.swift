internal import BinaryInput
internal import HDF5Exchange

extension WorkerFailure {
  /// The failure as this package's errors have it, with what can be done.
  ///
  /// - Parameter memoryByteCount: How much memory the worker may have.
  /// - Returns: The error.
  func readError(memoryByteCount: Int = 0) -> ReadError {
    let advice: String? =
      switch reason {
      case .filter: "h5repack -f GZIP=4 IN OUT writes it with a filter that is read"
      case .external: "bring everything into one file with h5py"
      case .malformed, .extent, .name, .memory: WorkerFailure.readingAdvice
      case .checksum: "the file is damaged; download or copy it again"
      case .unwritable, .request: nil
      case .writing: "make room on that device or write elsewhere"
      }
    let what =
      reason == .memory ? "\(what); it needs more memory than \(memoryByteCount >> 20) MiB" : what
    return ReadError(code, what, expected: expected, found: found, advice: advice)
  }

  /// What can be done about a file that the worker fails on.
  static let readingAdvice =
    "if h5repack IN OUT can repair it, read what that wrote, or read it with h5py and save the "
    + "arrays as .npz"
}
