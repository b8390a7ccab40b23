internal import CLibdeflate
internal import Glibc
internal import HDF5Exchange

/// Takes the filters off the bytes of a chunk.
///
/// The library can do so, too, but one chunk after the other; several of these work at once.
struct ChunkDecoder: Sendable {
  /// A filter to take off, and how many bytes there are behind it where that is known.
  private struct Step {
    let kind: StoredFilter.Kind
    let number: Int
    let byteCount: Int
  }

  /// The number of bytes of a chunk's elements.
  let byteCount: Int
  private let elementByteCount: Int
  /// In the order in which they are taken off.
  private let steps: [Step]

  /// Prepares for the filters of a dataset, or gives nil for an order of filters that only the library
  /// knows.
  init?(filters: [StoredFilter], elementByteCount: Int, chunkByteCount: Int) {
    var byteCount = chunkByteCount
    var steps: [Step] = []
    for (number, filter) in filters.enumerated() {
      // What comes behind a deflated stream has no length that is known before.
      let isDeflated = steps.contains { $0.kind == .deflate }
      switch filter.kind {
      case .shuffle:
        // Elements are shuffled from one place to another, of which there are two.
        guard !isDeflated, filter.setting == elementByteCount,
          !steps.contains(where: { $0.kind == .shuffle })
        else { return nil }
        steps.append(Step(kind: .shuffle, number: number, byteCount: byteCount))
      case .deflate:
        guard !isDeflated else { return nil }
        steps.append(Step(kind: .deflate, number: number, byteCount: byteCount))
      case .fletcher32:
        steps.append(Step(kind: .fletcher32, number: number, byteCount: byteCount))
        byteCount += Fletcher32.byteCount
      }
    }
    // A checksum inside the deflated stream changes its length where it is left out.
    guard let deflate = steps.firstIndex(where: { $0.kind == .deflate }),
      !steps[..<deflate].contains(where: { $0.kind == .fletcher32 })
    else { return nil }
    self.byteCount = chunkByteCount
    self.elementByteCount = elementByteCount
    self.steps = steps.reversed()
  }

  /// Decodes a chunk.
  ///
  /// - Parameters:
  ///   - stored: The bytes in the file.
  ///   - skipped: Bit by bit, the filters that were left out for this chunk.
  ///   - output: Where the elements go; as long as the chunk.
  ///   - scratch: As long as the chunk.
  /// - Throws: A checksum that does not fit, a damaged stream.
  func decode(
    _ stored: UnsafeRawBufferPointer, skipped: UInt32, into output: UnsafeMutableRawBufferPointer,
    scratch: UnsafeMutableRawBufferPointer
  ) throws(WorkerFailure) {
    let taken = steps.filter { skipped & (1 << UInt32($0.number)) == 0 }
    var current = unsafe stored
    for (index, step) in taken.enumerated() {
      // The last step leaves its bytes where they belong.
      let target = unsafe index == taken.count - 1 ? output : scratch
      switch step.kind {
      case .fletcher32:
        guard current.count >= Fletcher32.byteCount else { throw ChunkDecoder.damaged }
        let end = current.count - Fletcher32.byteCount
        let checksum = unsafe UInt32(
          littleEndian: current.loadUnaligned(fromByteOffset: end, as: UInt32.self))
        unsafe current = UnsafeRawBufferPointer(rebasing: current[0..<end])
        guard unsafe Fletcher32(current).matches(checksum) else {
          throw WorkerFailure(
            .checksum, "the checksum of a chunk does not fit",
            expected: String(checksum, radix: 16))
        }
      case .deflate:
        try unsafe ChunkDecoder.inflate(current, into: target, byteCount: byteCount)
        unsafe current = UnsafeRawBufferPointer(rebasing: target[0..<byteCount])
      case .shuffle:
        guard current.count == byteCount else { throw ChunkDecoder.damaged }
        unsafe ChunkDecoder.unshuffle(current, elementByteCount, into: output)
        unsafe current = UnsafeRawBufferPointer(output)
      }
    }
    guard current.count == byteCount else { throw ChunkDecoder.damaged }
    if unsafe current.baseAddress != UnsafeRawPointer(output.baseAddress) {
      unsafe output.copyMemory(from: current)
    }
  }

  private static var damaged: WorkerFailure {
    WorkerFailure(.malformed, "the compressed elements of a chunk are damaged")
  }

  /// Inflates a stream of RFC 1950 to exactly so many bytes.
  private static func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, byteCount: Int
  ) throws(WorkerFailure) {
    guard let decompressor = unsafe libdeflate_alloc_decompressor() else {
      throw WorkerFailure(.memory, "a chunk is too large")
    }
    defer { unsafe libdeflate_free_decompressor(decompressor) }
    // Without a place for the number of bytes, it has to be the exact one.
    let result = unsafe libdeflate_zlib_decompress(
      decompressor, input.baseAddress, input.count, output.baseAddress, byteCount, nil)
    guard result == LIBDEFLATE_SUCCESS else { throw damaged }
  }

  /// Brings bytes that stand first, second, … in their elements together again.
  private static func unshuffle(
    _ input: UnsafeRawBufferPointer, _ elementByteCount: Int,
    into output: UnsafeMutableRawBufferPointer
  ) {
    let count = input.count / elementByteCount
    guard let from = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self),
      let to = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    else { return }
    switch elementByteCount {
    case 1: unsafe output.copyMemory(from: input)
    case 4:
      // By far the most frequent; so written, four bytes at a time become vectors.
      let words = UnsafeMutableRawPointer(to)
      for index in 0..<count {
        let word =
          unsafe UInt32(from[index]) | UInt32(from[count &+ index]) << 8
          | UInt32(from[2 &* count &+ index]) << 16 | UInt32(from[3 &* count &+ index]) << 24
        unsafe words.storeBytes(of: word.littleEndian, toByteOffset: 4 &* index, as: UInt32.self)
      }
    default:
      for byte in 0..<elementByteCount {
        let plane = unsafe from + byte * count
        for index in 0..<count {
          unsafe to[index &* elementByteCount &+ byte] = plane[index]
        }
      }
    }
    // What does not fill an element stays where it was.
    for index in (count * elementByteCount)..<input.count { unsafe to[index] = from[index] }
  }
}

extension Fletcher32 {
  /// The number of bytes of a checksum.
  static let byteCount = 4
}
