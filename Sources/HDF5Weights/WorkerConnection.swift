internal import BinaryInput
internal import CProcessSpawn
internal import Glibc
internal import HDF5Exchange

/// A worker that runs, and the two descriptors over which it is talked to; ended when nobody holds it;
/// used by one thread at a time.
///
/// The worker is not trusted: what it sends is checked, what it does has a time limit, and whatever
/// goes wrong ends it.
///
/// `@unchecked Sendable`: a reading worker is behind a lock, a writing one is seen by one function.
@safe final class WorkerConnection: @unchecked Sendable {
  /// What the worker is used for, as messages say it.
  enum Purpose {
    case reading, writing
  }

  private let process: pid_t
  private let requests: CInt
  private let answers: CInt
  private let limits: WorkerLimits
  private let purpose: Purpose
  private var memoryByteCount: Int
  private var isRunning = true
  /// Whether it can be asked for something.
  var isUsable: Bool { isRunning }
  /// When the current answer is to be there, on the clock that nobody sets.
  private var deadline = ContinuousClock.now
  private var deadlineSeconds = 0.0

  /// Starts a worker.
  ///
  /// - Parameters:
  ///   - path: The executable.
  ///   - file: The descriptor of the file that it reads or writes.
  ///   - fileByteCount: The number of bytes of the file.
  ///   - purpose: What it is used for.
  ///   - limits: What it may take.
  /// - Throws: `h5.noWorker` where it cannot be started.
  init(
    path: String, file: CInt, fileByteCount: Int, purpose: Purpose, limits: WorkerLimits
  ) throws(ReadError) {
    var connection: [CInt] = [-1, -1]
    var pipe: [CInt] = [-1, -1]
    defer { for end in [connection[1], pipe[1]] where end >= 0 { close(end) } }
    guard unsafe gpc_connection(&connection) == 0 else { throw WorkerConnection.notStarted(path) }
    guard unsafe gpc_pipe(&pipe, WorkerConnection.pipeByteCount) == 0 else {
      let error = WorkerConnection.notStarted(path)
      close(connection[0])
      throw error
    }
    let process = WorkerConnection.start(path, input: connection[1], output: pipe[1], file: file)
    guard process > 0 else {
      let error = WorkerConnection.notStarted(path)
      close(connection[0])
      close(pipe[0])
      throw error
    }
    let memoryByteCount = limits.byteCount(forFileOf: fileByteCount)
    let bounds = gpc_limits(
      address_byte_count: UInt64(memoryByteCount),
      largest_address_byte_count: UInt64(max(memoryByteCount, limits.largestByteCount)),
      only_reads: purpose == .reading ? 1 : 0,
      open_file_count: WorkerConnection.openFileCount)
    // Before it gets a request, so that nothing of the file is looked at without limits. One that has
    // ended already has none to be given.
    guard gpc_limit(process, bounds) == 0 || errno == ESRCH else {
      let error = WorkerConnection.notStarted(path)
      WorkerConnection.end(process)
      close(connection[0])
      close(pipe[0])
      throw error
    }
    RunningWorkers.add(process)
    self.process = process
    requests = connection[0]
    answers = pipe[0]
    self.limits = limits
    self.purpose = purpose
    self.memoryByteCount = memoryByteCount
  }

  deinit {
    if isRunning { WorkerConnection.end(process) }
    RunningWorkers.remove(process)
    close(requests)
    close(answers)
  }

  /// What the pipe of answers holds, so that the worker works on while an answer is taken.
  private static let pipeByteCount: CInt = 1 << 20
  /// Standard streams, the file, the library's own opening of it, and what the loader needs.
  private static let openFileCount: UInt64 = 16

  /// The whole environment of the worker. The library locks nothing that it only reads, and looks for
  /// no plugins.
  private static let environment = ["HDF5_USE_FILE_LOCKING=FALSE", "HDF5_PLUGIN_PRELOAD=::"]

  private static func start(_ path: String, input: CInt, output: CInt, file: CInt) -> pid_t {
    let texts = unsafe environment.map { unsafe strdup($0) }
    defer { unsafe texts.forEach { unsafe free($0) } }
    let pointers = unsafe texts.map { unsafe UnsafePointer($0) } + [nil]
    return unsafe gpc_spawn(path, pointers, input, output, file)
  }

  private static func notStarted(_ path: String) -> ReadError {
    let number = errno
    return WorkerLocation.missing(
      [path], "cannot be started: \(unsafe String(cString: strerror(number)))")
  }

