import BinaryInput
import Glibc
import TestSupport
import Testing

@Suite(.enabled(if: SystemCall.strace != nil, "strace is not installed or may not trace here"))
struct `A system call that fails` {
  private let overwriting: Overwriting
  private let logs = TemporaryFolder()

  init() throws {
    overwriting = try Overwriting()
  }

  /// Runs the conversion with injections, and returns the calls that concern its folder.
  private func convert(
    _ injections: String...
  ) throws -> (result: Tool.Result, calls: [SystemCall]) {
    let tool = try SystemCall.trace(overwriting.arguments, injections, log: logs.file("log"))
    let result = try tool.result()
    let calls = try SystemCall.calls(in: logs.file("log"))
    return (result, calls.filter { $0.line.contains(overwriting.folder.path) })
  }

  /// The calls of a run without faults.
  private func calls() throws -> [SystemCall] {
    let (result, calls) = try convert()
    #expect(result.code == 0)
    try overwriting.expectNew()
    try overwriting.restore()
    return calls
  }

  /// Runs the conversion so that one call fails, and no other.
  ///
  /// The numbers that strace counts by are not the same in every run: memory for threads, say, may
  /// be mapped before or after a file. A run in which another call was hit shows nothing, and is
  /// made again with the numbers as they are then.
  private func convert(
    failing call: SystemCall, among calls: [SystemCall], with error: String
  ) throws -> Tool.Result {
    let place = calls.count { $0.name == call.name && $0.number < call.number }
    var number = call.number
    for _ in 0..<20 {
      try overwriting.restore()
      let (result, found) = try convert("\(call.name):error=\(error):when=\(number)")
      let ofName = found.filter { $0.name == call.name }
      if ofName.count > place, ofName[place].line.contains("(INJECTED)") { return result }
      try overwriting.restore()
      number = try #require(try self.calls().filter { $0.name == call.name }.dropFirst(place).first)
        .number
    }
    throw Missed(description: "\(call) was never the one that was hit")
  }

  private struct Missed: Error, CustomStringConvertible {
    let description: String
  }

  /// What a call is for, which decides what its failure means.
  private enum Purpose: Hashable {
    case creating, writing, readingBack, openingInput, readingInput, naming, flushingName
    case closingOutput, lookingForLeftovers, closing

    init?(_ call: SystemCall, isLastClose: Bool) {
      let isTemporary = call.line.contains(".tmp")
      switch call.name {
      case "openat" where isTemporary && call.line.contains("O_CREAT"): self = .creating
      case "openat" where isTemporary: self = .readingBack
      case "openat" where call.line.contains("in.pth"): self = .openingInput
      case "openat" where call.line.contains("O_NONBLOCK"): self = .lookingForLeftovers
      case "openat": self = .naming
      case "fchmod": self = .creating
      case "fallocate", "write", "pwrite64", "ftruncate": self = .writing
      case "fsync": self = isTemporary ? .writing : .flushingName
      case "mmap": self = isTemporary ? .readingBack : .readingInput
      case "rename", "renameat", "renameat2": self = .naming
      case "close": self = isTemporary && isLastClose ? .closingOutput : .closing
      default: return nil
      }
    }

    /// What the tool exits with; nil where the failure is of no consequence.
    var code: Int32? {
      switch self {
      case .creating: 73
      case .openingInput: 66
      case .lookingForLeftovers, .closing: nil
      default: 74
      }
    }
  }

  private func purposes(of calls: [SystemCall]) -> [(call: SystemCall, purpose: Purpose)] {
    let lastClose = calls.last { $0.name == "close" && $0.line.contains(".tmp") }?.number
    return calls.compactMap { call in
      Purpose(call, isLastClose: call.number == lastClose).map { (call, $0) }
    }
  }

