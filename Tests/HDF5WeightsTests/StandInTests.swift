import BinaryInput
import Glibc
import HDF5Exchange
import HDF5Weights
import TensorData
import TestSupport
import Testing

/// A shell script in the worker's place.
struct StandIn: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let script: String
  let code: String
  /// A part of the message.
  let message: String
  var seconds = 20.0

  /// Its name is unique, so that a process of it is found.
  func install(in folder: TemporaryFolder, named name: String) throws -> String {
    let text = try folder.write(Array("#!/bin/sh\n\(script)\n".utf8), to: ".text")
    // Another program copies it: what this one has open for writing, its other children may have for a
    // moment, too, and then nobody can execute it.
    let path = folder.file(name)
    try #require(
      unsafe system("cp '\(text)' '\(path)' && rm '\(text)' && chmod 755 '\(path)'") == 0)
    return path
  }

  /// A name that no stand-in of another process that runs tests has; the system keeps 15 bytes of it.
  static func name(_ mark: String) -> String { "h5\(mark)-\(getpid())" }

  /// Whether a process of that name is there, even one that only waits to be waited for.
  static func isRunning(_ name: String) throws -> Bool {
    try FileStatus.entries(of: "/proc").contains { entry in
      guard entry.allSatisfy(\.isNumber), let file = unsafe fopen("/proc/\(entry)/comm", "r") else {
        return false
      }
      defer { unsafe fclose(file) }
      var line = [CChar](repeating: 0, count: 64)
      guard unsafe fgets(&line, 64, file) != nil else { return false }
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8($0) }, as: UTF8.self)
      return text == "\(name)\n"
    }
  }

  /// The shell's `printf` of bytes.
  static func printf(_ bytes: [UInt8]) -> String {
    let digits = bytes.map { byte in
      let octal = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
    }
    return "printf '\(digits.joined())'"
  }

  static func printf(_ kind: FrameHeader.Kind, byteCount: Int) -> String {
    printf(FrameHeader(kind, byteCount: byteCount).encoded)
  }

  static func printf(_ kind: FrameHeader.Kind, _ content: [UInt8]) -> String {
    printf(FrameHeader(kind, byteCount: content.count).encoded + content)
  }
}

@Suite struct `A worker that does not do its work` {
  private let folder = TemporaryFolder()

