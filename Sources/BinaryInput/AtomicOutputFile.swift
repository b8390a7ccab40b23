import Glibc
import Synchronization

/// A file that appears under its name complete or not at all.
///
/// The bytes go to a temporary file in the same folder; ``flush()`` brings them to the device and
/// ``commit()`` gives them the name. Whatever ends earlier, by an error or by leaving scope,
/// removes the temporary file and leaves a file that was there before as it was. A target that is
/// a device or a pipe is written directly.
public struct AtomicOutputFile: ~Copyable {
  /// The path that was asked for.
  public let path: String
  /// Where the bytes are until ``commit()``; equal to ``path`` for a device or a pipe.
  public let temporaryPath: String
  /// The number of bytes written so far.
  public private(set) var byteCount = 0
  /// Is told the number of bytes written so far whenever it grows.
  public var onWrite: (@Sendable (_ byteCount: Int) -> Void)?

  private let target: String
  private var descriptor: CInt
  private let replacesFile: Bool
  private var expectedByteCount = 0
  private var isCommitted = false

  /// Creates the temporary file beside `path`.
  ///
  /// A symbolic link is followed, so that the file it leads to is replaced and not the link.
  ///
  /// - Parameters:
  ///   - path: The path of the file to make.
  ///   - replacing: Whether a file that is there already may be replaced.
  /// - Throws: `io.exists` where the file exists and may not be replaced, `io.create` where it
  ///   cannot be created.
  public init(path: String, replacing: Bool) throws(ReadError) {
    try self.init(path: path, replacing: replacing, mark: "")
  }

  /// Creates the temporary file; the mark tells it from another one of this process for the same
  /// path.
  private init(path: String, replacing: Bool, mark: String) throws(ReadError) {
    let opened = try AtomicOutputFile.open(path, replacing: replacing, mark: mark)
    self.path = path
    target = opened.target
    temporaryPath = opened.temporaryPath
    replacesFile = opened.replacesFile
    descriptor = opened.descriptor
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isCommitted, replacesFile { unsafe unlink(temporaryPath) }
    _ = AtomicOutputFile.temporaryFiles.withLock { $0.paths.remove(temporaryPath) }
  }

  private struct TemporaryFiles {
    var paths: Set<String> = []
    var isClosed = false
  }

  /// The temporary files that exist now; one is made and removed only while this is locked.
  private static let temporaryFiles = Mutex(TemporaryFiles())

  /// Removes every temporary file of this process, which is about to end. Whoever would make
  /// another one waits for that end.
  public static func removeTemporaryFiles() {
    temporaryFiles.withLock { files in
      files.isClosed = true
      for path in files.paths { unsafe unlink(path) }
    }
  }

  /// Reserves room for the whole file, so that a full device is noticed before anything is written.
  ///
  /// - Throws: `io.write` where there is none.
  public mutating func reserve(byteCount: Int) throws(ReadError) {
    guard replacesFile, byteCount > 0 else { return }
    expectedByteCount = byteCount
    var failure: CInt
    repeat { failure = posix_fallocate(descriptor, 0, off_t(byteCount)) } while failure == EINTR
    // Some file systems cannot reserve; writing will show whether there is room.
    guard failure == 0 || failure == EOPNOTSUPP || failure == EINVAL else {
      throw writeError("no room for the file", number: failure, needed: byteCount)
    }
  }

  /// Whether bytes that were written can be written again; not in a device or a pipe.
  public var isSeekable: Bool { replacesFile }

  /// Appends bytes.
  ///
  /// - Throws: `io.write` where the system takes fewer.
  public mutating func write(_ bytes: Bytes) throws(ReadError) {
    try write(bytes, over: nil)
  }

  /// Writes bytes over those that are there from `offset` on.
  ///
  /// - Precondition: ``isSeekable``, and so many bytes were written before.
  /// - Throws: `io.write` where the system takes fewer.
  public mutating func overwrite(_ bytes: Bytes, at offset: Int) throws(ReadError) {
    precondition(isSeekable && offset >= 0 && offset + bytes.count <= byteCount, "what was written")
    try write(bytes, over: offset)
  }

