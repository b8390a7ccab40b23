internal import BinaryInput
internal import CProcessSpawn
internal import Glibc
internal import HDF5Exchange

/// What the worker does between its first request and its last.
public enum WorkerProcess {
  /// The descriptor of the file that is read or written.
  private static let file: CInt = 3

  /// Answers requests from the standard input on the standard output until there are no more.
  public static func run() {
    // A limit on file sizes is an error of writing and not the end.
    signal(SIGXFSZ, SIG_IGN)
    endWithParent()
    let channel = MessageChannel(input: STDIN_FILENO, output: STDOUT_FILENO)
    var reading: FileReading?
    var writing: FileWriting?
    while let message = channel.next() {
      do throws(WorkerFailure) {
        if message.kind == .elements {
          guard let writing else { throw outOfTurn }
          try writing.append(message.bytes)
          continue
        }
        switch try request(message.kind, message.bytes) {
        case .list:
          guard reading == nil, writing == nil else { throw outOfTurn }
          let opened = try FileReading(descriptor: file, closingTheDoor: true)
          let listing = opened.listing.encoded
          guard listing.count <= FrameHeader.listingByteCountLimit else {
            throw WorkerFailure(.malformed, "the file says more of itself than any honest one")
          }
          channel.send(.listing, listing)
          reading = opened
        case .read(let index):
          guard let reading else { throw outOfTurn }
          try reading.read(index) { (part) throws(WorkerFailure) in
            channel.send(.elements, part)
          }
          channel.send(.done)
        case .create:
          guard reading == nil, writing == nil else { throw outOfTurn }
          writing = try FileWriting(descriptor: file, closingTheDoor: true)
        case .finish:
          guard let finished = writing else { throw outOfTurn }
          try finished.finish()
          writing = nil
          channel.send(.done)
        case let request:
          guard let writing else { throw outOfTurn }
          try writing.perform(request)
        }
      } catch {
        channel.send(.failure, error.encoded)
        // Half a file is of no use, and whoever sends its other half is not listening yet.
        if writing != nil { return }
      }
    }
  }

  /// Ends this process when nobody holds the other side of its input any more, whatever the library is
  /// doing then.
  private static func endWithParent() {
    var thread = pthread_t()
    _ = unsafe pthread_create(
      &thread, nil,
      { _ in
        // Only that the other side is gone wakes it.
        var entry = pollfd(fd: STDIN_FILENO, events: 0, revents: 0)
        while true {
          if unsafe poll(&entry, 1, -1) > 0, entry.revents & Int16(POLLHUP | POLLERR) != 0 {
            _exit(EXIT_FAILURE)
          }
        }
      }, nil)
  }

  private static func request(
    _ kind: FrameHeader.Kind, _ bytes: Bytes
  ) throws(WorkerFailure) -> WorkerRequest {
    guard kind == .request, let request = try? WorkerRequest(decoding: bytes) else {
      throw WorkerFailure(.request, "a request that is none")
    }
    return request
  }

  private static var outOfTurn: WorkerFailure {
    WorkerFailure(.request, "a request that comes at the wrong time")
  }
}
