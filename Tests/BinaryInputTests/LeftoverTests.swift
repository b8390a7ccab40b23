import BinaryInput
import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

/// A number that is beyond every process number that Linux gives.
private let deadProcess = pid_t.max

@Suite struct `A leftover of an output file` {
  private let folder = TemporaryFolder()

  private func write(_ names: [String]) throws {
    for name in names { _ = try folder.write([1], to: name) }
  }

  @Test func `goes when its process is gone`() throws {
    try write([".a.\(deadProcess).tmp", ".a.\(deadProcess - 1).tmp"])
    _ = try folder.write([2], to: "a")
    #expect(folder.names == ["a"])
  }

  @Test func `stays while its process lives`() throws {
    try write([".a.1.tmp", ".a.\(getppid()).tmp"])
    _ = try folder.write([2], to: "a")
    #expect(folder.names == Set([".a.1.tmp", ".a.\(getppid()).tmp", "a"]).sorted())
  }

  @Test func `goes when its process had the number of this one`() throws {
    // In a container every run may have the same number.
    try write([".a.\(getpid()).tmp"])
    _ = try folder.write([2], to: "a")
    #expect(folder.names == ["a"])
    #expect(try MappedFile(path: folder.file("a")).bytes.array == [2])
  }

  @Test func `is no file with another name`() throws {
    let names = [
      ".a.\(deadProcess).tmp2", ".a.-\(deadProcess).tmp", ".a..tmp", ".a.0.tmp", ".a.tmp",
      ".a.x\(deadProcess).tmp", ".aa.\(deadProcess).tmp", ".b.\(deadProcess).tmp",
      "a.\(deadProcess).tmp", ".a.b.\(deadProcess).tmp", ".a.99999999999.tmp",
    ]
    try write(names)
    _ = try folder.write([2], to: "a")
    #expect(folder.names == (names + ["a"]).sorted())
  }

  @Test func `is never the file that this process is writing`() throws {
    let path = folder.file("a")
    var first = try AtomicOutputFile(path: path, replacing: false)
    try first.write([1])
    for other in [path, folder.path + "/./a"] {
      let error = #expect(throws: ReadError.self) {
        _ = try AtomicOutputFile(path: other, replacing: false)
      }
      #expect(error?.code == .createFailed)
    }
    try first.write([2])
    try first.commit()
    #expect(try MappedFile(path: path).bytes.array == [1, 2])
    #expect(folder.names == ["a"])
  }
}

@Suite struct `A process that writes` {
  @Test func `can remove its temporary files before it ends`() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      let kept = try folder.write([1], to: "kept")
      var file = try AtomicOutputFile(path: kept, replacing: true)
      try file.write([2])
      // A refused second writer must not make the first forgotten.
      #expect(throws: ReadError.self) {
        _ = try AtomicOutputFile(path: kept, replacing: true)
      }
      #expect(folder.names.count == 2)
      AtomicOutputFile.removeTemporaryFiles()
      #expect(folder.names == ["kept"])
      #expect(try MappedFile(path: kept).bytes.array == [1])
    }
  }

  @Test func `sees the limit on file sizes as an error`() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      let path = try folder.write([1, 2, 3], to: "a")
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1_000, rlim_max: 1_000)
      #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let reserving = #expect(throws: ReadError.self) {
        var file = try AtomicOutputFile(path: path, replacing: true)
        try file.reserve(byteCount: 1_001)
      }
      let writing = #expect(throws: ReadError.self) {
        var file = try AtomicOutputFile(path: path, replacing: true)
        try file.write(Array(repeating: 7, count: 1_001))
      }
      for error in [reserving, writing] {
        #expect(error?.code == .writeFailed)
        #expect(error?.advice == "raise the limit on file sizes (ulimit -f) or write elsewhere")
      }
      #expect(try MappedFile(path: path).bytes.array == [1, 2, 3])
      #expect(folder.names == ["a"])
    }
  }

  @Test func `loses nothing to signals and short writes`() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      let path = folder.file("pipe")
      #expect(unsafe mkfifo(path, 0o600) == 0)
      // Without SA_RESTART, which signal(2) would set.
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { _ in }
      #expect(unsafe sigaction(SIGUSR1, &action, nil) == 0)
      // The threads that tests run on are closed to it.
      var signals = sigset_t()
      unsafe sigaddset(&signals, SIGUSR1)
      unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
      // The reader interrupts the writer whenever that waits for room, which cuts its call short.
      let writer = pthread_self()
      let received = Mutex<[UInt8]>([])
      let reading = DispatchGroup()
      DispatchQueue.global().async(group: reading) {
        let pipe = unsafe open(path, O_RDONLY)
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
          usleep(500)
          pthread_kill(writer, SIGUSR1)
          let count = unsafe read(pipe, &buffer, 3_000)
          if count == 0 { return }
          received.withLock { $0 += buffer[..<max(count, 0)] }
        }
      }
      let callCount = Mutex(0)
      var file = try AtomicOutputFile(path: path, replacing: true)
      file.onWrite = { _ in callCount.withLock { $0 += 1 } }
      try file.write(content)
      #expect(file.byteCount == content.count)
      try file.commit()
      #expect(callCount.withLock { $0 } > 10, "writes were cut short")
      reading.wait()
      #expect(received.withLock { $0 } == content)
    }
  }

  @Test func `makes no temporary file after it removed them`() async {
    await #expect(processExitsWith: .exitCode(7)) {
      let folder = TemporaryFolder()
      AtomicOutputFile.removeTemporaryFiles()
      DispatchQueue.global().async {
        usleep(200_000)
        // Only an empty folder can be removed.
        _exit(unsafe rmdir(folder.path) == 0 ? 7 : 8)
      }
      _ = try AtomicOutputFile(path: folder.file("a"), replacing: false)
      _exit(9)
    }
  }

  @Test func `may name files relative to its folder`() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      #expect(unsafe chdir(folder.path) == 0)
      var file = try AtomicOutputFile(path: "a", replacing: false)
      try file.write([1])
      // The file keeps its place when the process goes elsewhere.
      #expect(unsafe chdir("/") == 0)
      try file.commit()
      #expect(folder.names == ["a"])
      #expect(try MappedFile(path: folder.file("a")).bytes.array == [1])
    }
  }
}
