import CommandLineTool
import Glibc
import Testing

/// What only shows in a process of its own: signals, standard output that fails, exit codes.
@Suite struct ProcessTests {
  // The signals go to the watching thread itself: the test process has older threads, which do
  // not leave them to it as the threads of a tool do.

  @Test func `Ctrl-C runs the cleanup to its end and exits with 130`() async {
    let result = await #expect(
      processExitsWith: .exitCode(ExitCode.interrupted.rawValue),
      observing: [\.standardOutputContent]
    ) {
      let thread = Interruption.startWatching {
        usleep(100_000)
        try? StandardStreams.writeOutput("cleaned up")
      }
      pthread_kill(try #require(thread), SIGINT)
      while true { usleep(1_000) }
    }
    #expect(result?.text.contains("cleaned up") == true)
  }

  @Test func `A request to terminate exits with 143`() async {
    await #expect(processExitsWith: .exitCode(ExitCode.terminated.rawValue)) {
      pthread_kill(try #require(Interruption.startWatching {}), SIGTERM)
      sleep(60)
    }
  }

  @Test func `The thread that arranges it leaves the signals alone`() async {
    await #expect(processExitsWith: .success) {
      Interruption.handle {}
      raise(SIGINT)
      raise(SIGTERM)
      raise(SIGPIPE)
      raise(SIGXFSZ)
      _exit(0)
    }
  }

  @Test func `A full device shows as 74 with its reason`() async {
    let result = await #expect(
      processExitsWith: .exitCode(ExitCode.inputOutput.rawValue),
      observing: [\.standardErrorContent]
    ) {
      let full = unsafe open("/dev/full", O_WRONLY)
      dup2(full, STDOUT_FILENO)
      sampleTool.run(["input"], body: printLine)
    }
    #expect(
      result?.errors.contains(
        "error: standard output cannot be written: No space left on device\n") == true)
  }

  @Test func `A reader that went away shows as 74 without a word`() async {
    let result = await #expect(
      processExitsWith: .exitCode(ExitCode.inputOutput.rawValue),
      observing: [\.standardErrorContent]
    ) {
      Interruption.handle {}
      var ends: [CInt] = [0, 0]
      unsafe pipe(&ends)
      close(ends[0])
      dup2(ends[1], STDOUT_FILENO)
      sampleTool.run(["input"], body: printLine)
    }
    #expect(result?.errors.contains("error") == false)
  }

  @Test func `No file takes the place of a stream that the caller closed`() async {
    await #expect(processExitsWith: .exitCode(ExitCode.inputOutput.rawValue)) {
      for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] { close(descriptor) }
      sampleTool.run(["input"]) { (arguments) throws(EarlyExit) in
        guard unsafe open("/dev/zero", O_RDWR) > STDERR_FILENO else { return .negative }
        return try printLine(arguments)
      }
    }
  }

  @Test func `Mapped memory whose file became shorter ends with 74, after the cleanup`() async {
    let result = await #expect(
      processExitsWith: .exitCode(ExitCode.inputOutput.rawValue),
      observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      Interruption.handle { try? StandardStreams.writeOutput("cleaned up") }
      var template = Array("/tmp/gpunet-tests-XXXXXX".utf8CString)
      let file = unsafe mkstemp(&template)
      unsafe unlink(template)
      try #require(ftruncate(file, 1) == 0)
      let memory = unsafe mmap(nil, 1, PROT_READ, MAP_SHARED, file, 0)
      try #require(ftruncate(file, 0) == 0)
      exit(CInt(unsafe memory!.load(as: UInt8.self)))
    }
    #expect(result?.text.contains("cleaned up") == true)
    #expect(result?.errors.contains("error: a file became shorter while it was read") == true)
  }

  @Test func `A text longer than a pipe arrives whole`() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      try? StandardStreams.writeOutput(String(repeating: "0123456789abcde\n", count: 50_000))
      exit(0)
    }
    #expect(result?.text.split(separator: "\n").count(where: { $0 == "0123456789abcde" }) == 50_000)
  }
}

private func printLine(_ arguments: ParsedArguments) throws(EarlyExit) -> ExitCode {
  try StandardStreams.writeOutput("a line\n")
  return .success
}

extension ExitTest.Result {
  fileprivate var text: String { String(decoding: standardOutputContent, as: UTF8.self) }
  fileprivate var errors: String { String(decoding: standardErrorContent, as: UTF8.self) }
}
