import Glibc
import TestSupport
import Testing

/// Runs that a signal ends at moments spread over their whole length.
@Suite struct `A run that a signal ends` {
  /// How runs ended.
  struct Ends {
    var withOld = 0
    var withNew = 0
    var codes: [Int32: Int] = [:]
  }

  /// Starts conversions, sends `signal` at seeded random moments, and checks what each leaves.
  ///
  /// The length of a run is measured anew before every tenth one, since the machine's load changes
  /// it, with a whole run, which also has to remove what the others left.
  private func endRuns(
    _ count: Int, with signal: Int32, leavesNothing: Bool, seed: UInt64
  ) throws -> Ends {
    let overwriting = try Overwriting()
    var generator = SeededGenerator(seed: seed)
    var duration = Duration.zero
    var ends = Ends()
    for number in 0..<count {
      if number.isMultiple(of: 10) {
        var result: Tool.Result?
        duration = try ContinuousClock().measure { result = try overwriting.run() }
        #expect(result?.code == 0)
        try overwriting.expectNew("seed \(seed), before run \(number)")
      }
      try overwriting.restore()
      // A caller may have told its children to ignore the signal.
      let tool = try RunningTool(
        "/usr/bin/env",
        ["--default-signal", "\(Tool.folder)/gpunet-convert"] + overwriting.arguments)
      let microseconds = Double(duration / .microseconds(1))
      usleep(useconds_t(microseconds * Double.random(in: 0..<1.2, using: &generator)))
      tool.signal(signal)
      let result = try tool.result()
      ends.codes[result.code, default: 0] += 1
      let content = try overwriting.content()
      let isNew = content == Overwriting.new
      #expect(
        isNew || content == Overwriting.old,
        "seed \(seed), run \(number): neither the old nor the new file")
      #expect(isNew || result.code != 0)
      #expect(result.errorOutput.isEmpty, "seed \(seed), run \(number)")
      let leftovers = overwriting.folder.names.filter { $0 != "in.pth" && $0 != "out.gpw" }
      #expect(
        leftovers.count <= (leavesNothing ? 0 : 1), "seed \(seed), run \(number): \(leftovers)")
      if isNew { ends.withNew += 1 } else { ends.withOld += 1 }
    }
    #expect(try overwriting.run().code == 0)
    try overwriting.expectNew()
    return ends
  }

  @Test func `leaves the old or the whole new file when it is killed`() throws {
    let ends = try endRuns(200, with: SIGKILL, leavesNothing: false, seed: 1)
    #expect(ends.withOld > 0)
    #expect(ends.withNew > 0)
    #expect(Set(ends.codes.keys) == [0, -SIGKILL])
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func `leaves nothing behind when it is asked to end`(signal: Int32, code: Int32) throws {
    let ends = try endRuns(20, with: signal, leavesNothing: true, seed: UInt64(signal))
    #expect(ends.withOld > 0)
    // Before the tool is ready for it, the signal itself ends the process; shells show the same.
    #expect(ends.codes[code, default: 0] > 0)
    #expect(Set(ends.codes.keys).isSubset(of: [0, code, -signal]))
  }
}
