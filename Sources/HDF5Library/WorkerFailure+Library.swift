internal import CHDF5
internal import HDF5Exchange

extension WorkerFailure {
  /// The failure that libhdf5 noted last.
  ///
  /// It has no codes for its reasons that are the same in every version, so that the texts decide.
  init(fromLibrary what: String) {
    var notes: [String] = []
    unsafe withUnsafeMutablePointer(to: &notes) { notes in
      _ = unsafe H5Ewalk2(
        gph5_error_stack(), H5E_WALK_UPWARD,
        { (_, entry, notes) in
          if let text = unsafe entry?.pointee.desc {
            unsafe notes?.assumingMemoryBound(to: [String].self).pointee
              .append(unsafe String(cString: text))
          }
          return 0
        }, notes)
    }
    _ = H5Eclear2(gph5_error_stack())
    let reason: Reason =
      if notes.contains(where: { $0.contains("checksum") }) {
        .checksum
      } else if notes.contains(where: Self.isAboutMemory) {
        .memory
      } else {
        .malformed
      }
    // What a later version of the library writes is no damage.
    let isLater = notes.contains { $0.contains("bad version number") }
    self.init(
      reason, isLater ? what + "; it may be written for a later version of HDF5" : what,
      found: notes.first.map(Self.shortened))
  }

  /// What the system said, where the library wraps it in all that it knows.
  private static func shortened(_ note: String) -> String {
    let parts = note.split(separator: "error message = '", maxSplits: 1)
    guard parts.count == 2, let end = parts[1].firstIndex(of: "'") else { return note }
    return String(parts[1][..<end])
  }

  private static func isAboutMemory(_ text: String) -> Bool {
    text.contains("memory allocation") || text.contains("can't allocate")
      || text.contains("unable to allocate")
  }

  /// Lets the library say nothing on its own and load nothing.
  static func prepareLibrary() {
    _ = H5open()
    H5Eset_auto2(gph5_error_stack(), nil, nil)
    // No bit: neither filters nor drivers are looked for in other libraries.
    _ = H5PLset_loading_state(0)
    // Whatever a damaged group says a name leads to, it is not followed into another file.
    _ = H5Lunregister(H5L_TYPE_EXTERNAL)
    _ = H5Eclear2(gph5_error_stack())
  }
}
