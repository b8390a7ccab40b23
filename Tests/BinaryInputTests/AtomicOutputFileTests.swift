import BinaryInput
import Glibc
import TestSupport
import Testing

private func content(_ path: String) throws -> [UInt8] {
  try MappedFile(path: path).bytes.array
}

private func mode(_ path: String) -> mode_t {
  var status = stat()
  #expect(unsafe lstat(path, &status) == 0)
  return status.st_mode
}

/// Writes to an output file and leaves it without giving it its name.
private func abandon(_ path: String, replacing: Bool) throws {
  var file = try AtomicOutputFile(path: path, replacing: replacing)
  try file.write([9, 9, 9])
  try file.flush()
}

private func openError(_ path: String, replacing: Bool = true) -> ReadError? {
  #expect(throws: ReadError.self) {
    _ = try AtomicOutputFile(path: path, replacing: replacing)
  }
}

@Suite struct `An output file` {
  private let folder = TemporaryFolder()

  @Test func `appears complete when it is committed, and not before`() throws {
    let path = folder.file("a")
    var file = try AtomicOutputFile(path: path, replacing: false)
    try file.reserve(byteCount: 5)
    #expect(file.path == path)
    #expect(file.byteCount == 0)
    try file.write([1, 2])
    try file.write(Bytes(copying: [0, 3, 4, 5])[1..<4])
    try file.write([])
    try file.write(Bytes.empty)
    #expect(file.byteCount == 5)
    #expect(FileStatus.identity(of: path) == nil)
    let temporaryPath = file.temporaryPath
    #expect(folder.names == [String(temporaryPath.split(separator: "/").last!)])
    try file.commit()
    #expect(try content(path) == [1, 2, 3, 4, 5])
    #expect(folder.names == ["a"])
  }

  @Test func `may stay empty`() throws {
    try AtomicOutputFile(path: folder.file("a"), replacing: false).commit()
    #expect(try content(folder.file("a")) == [])
  }

  @Test func `is as long as what was written, whatever was reserved`() throws {
    for (reserved, written) in [(100_000, 3), (2, 3), (3, 3), (1, 0)] {
      var file = try AtomicOutputFile(path: folder.file("a"), replacing: true)
      try file.reserve(byteCount: reserved)
      try file.write(Array(repeating: 7, count: written))
      try file.commit()
      #expect(try content(folder.file("a")) == Array(repeating: 7, count: written))
    }
  }

  @Test func `can be flushed and written on`() throws {
    var file = try AtomicOutputFile(path: folder.file("a"), replacing: false)
    try file.reserve(byteCount: 10)
    try file.write([1])
    try file.flush()
    #expect(try content(file.temporaryPath) == [1])
    try file.write([2])
    try file.commit()
    #expect(try content(folder.file("a")) == [1, 2])
  }

  @Test func `has the permissions of every new file`() throws {
    _ = try folder.write([1], to: "a")
    let descriptor = unsafe open(folder.file("b"), O_CREAT | O_WRONLY, 0o666)
    close(descriptor)
    #expect(mode(folder.file("a")) == mode(folder.file("b")))
  }

  @Test func `does not replace a file unless told to`() throws {
    let path = try folder.write([1, 2, 3], to: "a")
    let error = openError(path, replacing: false)
    #expect(error?.code == .outputExists)
    #expect(error?.path == [path])
    #expect(try content(path) == [1, 2, 3])
    #expect(folder.names == ["a"])
  }

  @Test func `replaces a file as a whole, keeping its permissions`() throws {
    let path = try folder.write([1, 2, 3], to: "a")
    #expect(unsafe chmod(path, 0o751) == 0)
    #expect(unsafe link(path, folder.file("hard")) == 0)
    let old = try MappedFile(path: path)
    var file = try AtomicOutputFile(path: path, replacing: true)
    try file.write([4])
    #expect(try content(path) == [1, 2, 3])
    try file.commit()
    #expect(try content(path) == [4])
    #expect(mode(path) == S_IFREG | 0o751)
    #expect(old.bytes.array == [1, 2, 3])
    #expect(try content(folder.file("hard")) == [1, 2, 3])
    #expect(folder.names == ["a", "hard"])
  }

  @Test func `leaves everything as it was when it is abandoned`() throws {
    try abandon(folder.file("a"), replacing: false)
    #expect(folder.names == [])
    let path = try folder.write([1, 2, 3], to: "a")
    let identity = FileStatus.identity(of: path)
    try abandon(path, replacing: true)
    #expect(folder.names == ["a"])
    #expect(try content(path) == [1, 2, 3])
    #expect(FileStatus.identity(of: path) == identity)
  }

