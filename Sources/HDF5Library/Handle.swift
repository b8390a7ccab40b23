internal import CHDF5
internal import HDF5Exchange

/// Something that libhdf5 has open, closed when the last holder lets go.
final class Handle {
  let id: hid_t
  private let close: (hid_t) -> herr_t

  /// Takes over what a function of the library opened.
  ///
  /// - Throws: Why the library could not open it, where the identifier is none.
  init(
    _ id: hid_t, closing close: @escaping (hid_t) -> herr_t, _ what: @autoclosure () -> String
  ) throws(WorkerFailure) {
    guard id >= 0 else { throw WorkerFailure(fromLibrary: what()) }
    self.id = id
    self.close = close
  }

  deinit { _ = close(id) }
}

/// Fails where a function of the library says that it did.
func require(_ status: some BinaryInteger, _ what: @autoclosure () -> String) throws(WorkerFailure)
{
  guard status >= 0 else { throw WorkerFailure(fromLibrary: what()) }
}