  /// Lets the worker have the memory that the largest chunk of its file needs.
  func allowMemory(forFileOf fileByteCount: Int, chunkByteCount: Int) {
    let allowed = limits.byteCount(forFileOf: fileByteCount, chunkByteCount: chunkByteCount)
    guard allowed > memoryByteCount, gpc_limit_addresses(process, UInt64(allowed)) == 0 else {
      return
    }
    memoryByteCount = allowed
  }

  // MARK: Talking

  /// Sends a request whose answer needs so many bytes to be read or written.
  ///
  /// - Throws: `h5.malformed` where the worker ended or takes too long.
  func send(_ request: WorkerRequest, answerByteCount: Int = 0) throws(ReadError) {
    begin(byteCount: answerByteCount)
    try send(.request, Bytes(copying: request.encoded))
  }

  /// Sends elements of the dataset that was asked for last.
  ///
  /// - Throws: As ``send(_:answerByteCount:)``; what the worker says it failed in.
  func send(elements: Bytes) throws(ReadError) {
    var rest = elements
    while rest.count > 0 {
      let count = min(rest.count, FrameHeader.elementByteCountLimit)
      begin(byteCount: count)
      try send(.elements, rest[0..<count])
      rest = rest[count..<rest.count]
    }
  }

  /// Has a writing worker close its file.
  ///
  /// - Throws: As ``send(_:answerByteCount:)``; what the worker says it failed in.
  func finish(byteCount: Int) throws(ReadError) {
    try send(.finish, answerByteCount: byteCount)
    let header = try receiveHeader()
    guard header.kind == .done else { throw distrusted(WorkerConnection.unexpected(header)) }
  }

  /// An answer to something else.
  static func unexpected(_ header: FrameHeader) -> ReadError {
    ReadError(
      .h5Worker, "the worker sent something else than it was asked for",
      found: "\(header.kind) of \(header.byteCount) bytes")
  }

  /// Starts the time for an answer.
  private func begin(byteCount: Int) {
    deadlineSeconds = limits.seconds(for: byteCount)
    deadline = ContinuousClock.now + .seconds(deadlineSeconds)
    // Where this process ends without ending the worker, a hanging one ends by itself.
    let allowed = max(gpc_used_seconds(process), 0) + deadlineSeconds
    _ = gpc_limit_seconds(process, UInt64(min(allowed.rounded(.up), 1e9)) + 1)
  }

  private func send(_ kind: FrameHeader.Kind, _ content: Bytes) throws(ReadError) {
    try send(Bytes(copying: FrameHeader(kind, byteCount: content.count).encoded))
    try send(content)
  }

  private func send(_ bytes: Bytes) throws(ReadError) {
    var sent = 0
    while sent < bytes.count {
      try wait(for: requests, POLLOUT)
      let number = unsafe bytes[sent..<bytes.count].span.withUnsafeBytes {
        // No signal where nobody reads: this may be any program.
        unsafe Glibc.send(
          requests, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
      }
      if number >= 0 {
        sent += number
      } else if errno == EPIPE || errno == ECONNRESET {
        // What one that only reads has to say is taken as an answer.
        guard purpose == .writing else { return }
        // A writing one says why it ended.
        let header = try receiveHeader()
        throw distrusted(WorkerConnection.unexpected(header))
      } else if errno != EINTR && errno != EAGAIN {
        throw ended()
      }
    }
  }

  /// Takes the next header of an answer.
  ///
  /// - Throws: `h5.worker` for what is none; the failure that the worker reports; `h5.malformed` where
  ///   the worker ended or takes too long.
  func receiveHeader() throws(ReadError) -> FrameHeader {
    let bytes = try receive(byteCount: FrameHeader.byteCount)
    let header: FrameHeader
    do {
      header = try FrameHeader(decoding: (0..<bytes.count).map { bytes[$0] })
    } catch {
      throw distrusted(error)
    }
    guard header.kind == .failure else { return header }
    let failure: WorkerFailure
    do {
      failure = try WorkerFailure(decoding: receive(byteCount: header.byteCount))
    } catch {
      throw distrusted(error)
    }
    throw failure.readError(memoryByteCount: memoryByteCount)
  }

  /// Takes so many bytes of an answer, in memory of their own that grows with what arrives.
  func receive(byteCount: Int) throws(ReadError) -> Bytes {
    var parts: [Bytes] = []
    var received = 0
    while received < byteCount {
      let count = min(byteCount - received, WorkerConnection.partByteCount)
      parts.append(
        try Bytes(byteCount: count) { (output: inout MutableRawSpan) throws(ReadError) in
          try receive(into: &output, from: 0, byteCount: count)
        })
      received += count
    }
    guard parts.count != 1 else { return parts[0] }
    return try Bytes(byteCount: byteCount) { (output: inout MutableRawSpan) throws(ReadError) in
      unsafe output.withUnsafeMutableBytes { output in
        var position = 0
        for part in parts {
          unsafe part.span.withUnsafeBytes {
            unsafe UnsafeMutableRawBufferPointer(rebasing: output[position...]).copyMemory(from: $0)
          }
          position += part.count
        }
      }
    }
  }

  private static let partByteCount = 1 << 20

  /// Takes so many bytes of an answer into a place that is there.
  func receive(
    into output: inout MutableRawSpan, from start: Int, byteCount: Int
  ) throws(ReadError) {
    var received = 0
    while received < byteCount {
      try wait(for: answers, POLLIN)
      let number = unsafe output.withUnsafeMutableBytes {
        unsafe read(answers, $0.baseAddress! + (start + received), byteCount - received)
      }
      if number > 0 {
        received += number
      } else if number == 0 || (errno != EINTR && errno != EAGAIN) {
        throw ended()
      }
    }
  }

  private func wait(for descriptor: CInt, _ event: CInt) throws(ReadError) {
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { throw tookTooLong() }
      var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      let milliseconds = min(left / .milliseconds(1), 60_000)
      let result = unsafe poll(&entry, 1, CInt(milliseconds.rounded(.up)))
      if result > 0 { return }
      if result < 0, errno != EINTR { throw ended() }
    }
  }

