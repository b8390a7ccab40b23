internal import BinaryInput
internal import CHDF5
internal import Glibc
internal import HDF5Exchange
internal import Synchronization
internal import TensorData

/// Reads deflated chunks as the file has them and decodes several at once.
///
/// Inflating takes nearly all the time that reading such a dataset takes, and the library does it one
/// chunk after the other.
struct ChunkReading {
  private let shape: [Int]
  private let chunk: [Int]
  private let elementByteCount: Int
  private let decoder: ChunkDecoder
  /// How many chunks there are along each axis.
  private let grid: [Int]
  /// The number of bytes of the elements of one index of the first axis.
  private let rowByteCount: Int

  /// The most bytes of the elements that are put together at once: all that begin in one row of
  /// chunks.
  private static let bandByteCountLimit = 64 << 20
  /// Short bands are decoded together up to here, so that all threads have something to do.
  private static let togetherByteCount = 1 << 20
  /// Fewer bytes are decoded before another thread has begun.
  private static let threadedByteCount = 1 << 18
  private static let threadCountLimit = 4

  /// Prepares for a dataset, or gives nil for one that the library reads as well or better.
  init?(_ description: DatasetDescription) {
    guard let chunk = description.chunk, !chunk.isEmpty, chunk.count == description.shape.count,
      description.isLittleEndian || description.elementType.byteCount == 1
    else { return nil }
    elementByteCount = description.elementType.byteCount
    guard let elementCount = chunk.exactProduct(),
      let chunkByteCount = elementCount.multiplied(exactly: elementByteCount),
      chunkByteCount <= ChunkReading.bandByteCountLimit,
      let decoder = ChunkDecoder(
        filters: description.filters, elementByteCount: elementByteCount,
        chunkByteCount: chunkByteCount)
    else { return nil }
    shape = description.shape
    self.chunk = chunk
    self.decoder = decoder
    grid = zip(shape, chunk).map { ($0 - 1) / $1 + 1 }
    rowByteCount = shape.dropFirst().reduce(elementByteCount, *)
    guard min(chunk[0], shape[0]) <= ChunkReading.bandByteCountLimit / rowByteCount else {
      return nil
    }
  }

  /// A chunk as the file has it.
  private struct Stored {
    let bytes: WorkingMemory
    let skipped: UInt32
    /// The place of its first element.
    let start: [Int]
  }

  /// Hands the elements to `body` in order.
  func read(
    _ dataset: Handle, _ body: (RawSpan) throws(WorkerFailure) -> Void
  ) throws(WorkerFailure) {
    let together = max(
      1, min(grid[0], ChunkReading.togetherByteCount / (chunk[0] * rowByteCount)))
    let rowCount = min(shape[0], together * chunk[0])
    let memory = try WorkingMemory(byteCount: rowCount * rowByteCount)
    defer { withExtendedLifetime(memory) {} }
    let band = unsafe memory.bytes
    for first in stride(from: 0, to: grid[0], by: together) {
      let bandStart = first * chunk[0]
      let rows = min(rowCount, shape[0] - bandStart)
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: band[0..<(rows * rowByteCount)])
      var stored: [Stored] = []
      var index = [Int](repeating: 0, count: grid.count)
      index[0] = first
      while index[0] < min(first + together, grid[0]) {
        let start = zip(index, chunk).map { $0 * $1 }
        guard let found = try storedChunk(at: start, of: dataset) else {
          // Elements that were never written have a value that the library knows.
          try unsafe fill(part, from: bandStart, rows: rows, of: dataset)
          stored = []
          break
        }
        stored.append(found)
        advance(&index)
      }
      try unsafe decode(stored, into: part, from: bandStart)
      var sent = 0
      while sent < part.count {
        let end = min(sent + FrameHeader.elementByteCountLimit, part.count)
        try unsafe body(UnsafeRawBufferPointer(rebasing: part[sent..<end]).bytes)
        sent = end
      }
    }
  }

  private func advance(_ index: inout [Int]) {
    var axis = index.count - 1
    index[axis] += 1
    while axis > 0, index[axis] == grid[axis] {
      index[axis] = 0
      axis -= 1
      index[axis] += 1
    }
  }

  private func storedChunk(at start: [Int], of dataset: Handle) throws(WorkerFailure) -> Stored? {
    let offset = start.map { hsize_t($0) }
    var byteCount: hsize_t = 0
    guard unsafe H5Dget_chunk_storage_size(dataset.id, offset, &byteCount) >= 0, byteCount > 0
    else {
      _ = H5Eclear2(gph5_error_stack())
      return nil
    }
    // Deflate makes nothing longer than this.
    guard byteCount <= decoder.byteCount + decoder.byteCount / 8 + 4_096 else {
      throw WorkerFailure(
        .extent, "a chunk has more bytes than its elements need",
        expected: "about \(decoder.byteCount)", found: "\(byteCount)")
    }
    let bytes = try WorkingMemory(byteCount: Int(byteCount))
    var skipped: UInt32 = 0
    try require(
      unsafe H5Dread_chunk(
        dataset.id, gph5_default(), offset, &skipped, bytes.bytes.baseAddress),
      "a chunk cannot be read")
    return Stored(bytes: bytes, skipped: skipped, start: start)
  }

  private func fill(
    _ band: UnsafeMutableRawBufferPointer, from row: Int, rows: Int, of dataset: Handle
  ) throws(WorkerFailure) {
    let space = try Handle(
      H5Dget_space(dataset.id), closing: H5Sclose, "the shape of the dataset cannot be examined")
    let type = try Handle(
      H5Dget_type(dataset.id), closing: H5Tclose, "the type of the dataset cannot be examined")
    var extent = shape
    extent[0] = rows
    var position = 0
    for var run in ElementRuns(
      shape: extent, elementByteCount: elementByteCount, byteCountLimit: band.count, chunk: chunk)
    {
      run.start[0] += row
      let memory = try run.select(in: space)
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: band[position...])
      try require(
        unsafe H5Dread(
          dataset.id, type.id, memory?.id ?? gph5_all(), space.id, gph5_default(),
          part.baseAddress), "the elements cannot be read")
      position += run.byteCount
    }
  }

  /// Decodes chunks into their places, by several threads where it is worth it.
  private func decode(
    _ stored: [Stored], into band: UnsafeMutableRawBufferPointer, from row: Int
  ) throws(WorkerFailure) {
    let job = unsafe DecodingJob(count: stored.count) { number, output, scratch in
      let chunk = stored[number]
      return Result { () throws(WorkerFailure) in
        try unsafe decoder.decode(
          UnsafeRawBufferPointer(chunk.bytes.bytes), skipped: chunk.skipped, into: output,
          scratch: scratch)
        unsafe place(output, at: chunk.start, into: band, from: row)
      }
    }
    let threadCount =
      band.count < ChunkReading.threadedByteCount
      ? 1 : min(stored.count, ChunkReading.threadCountLimit, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
    try job.run(threadCount: threadCount, chunkByteCount: decoder.byteCount)
  }

  /// Copies what a chunk has of the tensor; chunks at the end reach over it.
  private func place(
    _ elements: UnsafeMutableRawBufferPointer, at start: [Int],
    into band: UnsafeMutableRawBufferPointer, from row: Int
  ) {
    guard let source = elements.baseAddress, let target = band.baseAddress else { return }
    // Behind the last axis along which there are several chunks, or one that reaches over the tensor,
    // elements follow each other in both places.
    let last = shape.indices.last { chunk[$0] != shape[$0] } ?? 0
    let extent = shape.indices.map { min(chunk[$0], shape[$0] - start[$0]) }
    let lineByteCount = extent[last...].reduce(elementByteCount, *)
    let lineCount = extent[..<last].reduce(1, *)
    var index = [Int](repeating: 0, count: shape.count)
    for _ in 0..<lineCount {
      var from = 0
      var to = 0
      for axis in shape.indices {
        from = from * chunk[axis] + index[axis]
        to = to * shape[axis] + start[axis] + index[axis] - (axis == 0 ? row : 0)
      }
      unsafe (target + to * elementByteCount).copyMemory(
        from: source + from * elementByteCount, byteCount: lineByteCount)
      var axis = last - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < extent[axis] { break }
        index[axis] = 0
        axis -= 1
      }
    }
  }
}