  @Test func `leaves nothing when it cannot be given its name`() throws {
    let path = folder.file("a")
    var file = try AtomicOutputFile(path: path, replacing: false)
    try file.write([1])
    #expect(unsafe mkdir(path, 0o700) == 0)
    do throws(ReadError) {
      try file.commit()
      Issue.record("a folder was replaced")
    } catch {
      #expect(error.code == .writeFailed)
      #expect(error.path == [path])
    }
    #expect(folder.names == ["a"])
  }

  @Test func `goes where a symbolic link leads and keeps the link`() throws {
    #expect(unsafe mkdir(folder.file("deep"), 0o700) == 0)
    let target = try folder.write([1], to: "deep/target")
    let link = folder.file("link")
    #expect(unsafe symlink("deep/target", link) == 0)
    #expect(openError(link, replacing: false)?.code == .outputExists)
    var file = try AtomicOutputFile(path: link, replacing: true)
    #expect(folder.names == ["deep", "link"])
    try file.write([2])
    try file.commit()
    #expect(mode(link) & S_IFMT == S_IFLNK)
    #expect(try content(target) == [2])
    #expect(try content(link) == [2])
    #expect(folder.names == ["deep", "link"])
  }

  @Test func `does not take the place of a link that leads nowhere`() throws {
    let link = folder.file("link")
    #expect(unsafe symlink("none", link) == 0)
    for replacing in [false, true] {
      #expect(openError(link, replacing: replacing)?.code == .createFailed)
    }
    #expect(unsafe symlink("circle", folder.file("circle")) == 0)
    #expect(openError(folder.file("circle"))?.code == .createFailed)
    #expect(folder.names == ["circle", "link"])
    #expect(mode(link) & S_IFMT == S_IFLNK)
  }

  @Test func `needs a path that can be a file's`() throws {
    let file = try folder.write([1], to: "file")
    #expect(openError("")?.code == .createFailed)
    for path in [
      folder.path, folder.path + "/", folder.file("none/a"), folder.file("none/"),
      file + "/a", folder.file(String(repeating: "n", count: 300)),
    ] {
      let error = openError(path)
      #expect(error?.code == .createFailed, "\(path)")
      #expect(error?.path == [path])
    }
    #expect(folder.names == ["file"])
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func `needs a folder that may be written to`() {
    #expect(unsafe chmod(folder.path, 0o500) == 0)
    let error = openError(folder.file("a"))
    #expect(unsafe chmod(folder.path, 0o700) == 0)
    #expect(error?.code == .createFailed)
    #expect(error?.advice == "check the permissions of the file and its folder")
  }

  @Test func `needs room for what is reserved`() {
    let error = #expect(throws: ReadError.self) {
      var file = try AtomicOutputFile(path: folder.file("a"), replacing: false)
      try file.reserve(byteCount: 1 << 60)
    }
    #expect(error?.code == .writeFailed)
    #expect(error?.path == [folder.file("a")])
    #expect(folder.names == [])
  }
}

@Suite struct `A device as output` {
  @Test(arguments: [false, true]) func `is written directly`(replacing: Bool) throws {
    var file = try AtomicOutputFile(path: "/dev/null", replacing: replacing)
    try file.reserve(byteCount: 1 << 40)
    #expect(file.temporaryPath == "/dev/null")
    try file.write([1, 2, 3])
    #expect(file.byteCount == 3)
    try file.commit()
    #expect(mode("/dev/null") & S_IFMT == S_IFCHR)
  }

  @Test func `reports that it is full`() throws {
    var file = try AtomicOutputFile(path: "/dev/full", replacing: true)
    do throws(ReadError) {
      try file.write([1, 2, 3])
      Issue.record("/dev/full took bytes")
    } catch {
      #expect(error.code == .writeFailed)
      #expect(error.path == ["/dev/full"])
      #expect(error.advice == "free space on that device or write elsewhere")
    }
    #expect(file.byteCount == 0)
    #expect(mode("/dev/full") & S_IFMT == S_IFCHR)
  }
}

@Suite struct `An output that another process writes` {
  private let folder = TemporaryFolder()

  @Test func `has what was written through its descriptor`() throws {
    var file = try AtomicOutputFile(path: folder.file("a"), replacing: false)
    try file.withDescriptor { (descriptor) throws(ReadError) in
      #expect(unsafe write(descriptor, "abc", 3) == 3)
    }
    #expect(file.byteCount == 3)
    try file.commit()
    #expect(try MappedFile(path: folder.file("a")).bytes.array == Array("abc".utf8))
  }

  @Test func `can be opened again by its owner, whatever it replaces`() throws {
    let path = try folder.write([1], to: "a")
    try #require(unsafe chmod(path, 0o444) == 0)
    var file = try AtomicOutputFile(path: path, replacing: true)
    let temporaryPath = file.temporaryPath
    try file.withDescriptor { (_) throws(ReadError) in
      #expect(mode(temporaryPath) & 0o777 == 0o644)
    }
    #expect(mode(temporaryPath) & 0o777 == 0o444)
  }
}
