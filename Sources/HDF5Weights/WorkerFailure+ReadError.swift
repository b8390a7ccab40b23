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
      case .filter:
        "read it with h5py (and hdf5plugin where it needs one), and write it again with "
          + "compression='gzip'"
      case .external: "copy the elements themselves to their place with h5py"
      case .link: "remove the link with h5py, or have it lead to what is in the file"
      case .elements: "where they are weights, convert them with h5py"
      case .name: "rename it with h5py"
      case .malformed, .extent: WorkerFailure.readingAdvice
      case .checksum: "the file is damaged; download or copy it again"
      case .memory, .unwritable, .request: nil
      case .writing: "make room on that device or write elsewhere"
      }
    let what =
      reason == .memory ? "\(what); it needs more memory than \(memoryByteCount >> 20) MiB" : what
    guard reason != .memory else {
      return ReadError(
        code, what, expected: expected, found: found, remedy: .allowMoreBytes)
    }
    return ReadError(code, what, expected: expected, found: found, advice: advice)
  }

  /// What can be done about a file that the worker fails on.
  static let readingAdvice =
    "get the file again; where h5py reads it, save the arrays with h5py or as .npz"
}
