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
    connection.allowMemory(
      forFileOf: fileByteCount, chunkByteCount: listing.largestChunkByteCount)
    self.fileByteCount = fileByteCount
    self.connection = Mutex(State(connection: connection))
  }

  /// The elements of the dataset at an index of the listing.
  ///
  /// - Throws: What is wrong with it; `io.memory`.
  func elements(of index: Int, byteCount: Int) throws(ReadError) -> Bytes {
    try Bytes(byteCount: byteCount) { (output: inout MutableRawSpan) throws(ReadError) in
      var received = 0
      try read(index, byteCount: byteCount) { (part) throws(ReadError) in
        unsafe output.withUnsafeMutableBytes { output in
          unsafe part.withUnsafeBytes {
            unsafe UnsafeMutableRawBufferPointer(rebasing: output[received...])
              .copyMemory(from: $0)
          }
        }
        received += part.byteCount
      }
    }
  }

  /// Hands the elements of the dataset at an index of the listing to `body`, part by part.
  ///
  /// - Throws: What is wrong with it; `io.memory`; what `body` throws, after which nothing else can be
  ///   read.
  func read(
    _ index: Int, byteCount: Int, _ body: (RawSpan) throws(ReadError) -> Void
  ) throws(ReadError) {
    try connection.withLock { (state) throws(ReadError) -> Void in
      if let failure = state.failure { throw failure }
      do throws(ReadError) {
        try Worker.read(index, byteCount: byteCount, from: state.connection, body)
      } catch {
        // One that reported a failure can be asked for something else.
        if !state.connection.isUsable { state.failure = error }
        throw error
      }
    }
  }

  private static func read(
    _ index: Int, byteCount: Int, from connection: WorkerConnection,
    _ body: (RawSpan) throws(ReadError) -> Void
  ) throws(ReadError) {
    try connection.send(.read(index), answerByteCount: byteCount)
    var received = 0
    while received < byteCount {
      let header = try connection.receiveHeader()
      guard header.kind == .elements, header.byteCount > 0,
        header.byteCount <= byteCount - received
      else { throw connection.distrusted(WorkerConnection.unexpected(header)) }
      let part = try connection.receive(byteCount: header.byteCount)
      do throws(ReadError) {
        try body(part.span)
      } catch {
        throw connection.distrusted(error)
      }
      received += header.byteCount
    }
    let end = try connection.receiveHeader()
    guard end.kind == .done else { throw connection.distrusted(WorkerConnection.unexpected(end)) }
  }
}