  private static let opening = [
    StandIn(
      testDescription: "crashes", script: "kill -SEGV $$", code: "h5.malformed",
      message: "ended with signal 11"),
    StandIn(
      testDescription: "aborts", script: "kill -ABRT $$", code: "h5.malformed",
      message: "ended with signal 6"),
    StandIn(
      testDescription: "ends", script: "exit 0", code: "h5.malformed", message: "with status 0"),
    StandIn(
      testDescription: "fails", script: "exit 7", code: "h5.malformed", message: "with status 7"),
    StandIn(
      testDescription: "computes for ever", script: "while :; do :; done", code: "h5.malformed",
      message: "took longer than 0.2 s", seconds: 0.2),
    StandIn(
      testDescription: "sleeps", script: "exec /bin/sleep 60", code: "h5.malformed",
      message: "took longer than 0.2 s", seconds: 0.2),
    StandIn(
      testDescription: "closes its side and goes on", script: "exec >&-; exec /bin/sleep 60",
      code: "h5.malformed", message: "ended its answers and went on"),
    StandIn(
      testDescription: "eats memory", script: "x=0123456789abcdef; while :; do x=$x$x; done",
      code: "h5.malformed", message: "the worker ended"),
    StandIn(
      testDescription: "talks nonsense", script: "echo What do you mean, open?", code: "h5.worker",
      message: "no known kind"),
    StandIn(
      testDescription: "talks nonsense for ever", script: "exec /bin/cat /dev/zero",
      code: "h5.worker", message: "no known kind"),
    StandIn(
      testDescription: "announces too much",
      script: StandIn.printf(
        [0x31, 0x4C, 0x35, 0x48, 0xFF, 0xFF, 0xFF, 0xFF]), code: "h5.worker",
      message: "too long a message"),
    StandIn(
      testDescription: "sends half a header", script: StandIn.printf([0x31, 0x4C, 0x35]),
      code: "h5.malformed", message: "half an answer"),
    StandIn(
      testDescription: "sends half a listing", script: StandIn.printf(.listing, byteCount: 100),
      code: "h5.malformed", message: "half an answer"),
    StandIn(
      testDescription: "sends half a listing and sleeps",
      script: StandIn.printf(.listing, byteCount: 100) + "; exec /bin/sleep 60",
      code: "h5.malformed", message: "took longer", seconds: 0.2),
    StandIn(
      testDescription: "sends a listing that is none",
      script: StandIn.printf(.listing, [UInt8](repeating: 0xFF, count: 64)), code: "h5.worker",
      message: "more than it sent"),
    StandIn(
      testDescription: "sends a listing for ever",
      script: StandIn.printf(.listing, byteCount: 1 << 20) + "; exec /bin/cat /dev/zero",
      code: "h5.worker", message: "more than belongs"),
    StandIn(
      testDescription: "sends elements instead", script: StandIn.printf(.elements, [1, 2]),
      code: "h5.worker", message: "something else"),
    StandIn(
      testDescription: "is done", script: StandIn.printf(.done, []), code: "h5.worker",
      message: "something else"),
    StandIn(
      testDescription: "fails for no known reason", script: StandIn.printf(.failure, [99]),
      code: "h5.worker", message: "not known"),
    StandIn(
      testDescription: "says that it fails",
      script: StandIn.printf(
        .failure, WorkerFailure(.checksum, "a checksum", found: "\u{1B}[2J").encoded),
      code: "h5.checksum", message: "a checksum, found \\u{1b}[2J"),
    StandIn(
      testDescription: "needs memory",
      script: StandIn.printf(.failure, WorkerFailure(.memory, "too large").encoded),
      code: "h5.malformed", message: "more memory than 512 MiB"),
  ]

