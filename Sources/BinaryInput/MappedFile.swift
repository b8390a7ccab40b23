import Glibc

/// A regular file, mapped for reading.
///
/// The file is opened once, without following what could block; every later question is asked of
/// that open file, so it cannot be exchanged between a check and a read.
public struct MappedFile: Sendable {
  /// The path that it was opened by.
  public let path: String
  /// The whole content.
  public let bytes: Bytes
  /// What tells this file from every other while it is open.
  public let identity: FileIdentity
  /// How many names lead to it.
  public let linkCount: Int

  private let modification: FileTime

  /// Opens and maps the file at `path`.
  ///
  /// - Throws: `io.open` where it cannot be opened or is no regular file, `io.read` where it
  ///   cannot be mapped.
  public init(path: String) throws(ReadError) {
    let descriptor = uninterrupted { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw systemError(.openFailed, "cannot be opened", path: path) }
    try self.init(adopting: descriptor, path: path)
  }

  /// Maps what is open, and closes the descriptor.
  init(adopting descriptor: Int32, path: String) throws(ReadError) {
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw systemError(.readFailed, "cannot be examined", path: path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ReadError(
        .openFailed, "is not a regular file", path: [path], expected: "a regular file",
        found: FileStatus.kind(of: status.st_mode), advice: "give the path of a file")
    }
    self.path = path
    identity = FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    linkCount = Int(status.st_nlink)
    modification = FileTime(status)
    let byteCount = Int(status.st_size)
    guard byteCount > 0 else {
      bytes = .empty
      return
    }
    guard
      let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0),
      unsafe address != MAP_FAILED
    else {
      throw systemError(.readFailed, "cannot be mapped", path: path)
    }
    bytes = unsafe Bytes(
      adoptingMapping: UnsafeRawBufferPointer(start: address, count: byteCount))
  }

  /// Checks that the file at the path is still the one that was opened, and unchanged.
  ///
  /// - Throws: `io.changed` where it was replaced, written to, or truncated.
  public func requireUnchanged() throws(ReadError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0, FileTime(status) == modification,
      Int(status.st_size) == bytes.count,
      FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino)) == identity
    else {
      throw ReadError(
        .inputChanged, "the file changed while it was read", path: [path],
        advice: "wait until nothing writes to it, then try again")
    }
  }
}

/// What tells one file from another on this machine: device and inode number.
public struct FileIdentity: Hashable, Sendable {
  let device: UInt64
  let number: UInt64
}

/// Facts about a path that need no open file.
public enum FileStatus {
  /// The identity of what `path` leads to, or nil where there is nothing.
  public static func identity(of path: String) -> FileIdentity? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
  }

  /// Whether `path` leads to a folder.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder, sorted, without `.` and `..`.
  ///
  /// - Throws: `io.open` where it cannot be opened, `io.read` where it cannot be read.
  public static func entries(of folder: String) throws(ReadError) -> [String] {
    guard let stream = unsafe opendir(folder) else {
      throw systemError(.openFailed, "cannot be opened", path: folder)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw systemError(.readFailed, "cannot be read", path: folder) }
    return names.sorted()
  }

  static func kind(of mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a folder"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "something else"
    }
  }
}

/// A modification time to the nanosecond.
private struct FileTime: Equatable, Sendable {
  let seconds: Int
  let nanoseconds: Int

  init(_ status: stat) {
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}
