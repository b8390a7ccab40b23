import BinaryInput
import Glibc
import TestSupport
import Testing

@Suite struct `A mapped file` {
  private let folder = TemporaryFolder()

  @Test func `has the content of the file`() throws {
    let array = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let path = try folder.write(array, to: "a")
    let file = try MappedFile(path: path)
    #expect(file.path == path)
    #expect(file.bytes.array == array)
    try file.requireUnchanged()
  }

  @Test func `may be empty`() throws {
    let file = try MappedFile(path: folder.write([], to: "a"))
    #expect(file.bytes == .empty)
    try file.requireUnchanged()
  }

  @Test func `keeps its bytes when the name is gone`() throws {
    let path = try folder.write([1, 2, 3], to: "a")
    let bytes = try MappedFile(path: path).bytes
    #expect(unsafe unlink(path) == 0)
    #expect(bytes.array == [1, 2, 3])
  }

  @Test func `must exist`() {
    for name in ["none", "none/a", ""] {
      let path = name.isEmpty ? "" : folder.file(name)
      let error = #expect(throws: ReadError.self) { try MappedFile(path: path) }
      #expect(error?.code == .openFailed)
      #expect(error?.path == [path])
      #expect(error?.what == "cannot be opened: No such file or directory")
      #expect(error?.advice == "check the spelling of the path")
    }
  }

  @Test(.timeLimit(.minutes(10))) func `must be a regular file, and nothing else blocks`() throws {
    let pipe = folder.file("pipe")
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    for (path, kind) in [
      (folder.path, "a folder"), (pipe, "a pipe"), ("/dev/null", "a device"),
      ("/dev/zero", "a device"),
    ] {
      let error = #expect(throws: ReadError.self) { try MappedFile(path: path) }
      #expect(error?.code == .openFailed)
      #expect(error?.path == [path])
      #expect(error?.found == kind)
    }
  }

  @Test func `is not found through links that lead in a circle`() {
    let (one, two) = (folder.file("one"), folder.file("two"))
    #expect(unsafe symlink(one, two) == 0)
    #expect(unsafe symlink(two, one) == 0)
    let error = #expect(throws: ReadError.self) { try MappedFile(path: one) }
    #expect(error?.code == .openFailed)
    #expect(error?.advice == "the symbolic links lead in a circle")
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func `must be readable`() throws {
    let path = try folder.write([1], to: "a")
    #expect(unsafe chmod(path, 0) == 0)
    let error = #expect(throws: ReadError.self) { try MappedFile(path: path) }
    #expect(error?.code == .openFailed)
    #expect(error?.advice == "check the permissions of the file and its folder")
  }

  @Test func `notices that another file took its place`() throws {
    let path = try folder.write([1, 2, 3], to: "a")
    let file = try MappedFile(path: path)
    _ = try folder.write([1, 2, 3], to: "a")
    expectChanged(file)
    #expect(file.bytes.array == [1, 2, 3])
  }

  @Test func `notices that it was written to, cut or removed`() throws {
    for change in ["write", "cut", "append", "remove"] {
      let path = try folder.write([1, 2, 3], to: change)
      let file = try MappedFile(path: path)
      try file.requireUnchanged()
      if change == "remove" {
        #expect(unsafe unlink(path) == 0)
      } else {
        // The clock of modification times is coarse.
        usleep(20_000)
        let descriptor = unsafe open(path, O_WRONLY | (change == "append" ? O_APPEND : 0))
        #expect(descriptor >= 0)
        if change == "cut" {
          #expect(ftruncate(descriptor, 2) == 0)
        } else {
          #expect(unsafe write(descriptor, [9] as [UInt8], 1) == 1)
        }
        close(descriptor)
      }
      expectChanged(file, "\(change)")
    }
  }

  private func expectChanged(_ file: MappedFile, _ change: Comment = "replaced") {
    let error = #expect(throws: ReadError.self, change) { try file.requireUnchanged() }
    #expect(error?.code == .inputChanged, change)
    #expect(error?.path == [file.path], change)
  }
}

@Suite struct `The identity of a file` {
  private let folder = TemporaryFolder()

  @Test func `is the same under every name`() throws {
    let path = try folder.write([1], to: "a")
    let other = try folder.write([1], to: "b")
    #expect(unsafe link(path, folder.file("hard")) == 0)
    #expect(unsafe symlink(path, folder.file("soft")) == 0)
    let identity = try MappedFile(path: path).identity
    #expect(FileStatus.identity(of: path) == identity)
    #expect(FileStatus.identity(of: folder.path + "/./a") == identity)
    #expect(FileStatus.identity(of: folder.file("hard")) == identity)
    #expect(FileStatus.identity(of: folder.file("soft")) == identity)
    #expect(try MappedFile(path: folder.file("soft")).identity == identity)
    #expect(FileStatus.identity(of: other) != identity)
    #expect(FileStatus.identity(of: folder.file("none")) == nil)
  }

  @Test func `tells folders from other things`() throws {
    #expect(FileStatus.isFolder(folder.path))
    #expect(FileStatus.isFolder(folder.path + "/"))
    #expect(!FileStatus.isFolder(try folder.write([1], to: "a")))
    #expect(!FileStatus.isFolder(folder.file("none")))
    #expect(!FileStatus.isFolder("/dev/null"))
  }
}

@Suite struct `A mapped file that another process is to have` {
  private let folder = TemporaryFolder()

  @Test func `is open while it is handed on`() throws {
    let path = try folder.write([1, 2, 3], to: "a")
    let file = try MappedFile(path: path)
    let descriptor = try file.withDescriptor { (descriptor) throws(ReadError) in
      var byte: UInt8 = 0
      #expect(unsafe pread(descriptor, &byte, 1, 2) == 1)
      #expect(byte == 3)
      #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
      return descriptor
    }
    #expect(fcntl(descriptor, F_GETFD) == -1)
  }

  @Test func `is the one that was mapped`() throws {
    let path = try folder.write([1, 2, 3], to: "a")
    let file = try MappedFile(path: path)
    _ = try folder.write([1, 2, 3], to: "a")
    let replaced = #expect(throws: ReadError.self) {
      try file.withDescriptor { (_) throws(ReadError) in Issue.record("another file") }
    }
    #expect(replaced?.code == .inputChanged)
    #expect(unsafe unlink(path) == 0)
    let removed = #expect(throws: ReadError.self) {
      try file.withDescriptor { (_) throws(ReadError) in Issue.record("no file") }
    }
    #expect(removed?.code == .openFailed)
  }
}