  @Test(arguments: opening.indices)
  func `is an error and leaves no process`(number: Int) throws {
    let standIn = Self.opening[number]
    let name = StandIn.name("o\(number)")
    let path = try standIn.install(in: folder, named: name)
    let error = #expect(throws: ReadError.self) {
      try HDF5File(
        MappedFile(path: Fixture.path("hdf5/plain.h5")),
        options: .init(workerPath: path, limits: .init(seconds: standIn.seconds)))
    }
    #expect(error?.code == ErrorCode(standIn.code), "\(standIn.testDescription)")
    let text = error.map(String.init(describing:)) ?? ""
    #expect(text.contains(standIn.message), "\(standIn.testDescription): \(text)")
    #expect(!text.contains("\n"))
    #expect(try !StandIn.isRunning(name))
  }

  /// A worker that lists a tensor of four numbers, waits for what it is asked, and says something.
  private static func listing(_ script: String) -> String {
    let listing = FileListing(datasets: [
      .init(path: ["a"], content: .tensor(.f32, shape: [4])),
      .init(path: ["b"], content: .tensor(.bool, shape: [4])),
    ])
    // The request to list has nine bytes.
    return StandIn.printf(.listing, listing.encoded)
      + "; /usr/bin/head -c 26 > /dev/null; \(script)"
  }

  private static let reading = [
    StandIn(
      testDescription: "crashes", script: listing("kill -SEGV $$"), code: "h5.malformed",
      message: "signal 11"),
    StandIn(
      testDescription: "sleeps", script: listing("exec /bin/sleep 60"), code: "h5.malformed",
      message: "took longer", seconds: 0.3),
    StandIn(
      testDescription: "sends too few elements",
      script: listing(
        StandIn.printf(.elements, [1, 2, 3, 4]) + ";" + StandIn.printf(.done, [])),
      code: "h5.worker", message: "something else"),
    StandIn(
      testDescription: "sends too many elements",
      script: listing(StandIn.printf(.elements, [UInt8](repeating: 1, count: 20))),
      code: "h5.worker", message: "something else"),
    StandIn(
      testDescription: "sends no elements for ever",
      script: listing("while :; do \(StandIn.printf(.elements, [])); done"),
      code: "h5.worker", message: "something else"),
    StandIn(
      testDescription: "does not end",
      script: listing(
        "\(StandIn.printf(.elements, [UInt8](repeating: 1, count: 16)));"
          + StandIn.printf(.elements, [1])), code: "h5.worker", message: "something else"),
    StandIn(
      testDescription: "sends half",
      script: listing(StandIn.printf(.elements, byteCount: 16) + "; printf 1234"),
      code: "h5.malformed", message: "half an answer"),
    StandIn(
      testDescription: "lists again", script: listing(StandIn.printf(.listing, byteCount: 4)),
      code: "h5.worker", message: "something else"),
  ]

  @Test(arguments: reading.indices)
  func `is an error where it is asked for a tensor, now and later`(number: Int) throws {
    let standIn = Self.reading[number]
    let name = StandIn.name("r\(number)")
    let path = try standIn.install(in: folder, named: name)
    let file = try HDF5File(
      MappedFile(path: Fixture.path("hdf5/plain.h5")),
      options: .init(workerPath: path, limits: .init(seconds: standIn.seconds)))
    for tensor in ["a", "b"] {
      let error = #expect(throws: ReadError.self) { try file.tensors([tensor], ofGroup: 0) }
      let text = error.map(String.init(describing:)) ?? ""
      #expect(error?.code == ErrorCode(standIn.code), "\(standIn.testDescription): \(text)")
      #expect(text.contains(standIn.message), "\(standIn.testDescription): \(text)")
      #expect(error?.path == [tensor])
    }
    #expect(try !StandIn.isRunning(name))
  }

  @Test func `cannot make truth values of other numbers`() throws {
    let standIn = StandIn(
      testDescription: "",
      script: Self.listing(
        StandIn.printf(.elements, [0, 1, 2, 0]) + ";" + StandIn.printf(.done, [])),
      code: "", message: "")
    let file = try HDF5File(
      MappedFile(path: Fixture.path("hdf5/plain.h5")),
      options: .init(workerPath: standIn.install(in: folder, named: "h5-bool")))
    let error = #expect(throws: ReadError.self) { try file.tensors(["b"], ofGroup: 0) }
    #expect(error?.code == ErrorCode("h5.malformed"))
  }

  @Test func `cannot make much of little`() throws {
    let listing = FileListing(datasets: [
      .init(path: ["a"], content: .tensor(.f32, shape: [1 << 30, 1 << 20]))
    ])
    let standIn = StandIn(
      testDescription: "",
      script: StandIn.printf(.listing, listing.encoded) + "; exec /bin/sleep 60",
      code: "", message: "")
    let file = try HDF5File(
      MappedFile(path: Fixture.path("hdf5/plain.h5")),
      options: .init(workerPath: standIn.install(in: folder, named: "h5-much")))
    let error = #expect(throws: ReadError.self) { try file.tensors(["a"], ofGroup: 0) }
    #expect(error?.code == ErrorCode("h5.size"))
  }

  @Test func `leaves no descriptor open`() throws {
    let standIn = StandIn(
      testDescription: "", script: StandIn.printf(.done, []), code: "", message: "")
    let path = try standIn.install(in: folder, named: "h5-open-files")
    func count() throws -> Int { try FileStatus.entries(of: "/proc/self/fd").count }
    let before = try count()
    for _ in 0..<40 {
      #expect(throws: ReadError.self) {
        try HDF5File(
          MappedFile(path: Fixture.path("hdf5/plain.h5")), options: .init(workerPath: path))
      }
    }
    // Other tests have files open, but not as many.
    #expect(try count() < before + 40)
  }

  private static let writing = [
    StandIn(
      testDescription: "crashes", script: "kill -SEGV $$", code: "h5.worker", message: "signal 11"),
    StandIn(testDescription: "ends", script: "exit 0", code: "h5.worker", message: "status 0"),
    StandIn(
      testDescription: "takes nothing", script: "exec /bin/sleep 60", code: "h5.worker",
      message: "took longer", seconds: 0.3),
    StandIn(
      testDescription: "has no room",
      script: StandIn.printf(.failure, WorkerFailure(.writing, "no room").encoded),
      code: "io.write", message: "no room"),
    StandIn(
      testDescription: "takes everything and says something else",
      script: StandIn.printf(.elements, [1]) + "; exec /bin/cat > /dev/null", code: "h5.worker",
      message: "something else"),
    StandIn(
      testDescription: "takes everything and says nothing",
      script: "/bin/cat > /dev/null; :", code: "h5.worker", message: "took longer", seconds: 0.5),
  ]

  @Test(arguments: writing.indices)
  func `is an error where it is to write, and no file`(number: Int) throws {
    let standIn = Self.writing[number]
    let name = StandIn.name("w\(number)")
    let path = try standIn.install(in: folder, named: name)
    let content = TensorFileContent(tensors: [
      DeferredTensor(
        try Tensor(
          elementType: .u8, shape: [4_000_000],
          storage: Bytes(copying: [UInt8](repeating: 0, count: 4_000_000))), named: "a")
    ])
    let error = #expect(throws: ReadError.self) {
      var output = try AtomicOutputFile(path: folder.file("out.h5"), replacing: true)
      try HDF5Writer(
        content, options: .init(workerPath: path, limits: .init(seconds: standIn.seconds))
      ).write(to: &output)
      try output.commit()
    }
    let text = error.map(String.init(describing:)) ?? ""
    #expect(error?.code == ErrorCode(standIn.code), "\(standIn.testDescription): \(text)")
    #expect(text.contains(standIn.message), "\(standIn.testDescription): \(text)")
    #expect(try !StandIn.isRunning(name))
    #expect(folder.names == [name])
  }
}

