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

  private let target: String
  private var descriptor: CInt
  private let replacesFile: Bool
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
    let opened = try AtomicOutputFile.open(path, replacing: replacing)
    self.path = path
    target = opened.target
    temporaryPath = opened.temporaryPath
    replacesFile = opened.replacesFile
    descriptor = opened.descriptor
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isCommitted, replacesFile { unsafe unlink(temporaryPath) }
    _ = AtomicOutputFile.temporaryFiles.withLock { $0.remove(temporaryPath) }
  }

  /// The temporary files that exist now.
  private static let temporaryFiles = Mutex<Set<String>>([])

  /// Removes every temporary file of this process, which is about to end.
  public static func removeTemporaryFiles() {
    temporaryFiles.withLock { paths in
      for path in paths { unsafe unlink(path) }
    }
  }

  /// Reserves room for the whole file, so that a full device is noticed before anything is written.
  ///
  /// - Throws: `io.write` where there is none.
  public func reserve(byteCount: Int) throws(ReadError) {
    guard replacesFile, byteCount > 0 else { return }
    let failure = posix_fallocate(descriptor, 0, off_t(byteCount))
    // Some file systems cannot reserve; writing will show whether there is room.
    guard failure == 0 || failure == EOPNOTSUPP || failure == EINVAL else {
      throw systemError(
        .writeFailed, "no room for \(byteCount) bytes", path: path, number: failure)
    }
  }

  /// Whether bytes that were written can be written again; not in a device or a pipe.
  public var isSeekable: Bool { replacesFile }

  /// Appends bytes.
  ///
  /// - Throws: `io.write` where the system takes fewer.
  public mutating func write(_ bytes: Bytes) throws(ReadError) {
    try unsafe writeAll(bytes) { descriptor, address, count, _ in
      unsafe Glibc.write(descriptor, address, count)
    }
    byteCount += bytes.count
  }

  /// Writes bytes over those that are there from `offset` on.
  ///
  /// - Precondition: ``isSeekable``, and so many bytes were written before.
  /// - Throws: `io.write` where the system takes fewer.
  public mutating func overwrite(_ bytes: Bytes, at offset: Int) throws(ReadError) {
    precondition(isSeekable && offset >= 0 && offset + bytes.count <= byteCount, "what was written")
    try unsafe writeAll(bytes) { descriptor, address, count, written in
      unsafe pwrite(descriptor, address, count, off_t(offset + written))
    }
  }

  /// Calls `body` with what is left until nothing is.
  private func writeAll(
    _ bytes: Bytes,
    _ body: (CInt, UnsafeRawPointer?, _ count: Int, _ written: Int) -> Int
  ) throws(ReadError) {
    var written = 0
    while written < bytes.count {
      let result = unsafe bytes[written..<bytes.count].span.withUnsafeBytes {
        unsafe body(descriptor, $0.baseAddress, min($0.count, 1 << 30), written)
      }
      if result > 0 {
        written += result
      } else if result == 0 || errno != EINTR {
        throw systemError(.writeFailed, "cannot be written", path: path)
      }
    }
  }

  /// Appends bytes.
  ///
  /// - Throws: `io.write` where the system takes fewer.
  public mutating func write(_ bytes: [UInt8]) throws(ReadError) {
    try write(Bytes(copying: bytes))
  }

  /// Brings the bytes to the device, so that they survive a power cut.
  ///
  /// - Throws: `io.write` where the system reports a failure; it is not tried again, because
  ///   pages that failed once may be reported as written the second time.
  public mutating func flush() throws(ReadError) {
    guard replacesFile else { return }
    guard ftruncate(descriptor, off_t(byteCount)) == 0, fsync(descriptor) == 0 else {
      throw systemError(.writeFailed, "cannot be written", path: path)
    }
  }

  /// Gives the file its name.
  ///
  /// - Throws: `io.write` where closing or renaming fails; the file that was there before is then
  ///   still there.
  public consuming func commit() throws(ReadError) {
    try flush()
    let failed = close(descriptor) != 0
    descriptor = -1
    if failed { throw systemError(.writeFailed, "cannot be written", path: path) }
    guard replacesFile else { return }
    guard unsafe rename(temporaryPath, target) == 0 else {
      throw systemError(.writeFailed, "cannot be given its name", path: path)
    }
    isCommitted = true
    let folder = unsafe Glibc.open(AtomicOutputFile.split(target).folder, O_RDONLY | O_DIRECTORY)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  private struct Opened {
    var target: String
    var temporaryPath: String
    var replacesFile: Bool
    var descriptor: CInt
  }

  private static func open(_ path: String, replacing: Bool) throws(ReadError) -> Opened {
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
            .outputExists, "the file exists", path: [path], advice: "use --force to replace it")
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
    let temporaryPath = "\(folder)/.\(name).\(getpid()).tmp"
    let isFirst = temporaryFiles.withLock { $0.insert(temporaryPath).inserted }
    guard isFirst else {
      throw ReadError(.createFailed, "is being written already", path: [path])
    }
    let descriptor = unsafe Glibc.open(
      temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let error = systemError(.createFailed, "cannot be created", path: path)
      _ = temporaryFiles.withLock { $0.remove(temporaryPath) }
      throw error
    }
    if let mode { fchmod(descriptor, mode) }
    return Opened(
      target: target, temporaryPath: temporaryPath, replacesFile: true, descriptor: descriptor)
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
        let process = pid_t(found.dropFirst(prefix.count).dropLast(4)), process > 0
      else { continue }
      let path = "\(folder)/\(found)"
      let isGone =
        process == getpid()
        ? !temporaryFiles.withLock { $0.contains(path) }
        : kill(process, 0) != 0 && errno == ESRCH
      if isGone { unsafe unlink(path) }
    }
  }
}
