internal import CHDF5
internal import CProcessSpawn
internal import Glibc
public import HDF5Exchange
internal import TensorData

/// A file that is open in libhdf5 for reading.
///
/// One thread at a time may ask it.
public final class FileReading {
  /// What is in the file.
  public let listing: FileListing

  private let file: Handle
  private let walk: TreeWalk

  /// Opens what is open as a descriptor, and lists it.
  ///
  /// - Parameters:
  ///   - descriptor: The open file; the library opens it again, and it stays open.
  ///   - closingTheDoor: Whether this process gives up opening anything else.
  ///   - attributeCountLimit: The most attributes that are listed; one more says how many are not.
  /// - Throws: What is wrong with the file.
  public init(
    descriptor: CInt, closingTheDoor: Bool = false, attributeCountLimit: Int = 100_000
  ) throws(WorkerFailure) {
    WorkerFailure.prepareLibrary()
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw WorkerFailure(.malformed, "the file cannot be examined")
    }
    let path = "/proc/self/fd/\(descriptor)"
    let access = try Handle(
      H5Pcreate(gph5_file_access()), closing: H5Pclose, "the file cannot be opened")
    // The usual driver has the library look for the path that a file has in the end; one in memory has
    // none, nor has one that was removed.
    if !FileReading.isNamed(path) {
      try require(H5Pset_fapl_stdio(access.id), "the file cannot be opened")
    }
    file = try Handle(
      unsafe H5Fopen(path, gph5_read_only(), access.id),
      closing: H5Fclose, "the file cannot be opened")
    if closingTheDoor, gpc_limit_open_files() != 0 {
      throw WorkerFailure(.request, "the worker cannot limit itself")
    }
    walk = try TreeWalk(
      of: file, fileByteCount: Int(status.st_size), attributeCountLimit: attributeCountLimit)
    listing = walk.listing
  }

  /// Whether what a link of the system leads to has a path.
  private static func isNamed(_ link: String) -> Bool {
    guard let path = unsafe realpath(link, nil) else { return false }
    unsafe free(path)
    return true
  }

  /// Hands the elements of a dataset to `body`, part by part, row-major and little-endian.
  ///
  /// - Throws: What is wrong with the dataset; what `body` throws.
  public func read(
    _ index: Int, _ body: (RawSpan) throws(WorkerFailure) -> Void
  ) throws(WorkerFailure) {
    guard let description = walk.descriptions[index] else {
      throw WorkerFailure(.request, "no dataset that can be read has this number")
    }
    let path = "/" + listing.datasets[index].path.joined(separator: "/")
    let access = try Handle(
      H5Pcreate(gph5_dataset_access()), closing: H5Pclose, "the dataset cannot be opened")
    try description.prepareCache(access)
    // Every part of the path is a hard link, as the walk found it.
    let dataset = try Handle(
      unsafe H5Dopen2(file.id, path, access.id), closing: H5Dclose, "the dataset cannot be opened")
    guard description.byteCount > 0 else { return }
    if let chunks = ChunkReading(description) {
      try chunks.read(dataset, body)
    } else {
      try description.read(dataset, body)
    }
  }
}

extension DatasetDescription {
  /// The most bytes of decoded chunks that are kept, so that none is decoded twice; one that is longer
  /// is kept alone.
  private static let cacheByteCountLimit = 64 << 20

  fileprivate func prepareCache(_ access: Handle) throws(WorkerFailure) {
    guard let chunk else { return }
    let chunkByteCount = chunk.reduce(elementType.byteCount, *)
    let isLong = chunkByteCount >= DatasetDescription.cacheByteCountLimit
    // Of what is not decoded, parts of a chunk are read as well.
    guard !isLong || !filters.isEmpty else { return }
    try require(
      H5Pset_chunk_cache(
        access.id, 12_421, max(chunkByteCount, DatasetDescription.cacheByteCountLimit), 1),
      "the dataset cannot be opened")
  }

  /// Lets the library bring the elements into order, run by run.
  fileprivate func read(
    _ dataset: Handle, _ body: (RawSpan) throws(WorkerFailure) -> Void
  ) throws(WorkerFailure) {
    let type = try elementType.libraryType()
    let space = try Handle(
      H5Dget_space(dataset.id), closing: H5Sclose, "the shape of the dataset cannot be examined")
    let runs = ElementRuns(
      shape: shape, elementByteCount: elementType.byteCount,
      byteCountLimit: FrameHeader.elementByteCountLimit, chunk: chunk)
    let memory = try WorkingMemory(byteCount: runs.largestByteCount)
    defer { withExtendedLifetime(memory) {} }
    let buffer = unsafe memory.bytes
    for run in runs {
      let box = try run.select(in: space)
      try require(
        unsafe H5Dread(
          dataset.id, type.id, box?.id ?? gph5_all(), box == nil ? gph5_all() : space.id,
          gph5_default(), buffer.baseAddress), "the elements cannot be read")
      try unsafe body(UnsafeRawBufferPointer(rebasing: buffer[0..<run.byteCount]).bytes)
    }
  }
}