@Suite struct `Without a worker` {
  private let folder = TemporaryFolder()

  @Test func `there is one line that says where it was looked for`() throws {
    let missing = folder.file("none")
    let error = #expect(throws: ReadError.self) {
      try HDF5File(
        MappedFile(path: Fixture.path("hdf5/plain.h5")), options: .init(workerPath: missing))
    }
    #expect(error?.code == ErrorCode("h5.noWorker"))
    #expect(error?.code.kind == .inputOutput)
    #expect(error?.expected == missing)
    let other = #expect(throws: ReadError.self) {
      try HDF5Writer(TensorFileContent(tensors: []), options: .init(workerPath: missing))
    }
    #expect(other == error)
  }

  @Test func `one that may not be executed is named`() throws {
    let path = try folder.write(Array("#!/bin/sh\n".utf8), to: "worker")
    try #require(unsafe chmod(path, 0o644) == 0)
    let error = #expect(throws: ReadError.self) {
      try HDF5File(
        MappedFile(path: Fixture.path("hdf5/plain.h5")), options: .init(workerPath: path))
    }
    #expect(error?.code == ErrorCode("h5.noWorker"))
    #expect(error?.found == path)
    #expect(error?.advice?.contains("chmod +x") == true)
  }

  @Test func `a folder or a text is none`() throws {
    let text = try folder.write(Array("no program".utf8), to: "text")
    try #require(unsafe chmod(text, 0o755) == 0)
    for path in [folder.path, text] {
      let error = #expect(throws: ReadError.self) {
        try HDF5File(
          MappedFile(path: Fixture.path("hdf5/plain.h5")), options: .init(workerPath: path))
      }
      #expect(error?.code == ErrorCode("h5.noWorker"))
    }
  }
}
