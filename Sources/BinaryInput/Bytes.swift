import Glibc

/// An immutable run of bytes that is kept alive by whoever holds it: a part of a mapped file, or
/// memory of its own. Copies share the bytes.
public struct Bytes: Sendable {
  private let storage: Storage
  /// Where this run starts inside its storage.
  private let start: Int
  /// The number of bytes.
  public let count: Int

  private init(storage: Storage, start: Int, count: Int) {
    self.storage = storage
    self.start = start
    self.count = count
  }

  /// Takes over memory from `malloc`; it is freed when the last holder lets go.
  @unsafe init(adoptingAllocated memory: UnsafeMutableRawBufferPointer) {
    unsafe self.init(
      storage: Storage(UnsafeRawBufferPointer(memory), release: .free), start: 0,
      count: memory.count)
  }

  /// Takes over a mapping; it is unmapped when the last holder lets go.
  @unsafe init(adoptingMapping mapping: UnsafeRawBufferPointer) {
    unsafe self.init(storage: Storage(mapping, release: .unmap), start: 0, count: mapping.count)
  }

  /// Maps the beginning of an open file, which nobody else can shorten; nil where that fails.
  ///
  /// - Parameters:
  ///   - descriptor: The file; it may be closed afterwards.
  ///   - byteCount: How many bytes of it; at least one.
  public init?(mapping descriptor: CInt, byteCount: Int) {
    guard
      let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0),
      unsafe address != MAP_FAILED
    else { return nil }
    unsafe self.init(
      adoptingMapping: UnsafeRawBufferPointer(start: address, count: byteCount))
  }

  /// Copies the elements' memory.
  public init(copying array: [UInt8]) {
    self.init(copyingElements: array)
  }

  /// Copies the elements' memory in the machine's byte order, which is little-endian on every
  /// platform this package supports.
  public init<Element: BitwiseCopyable>(copyingElements array: [Element]) {
    let byteCount = array.count * MemoryLayout<Element>.stride
    self = unsafe Bytes(byteCount: byteCount, orTrapWith: "no memory for a copy") { memory in
      unsafe array.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
    }
  }

  @unsafe private init(
    byteCount: Int, orTrapWith phrase: String,
    initializingWith body: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    guard let memory = unsafe malloc(max(byteCount, 1)) else { preconditionFailure(phrase) }
    let buffer = unsafe UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    unsafe body(buffer)
    unsafe self.init(adoptingAllocated: buffer)
  }

  /// Makes memory of its own, zeroed, and lets `body` fill it.
  ///
  /// - Throws: `io.memory` where the system has no such buffer, and what `body` throws.
  public init(
    byteCount: Int,
    initializingWith body: (inout MutableRawSpan) throws(ReadError) -> Void
  ) throws(ReadError) {
    guard let memory = unsafe calloc(max(byteCount, 1), 1) else {
      throw ReadError(
        .outOfMemory, "no memory for a buffer of \(byteCount) bytes",
        advice: "close other programs or use a machine with more memory")
    }
    let buffer = unsafe UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    unsafe self.init(adoptingAllocated: buffer)
    var span = unsafe buffer.mutableBytes
    try body(&span)
  }

  /// No bytes.
  public static let empty = Bytes(copying: [])

  /// The bytes.
  public var span: RawSpan {
    @_lifetime(borrow self)
    get {
      let buffer = unsafe UnsafeRawBufferPointer(
        rebasing: storage.buffer[start..<(start + count)])
      let span = unsafe RawSpan(_unsafeBytes: buffer)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The part at `range`, sharing this run's memory.
  ///
  /// - Precondition: `range` lies inside `0..<count`.
  public subscript(range: Range<Int>) -> Bytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "a part outside the bytes")
    return Bytes(storage: storage, start: start + range.lowerBound, count: range.count)
  }

  /// The byte at `index`.
  ///
  /// - Precondition: `index` lies inside `0..<count`.
  public subscript(index: Int) -> UInt8 {
    precondition(index >= 0 && index < count, "a byte outside the bytes")
    return unsafe storage.buffer[start + index]
  }

  /// Whether both are the very same memory, not merely equal bytes.
  public func isIdentical(to other: Bytes) -> Bool {
    storage === other.storage && start == other.start && count == other.count
  }

  /// What tells this run of memory from every other that is alive at the same time.
  public var identity: Identity {
    Identity(storage: ObjectIdentifier(storage), start: start, count: count)
  }

  /// A run of memory; two are equal where ``isIdentical(to:)`` says so.
  public struct Identity: Hashable, Sendable {
    fileprivate let storage: ObjectIdentifier
    fileprivate let start: Int
    fileprivate let count: Int
  }

  /// Tells the system that these pages of a mapped file will not be needed again soon; does
  /// nothing for memory of its own.
  public func releasePages() {
    storage.releasePages(start: start, count: count)
  }

  /// The owner of the memory.
  ///
  /// `@unchecked Sendable`: the memory is written only before the storage is shared.
  @safe private final class Storage: @unchecked Sendable {
    enum Release { case free, unmap }

    let buffer: UnsafeRawBufferPointer
    private let release: Release

    @unsafe init(_ buffer: UnsafeRawBufferPointer, release: Release) {
      unsafe self.buffer = unsafe buffer
      self.release = release
    }

    deinit {
      guard let base = unsafe buffer.baseAddress else { return }
      let memory = unsafe UnsafeMutableRawPointer(mutating: base)
      switch release {
      case .free: unsafe free(memory)
      case .unmap: unsafe munmap(memory, buffer.count)
      }
    }

    func releasePages(start: Int, count: Int) {
      guard release == .unmap, let base = unsafe buffer.baseAddress else { return }
      let page = Int(getpagesize())
      let first = start / page * page
      let end = (start + count) / page * page
      guard first < end else { return }
      unsafe madvise(UnsafeMutableRawPointer(mutating: base + first), end - first, MADV_DONTNEED)
    }
  }
}

extension Bytes: Equatable {
  /// Whether both hold the same bytes.
  ///
  /// - Complexity: O(*n*) in the number of bytes.
  public static func == (left: Bytes, right: Bytes) -> Bool {
    guard left.count == right.count else { return false }
    if left.isIdentical(to: right) { return true }
    return unsafe left.span.withUnsafeBytes { first in
      unsafe right.span.withUnsafeBytes { second in
        guard let a = first.baseAddress, let b = second.baseAddress else {
          return true
        }
        return unsafe memcmp(a, b, first.count) == 0
      }
    }
  }
}