  @Test func `is reported, whichever it is, and leaves the old file`() throws {
    let traced = try calls()
    let all = purposes(of: traced)
    #expect(
      Set(all.map(\.purpose)) == [
        .creating, .writing, .readingBack, .openingInput, .readingInput, .naming, .flushingName,
        .closingOutput, .lookingForLeftovers, .closing,
      ])
    #expect(
      Set(all.filter { $0.purpose == .writing }.map(\.call.name)) == [
        "fallocate", "write", "pwrite64", "ftruncate", "fsync",
      ])
    for (call, purpose) in all {
      let result = try convert(failing: call, among: traced, with: "EIO")
      guard let code = purpose.code else {
        #expect(result.code == 0, "\(call)")
        #expect(result.errorOutput.isEmpty, "\(call)")
        try overwriting.expectNew("\(call)")
        continue
      }
      let path =
        [.openingInput, .readingInput].contains(purpose) ? overwriting.input : overwriting.output
      overwriting.expectFailure(
        result, code: code, path, "Input/output error", comment: "\(call)")
      if purpose == .flushingName {
        #expect(result.errorOutput.contains("the new file is in place"))
        try overwriting.expectNew("\(call)")
      } else {
        try overwriting.expectOld("\(call)")
      }
    }
  }

  @Test func `is made again where a signal interrupted it`() throws {
    let interruptible = [
      "openat", "fallocate", "write", "pwrite64", "ftruncate", "fsync", "close",
    ]
    let traced = try calls()
    for call in traced where interruptible.contains(call.name) {
      let result = try convert(failing: call, among: traced, with: "EINTR")
      #expect(result.code == 0, "\(call)")
      #expect(result.errorOutput.isEmpty, "\(call)")
      try overwriting.expectNew("\(call)")
      try overwriting.restore()
    }
  }

  @Test func `leaves a file that the next run removes where it cannot be removed`() throws {
    let rename = try #require(try calls().first { $0.name.hasPrefix("rename") })
    let (result, calls) = try convert(
      "\(rename.name):error=EIO", "?unlink,?unlinkat:error=EIO")
    overwriting.expectFailure(result, code: 74, overwriting.output, "cannot be given its name")
    #expect(calls.contains { $0.name.hasPrefix("unlink") && $0.line.contains("(INJECTED)") })
    #expect(try overwriting.content() == Overwriting.old)
    #expect(overwriting.folder.names.count == 3)
    #expect(try overwriting.run().code == 0)
    try overwriting.expectNew()
  }

  @Test func `is of no consequence where the file system cannot do it`() throws {
    let calls = try calls()
    let lastFlush = try #require(calls.last { $0.name == "fsync" })
    let (result, _) = try convert(
      "fsync:error=EINVAL:when=\(lastFlush.number)", "fallocate:error=EINVAL")
    #expect(result.code == 0)
    try overwriting.expectNew()
  }

  @Test func `for want of room says how much is needed and free`() throws {
    for name in ["fallocate", "write", "fsync"] {
      let call = try #require(try calls().first { $0.name == name })
      let (result, _) = try convert("\(name):error=ENOSPC:when=\(call.number)")
      overwriting.expectFailure(
        result, code: 74, overwriting.output,
        "No space left on device (needed \(Overwriting.new.count) bytes, ", " free); free space")
      try overwriting.expectOld("\(call)")
    }
  }
}

extension Overwriting {
  /// Whether the temporary file has bytes.
  fileprivate func hasRoomForOutput() throws -> Bool {
    guard let name = folder.names.first(where: { $0.hasSuffix(".tmp") }) else { return false }
    var status = stat()
    return unsafe stat(folder.file(name), &status) == 0 && status.st_size > 0
  }
}

@Suite(.enabled(if: SystemCall.strace != nil, "strace is not installed or may not trace here"))
struct `An input that changes while it is read` {
  enum Change: CaseIterable, Sendable {
    case grows, isReplaced, isWrittenAnew, becomesShorter
  }

  @Test(arguments: Change.allCases) func `is noticed`(change: Change) throws {
    let overwriting = try Overwriting()
    let logs = TemporaryFolder()
    let content = try Fixture.bytes("checkpoints/bare.pth").array
    // When there is room for the output, the input is open, and its tensors are still to be read.
    let tool = try SystemCall.trace(
      overwriting.arguments, ["fallocate:delay_exit=1000000"], log: logs.file("log"))
    while tool.isRunning, !(try overwriting.hasRoomForOutput()) { usleep(1_000) }
    let file = unsafe open(overwriting.input, O_WRONLY | (change == .grows ? O_APPEND : 0))
    switch change {
    case .grows: _ = unsafe write(file, content, 1)
    case .isReplaced:
      _ = try overwriting.folder.write(content, to: "other")
      #expect(unsafe rename(overwriting.folder.file("other"), overwriting.input) == 0)
    case .isWrittenAnew: _ = unsafe write(file, content, content.count)
    case .becomesShorter: #expect(ftruncate(file, 0) == 0)
    }
    close(file)
    let result = try tool.result()
    if change == .becomesShorter {
      overwriting.expectFailure(result, code: 74, "became shorter while it was read")
    } else {
      overwriting.expectFailure(result, code: 74, overwriting.input, "[io.changed]")
    }
    try overwriting.expectOld()
  }
}