  // MARK: Ending

  private func tookTooLong() -> ReadError {
    stop()
    return WorkerConnection.failed(
      purpose, "the worker took longer than \(WorkerConnection.shown(deadlineSeconds)) s")
  }

  /// Ends a worker that sent what it should not have.
  func distrusted(_ error: ReadError) -> ReadError {
    stop()
    guard error.code == .h5Worker else { return error }
    var error = error
    // Where in its message something was is of no use to anybody.
    error.offset = nil
    error.advice =
      purpose == .writing
      ? WorkerConnection.advice(purpose)
      : "install the tools and the worker of one version; where they are, get the file again"
    return error
  }

  /// Says how the worker ended, which it has done or is made to do.
  private func ended() -> ReadError {
    let how = stop(patiently: true)
    return WorkerConnection.failed(purpose, "the worker ended \(how)")
  }

  private static func failed(_ purpose: Purpose, _ how: String) -> ReadError {
    ReadError(
      purpose == .reading ? .h5Malformed : .h5Worker,
      purpose == .reading
        ? "the file cannot be read: \(how)" : "the file cannot be written: \(how)",
      advice: advice(purpose))
  }

  private static func advice(_ purpose: Purpose) -> String {
    switch purpose {
    case .reading: WorkerFailure.readingAdvice
    case .writing: "install the worker that belongs to this version, or write another format"
    }
  }

  private static func shown(_ seconds: Double) -> String {
    seconds >= 10 ? "\(Int(min(seconds, 1e9)))" : "\((seconds * 10).rounded() / 10)"
  }

  /// Makes sure that the worker is gone, and says how it ended.
  ///
  /// - Parameter patiently: Whether it may end by itself first, as it does where it closed its side.
  /// - Returns: How it ended, as words that follow "the worker ended".
  @discardableResult
  private func stop(patiently: Bool = false) -> String {
    guard isRunning else { return "before" }
    isRunning = false
    if patiently {
      for _ in 0..<WorkerConnection.patience {
        var status: CInt = 0
        let ended = unsafe waitpid(process, &status, WNOHANG)
        if ended == process { return WorkerConnection.phrase(status, memoryByteCount) }
        // Whoever started this process may have it forget its children, and then nobody knows how.
        if ended < 0, errno == ECHILD { return "without an answer" }
        usleep(1_000)
      }
    }
    WorkerConnection.end(process)
    return "its answers and went on"
  }

  /// How many milliseconds a worker that closed its side may take to be gone.
  private static let patience = 500

  private static func end(_ process: pid_t) {
    var status: CInt = 0
    // One that is gone and was waited for by somebody else may have left its number to another process.
    let ended = unsafe waitpid(process, &status, WNOHANG)
    guard ended == 0 || (ended < 0 && errno == EINTR) else { return }
    // It has a group of its own, to which everything belongs that it may have started.
    kill(-process, SIGKILL)
    kill(process, SIGKILL)
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
  }

  /// A status of `wait` in words.
  private static func phrase(_ status: CInt, _ memoryByteCount: Int) -> String {
    let signal = status & 0x7F
    guard signal != 0 else { return "with status \((status >> 8) & 0xFF) and half an answer" }
    return signal == SIGXCPU
      ? "because it computed too long"
      : "with signal \(signal), with at most \(memoryByteCount >> 20) MiB of memory"
  }
}
