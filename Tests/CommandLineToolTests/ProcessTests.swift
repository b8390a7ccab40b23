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