  /// Appends bytes, or writes them over those that are there from an offset on.
  private mutating func write(_ bytes: Bytes, over offset: Int?) throws(ReadError) {
    let start = byteCount
    let descriptor = self.descriptor
    var written = 0
    while written < bytes.count {
      let result = unsafe bytes[written..<bytes.count].span.withUnsafeBytes {
        let count = min($0.count, Self.largestWrite)
        return if let offset {
          unsafe pwrite(descriptor, $0.baseAddress, count, off_t(offset + written))
        } else {
          unsafe Glibc.write(descriptor, $0.baseAddress, count)
        }
      }
      if result > 0 {
        written += result
        if offset == nil {
          byteCount = start + written
          onWrite?(byteCount)
        }
      } else if result == 0 || errno != EINTR {
        // A system that takes nothing and gives no reason is as good as a device that fails.
        let number = result == 0 ? EIO : errno
        byteCount = start
        throw writeError(
          "cannot be written", number: number,
          needed: max(expectedByteCount, (offset ?? start) + bytes.count))
      }
    }
  }

  /// The most bytes that one call hands to the system, so that ``onWrite`` is called often enough.
  private static let largestWrite = 1 << 24

  /// Appends bytes.
  ///
  /// - Throws: `io.write` where the system takes fewer.
  public mutating func write(_ bytes: [UInt8]) throws(ReadError) {
    try write(Bytes(copying: bytes))
  }