/// Numbered pieces of work that threads share; each piece is done once.
///
/// `@unchecked Sendable`: the pieces write to places of their own, and who made the job waits for all
/// threads.
@safe private final class DecodingJob: @unchecked Sendable {
  typealias Piece = (
    _ number: Int, _ output: UnsafeMutableRawBufferPointer,
    _ scratch: UnsafeMutableRawBufferPointer
  ) -> Result<Void, WorkerFailure>

  private let count: Int
  private let piece: Piece
  private let next = Atomic<Int>(0)
  private let failure = Mutex<(number: Int, failure: WorkerFailure)?>(nil)
  private var chunkByteCount = 0
  /// Two chunks for each thread.
  private var memory: WorkingMemory?
  private let nextThread = Atomic<Int>(0)

  init(count: Int, piece: @escaping Piece) {
    self.count = count
    unsafe self.piece = unsafe piece
  }

  /// Does all pieces.
  ///
  /// - Throws: The failure of the first piece that failed.
  func run(threadCount: Int, chunkByteCount: Int) throws(WorkerFailure) {
    self.chunkByteCount = chunkByteCount
    memory = try WorkingMemory(byteCount: 2 * chunkByteCount * max(threadCount, 1))
    var threads: [pthread_t] = []
    for _ in 1..<max(threadCount, 1) {
      var thread = pthread_t()
      let job = unsafe Unmanaged.passRetained(self)
      let status = unsafe pthread_create(
        &thread, nil,
        { job in
          if let job = unsafe job {
            unsafe Unmanaged<DecodingJob>.fromOpaque(job).takeRetainedValue().work()
          }
          return nil
        }, job.toOpaque())
      guard status == 0 else {
        // Fewer threads do the same.
        unsafe job.release()
        break
      }
      threads.append(thread)
    }
    work()
    for thread in threads { pthread_join(thread, nil) }
    if let failure = failure.withLock({ $0 }) { throw failure.failure }
  }

  private func work() {
    guard let memory = unsafe memory?.bytes else { return }
    let start = 2 * chunkByteCount * nextThread.add(1, ordering: .relaxed).oldValue
    let middle = start + chunkByteCount
    let output = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<middle])
    let scratch = unsafe UnsafeMutableRawBufferPointer(
      rebasing: memory[middle..<(middle + chunkByteCount)])
    while true {
      let number = next.add(1, ordering: .relaxed).oldValue
      guard number < count else { return }
      if case .failure(let error) = unsafe piece(number, output, scratch) {
        failure.withLock { first in
          if first.map({ number < $0.number }) ?? true { first = (number, error) }
        }
      }
    }
  }
}
