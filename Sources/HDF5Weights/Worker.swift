internal import BinaryInput
internal import HDF5Exchange
internal import Synchronization
internal import TensorData

/// A worker that has a file open for reading, asked by one thread at a time.
final class Worker: Sendable {
  /// What is in the file.
  let listing: FileListing

  private let connection: Mutex<State>
  private let fileByteCount: Int

  private struct State {
    let connection: WorkerConnection
    /// Why the worker is gone, if it is.
    var failure: ReadError?
  }

  /// Starts a worker for an open file and has it list what is in there.
  ///
  /// - Throws: `h5.noWorker`; what is wrong with the file.
  init(
    path: String, file: CInt, fileByteCount: Int, limits: WorkerLimits
  ) throws(ReadError) {
    let connection = try WorkerConnection(
      path: path, file: file, fileByteCount: fileByteCount, purpose: .reading, limits: limits)
    try connection.send(.list, answerByteCount: fileByteCount)
    let header = try connection.receiveHeader()
    guard header.kind == .listing else {
      throw connection.distrusted(WorkerConnection.unexpected(header))
    }
    do {
      listing = try FileListing(decoding: connection.receive(byteCount: header.byteCount))
    } catch {
      throw connection.distrusted(error)
    }
    self.fileByteCount = fileByteCount
    self.connection = Mutex(State(connection: connection))
  }

  /// The elements of the dataset at an index of the listing.
  ///
  /// - Throws: What is wrong with it; `io.memory`.
  func elements(of index: Int, byteCount: Int) throws(ReadError) -> Bytes {
    try connection.withLock { (state) throws(ReadError) -> Bytes in
      if let failure = state.failure { throw failure }
      do throws(ReadError) {
        return try Worker.elements(of: index, byteCount: byteCount, from: state.connection)
      } catch {
        // One that reported a failure can be asked for something else.
        if !state.connection.isUsable { state.failure = error }
        throw error
      }
    }
  }

  private static func elements(
    of index: Int, byteCount: Int, from connection: WorkerConnection
  ) throws(ReadError) -> Bytes {
    let bytes = try Bytes(byteCount: byteCount) {
      (output: inout MutableRawSpan) throws(ReadError) in
      // Asked for only where there is room for the answer, so that none is left in the pipe.
      try connection.send(.read(index), answerByteCount: byteCount)
      var received = 0
      while received < byteCount {
        let header = try connection.receiveHeader()
        guard header.kind == .elements, header.byteCount > 0,
          header.byteCount <= byteCount - received
        else { throw connection.distrusted(WorkerConnection.unexpected(header)) }
        try connection.receive(into: &output, from: received, byteCount: header.byteCount)
        received += header.byteCount
      }
    }
    let end = try connection.receiveHeader()
    guard end.kind == .done else { throw connection.distrusted(WorkerConnection.unexpected(end)) }
    return bytes
  }
}