  /// Lets somebody else write the whole file, such as another process that is given the descriptor.
  ///
  /// - Parameter body: Gets the descriptor, through which the file can be opened again for writing; it
  ///   has no bytes yet and is not to be closed.
  /// - Precondition: ``isSeekable``, and nothing was written before.
  /// - Throws: `io.write` where the file cannot be examined afterwards; what `body` throws.
  public mutating func withDescriptor(
    _ body: (CInt) throws(ReadError) -> Void
  ) throws(ReadError) {
    precondition(isSeekable && byteCount == 0, "a file in which nothing was written")
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw writeError("cannot be examined", number: errno, needed: 0)
    }
    // It may take its permissions from one that nobody may write; only this opening could.
    let mode = status.st_mode & 0o7777
    _ = fchmod(descriptor, mode | S_IRUSR | S_IWUSR)
    defer { _ = fchmod(descriptor, mode) }
    try body(descriptor)
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw writeError("cannot be examined", number: errno, needed: 0)
    }
    byteCount = Int(status.st_size)
    onWrite?(byteCount)
  }

  /// Brings the bytes to the device, so that they survive a power cut.
  ///
  /// - Throws: `io.write` where the system reports a failure; it is not tried again, because
  ///   pages that failed once may be reported as written the second time.
  public mutating func flush() throws(ReadError) {
    guard replacesFile else { return }
    let descriptor = self.descriptor
    let byteCount = off_t(self.byteCount)
    guard uninterrupted({ ftruncate(descriptor, byteCount) }) == 0,
      uninterrupted({ fsync(descriptor) }) == 0
    else {
      throw writeError(
        "cannot be written", number: errno, needed: max(expectedByteCount, self.byteCount))
    }
  }

  /// Gives the file its name.
  ///
  /// - Throws: `io.write` where closing or renaming fails; the file that was there before is then
  ///   still there. Also where the name cannot be brought to the device; the message says that the
  ///   new file is in place.
  public consuming func commit() throws(ReadError) {
    try flush()
    // A close that a signal interrupts has closed all the same, and the bytes were flushed before.
    let closing = close(descriptor) == 0 || errno == EINTR ? 0 : errno
    descriptor = -1
    guard closing == 0 else {
      throw systemError(.writeFailed, "cannot be written", path: path, number: closing)
    }
    guard replacesFile else { return }
    // Opened first, so that a failure leaves the old file.
    let folderPath = AtomicOutputFile.split(target).folder
    let folder = uninterrupted {
      unsafe Glibc.open(folderPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    // A folder may be closed to reading and open to writing; its device then chooses the moment.
    guard folder >= 0 || errno == EACCES else {
      throw systemError(.writeFailed, "its folder cannot be opened", path: path)
    }
    defer { if folder >= 0 { close(folder) } }
    guard unsafe rename(temporaryPath, target) == 0 else {
      throw systemError(.writeFailed, "cannot be given its name", path: path)
    }
    isCommitted = true
    // Some file systems have nothing to flush for a folder and say EINVAL.
    guard folder < 0 || uninterrupted({ fsync(folder) }) == 0 || errno == EINVAL else {
      throw systemError(
        .writeFailed, "the new file is in place, but a power cut may bring back what was there",
        path: path)
    }
  }

  /// Gives this file and a part of it that it names their names, so that at every moment the path
  /// leads to a whole file: the old one with its own part, or the new one with its own.
  ///
  /// Where both names are taken, no order of two renamings would do. The part is then copied to a
  /// third name, this file is replaced by one that names the copy, the two get their names, and
  /// the copy is removed; what ends the process in between leaves it beside them.
  ///
  /// - Parameters:
  ///   - part: The file that this one names by its own last component.
  ///   - writeInterim: Writes what would be the content of this file if its part had another name.
  /// - Throws: As ``commit()``; what `writeInterim` throws. A failure after this file was replaced
  ///   says which file is the part now.
  public consuming func commit(
    withPart part: consuming AtomicOutputFile,
    writeInterim: (_ partName: String, _ file: inout AtomicOutputFile) throws(ReadError) -> Void
  ) throws(ReadError) {
    try flush()
    try part.flush()
    let old = FileStatus.identity(of: target)
    guard old != nil, FileStatus.identity(of: part.target) != nil else {
      try part.commit()
      try commit()
      return
    }
    let copyPath = AtomicOutputFile.freePath(like: part.path)
    do {
      var copy = try AtomicOutputFile(path: copyPath, replacing: false)
      try copy.write(MappedFile(path: part.temporaryPath).bytes)
      try copy.commit()
      var file = try AtomicOutputFile(path: target, replacing: true, mark: "-interim")
      try writeInterim(AtomicOutputFile.split(copyPath).name, &file)
      try file.commit()
    } catch {
      if FileStatus.identity(of: target) == old { unsafe unlink(copyPath) }
      throw error
    }
    do {
      try part.commit()
      try commit()
    } catch {
      var error = error
      error.advice = "the new file is in place; its other part is '\(copyPath)'"
      throw error
    }
    unsafe unlink(copyPath)
  }

  /// A path in the same folder that leads to nothing.
  private static func freePath(like path: String) -> String {
    var number = 1
    while FileStatus.identity(of: "\(path).\(number)") != nil { number += 1 }
    return "\(path).\(number)"
  }

  /// The error for a failed write; where the device is full it says how much is needed and free.
  private func writeError(_ what: String, number: CInt, needed byteCount: Int) -> ReadError {
    guard number == ENOSPC, replacesFile else {
      return systemError(.writeFailed, what, path: path, number: number)
    }
    // What was written is lost; without it the device shows what it has for such a file.
    _ = ftruncate(descriptor, 0)
    return systemError(
      .writeFailed, what, path: path, number: number,
      detail: freeByteCount(of: descriptor).map {
        "needed \(byteCount) bytes, \($0) free"
      })
  }

  private struct Opened {
    var target: String
    var temporaryPath: String
    var replacesFile: Bool
    var descriptor: CInt
  }

  private static func open(
    _ path: String, replacing: Bool, mark: String
  ) throws(ReadError) -> Opened {
    guard !path.isEmpty else {
      throw ReadError(.createFailed, "the path of the output is empty")
    }
    let target = resolvingLinks(path)
    var mode: mode_t?
    var status = stat()
    if unsafe stat(target, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFREG:
        guard replacing else {
          throw ReadError(
            .outputExists, "the file exists", path: [path], remedy: .replaceOutput)
        }
        mode = status.st_mode & 0o7777
      case S_IFDIR:
        throw ReadError(
          .createFailed, "is a folder", path: [path], advice: "give the path of a file in it")
      default:
        let descriptor = unsafe Glibc.open(target, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
          throw systemError(.createFailed, "cannot be opened", path: path)
        }
        return Opened(
          target: target, temporaryPath: target, replacesFile: false, descriptor: descriptor)
      }
    } else if unsafe lstat(target, &status) == 0 {
      throw ReadError(
        .createFailed, "is a symbolic link that leads to no file", path: [path],
        advice: "remove the link or give another path")
    }
    let (folder, name) = split(target)
    removeLeftovers(of: name, in: folder)
    let temporaryPath = "\(folder)/.\(name).\(getpid())\(mark).tmp"
    let descriptor = try create(temporaryPath, mode: mode, for: path)
    return Opened(
      target: target, temporaryPath: temporaryPath, replacesFile: true, descriptor: descriptor)
  }

  /// Creates a temporary file and notes it in one step, so that the end of the process finds it.
  ///
  /// - Parameters:
  ///   - temporaryPath: The path of the temporary file.
  ///   - mode: The permissions of the file that will be replaced; the new one never has more.
  ///   - path: The path that was asked for.
  /// - Returns: The descriptor of the temporary file.
  /// - Throws: `io.create`.
  private static func create(
    _ temporaryPath: String, mode: mode_t?, for path: String
  ) throws(ReadError) -> CInt {
    let made: Result<CInt, ReadError>? = temporaryFiles.withLock { files in
      guard !files.isClosed else { return nil }
      guard files.paths.insert(temporaryPath).inserted else {
        return .failure(ReadError(.createFailed, "is being written already", path: [path]))
      }
      let descriptor = uninterrupted {
        unsafe Glibc.open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode ?? 0o666)
      }
      guard descriptor >= 0, mode.map({ fchmod(descriptor, $0) }) ?? 0 == 0 else {
        let error = systemError(.createFailed, "cannot be created", path: path)
        if descriptor >= 0 {
          close(descriptor)
          unsafe unlink(temporaryPath)
        }
        files.paths.remove(temporaryPath)
        return .failure(error)
      }
      return .success(descriptor)
    }
    guard let made else {
      while true { pause() }
    }
    return try made.get()
  }

  /// The absolute path of the file, without symbolic links, or of the file that may come to be in
  /// a folder that is there; else `path` itself.
  private static func resolvingLinks(_ path: String) -> String {
    if let resolved = realPath(path) { return resolved }
    let (folder, name) = split(path)
    return realPath(folder).map { $0 == "/" ? "/\(name)" : "\($0)/\(name)" } ?? path
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = path[..<slash]
    return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
  }

  /// Removes temporary files for the same name whose process is gone. One that had the number of
  /// this process, as in containers every run may have, is gone where the file is not known.
  private static func removeLeftovers(of name: String, in folder: String) {
    guard let directory = unsafe opendir(folder) else { return }
    defer { unsafe closedir(directory) }
    let prefix = ".\(name)."
    while let entry = unsafe readdir(directory) {
      let found = unsafe withUnsafePointer(to: entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      guard found.hasPrefix(prefix), found.hasSuffix(".tmp"),
        let process = pid_t(
          found.dropFirst(prefix.count).dropLast(4).prefix { $0.isWholeNumber }), process > 0
      else { continue }
      let path = "\(folder)/\(found)"
      let isGone =
        process == getpid()
        ? !temporaryFiles.withLock { $0.paths.contains(path) }
        : kill(process, 0) != 0 && errno == ESRCH
      if isGone { unsafe unlink(path) }
    }
  }
}
