import BinaryInput
import Glibc
import ONNXModel
import TensorData
import TestSupport
import Testing

/// Conversions into an ONNX file and the file with its weights, where there are two such files
/// already.
@Suite(.enabled(if: SystemCall.strace != nil, "strace is not installed or may not trace here"))
struct `A file and its weights` {
  private let folder = TemporaryFolder()
  private let logs = TemporaryFolder()

  /// What the files hold, seen through the model's.
  private enum Content: Equatable {
    case old, new
  }

  private var output: String { folder.file("out.onnx") }

  private func arguments(_ options: String...) -> [String] {
    [
      Fixture.path("onnx/tiny-tracing-opset10.onnx"), output, "--external-data", "--force",
      "--quiet", "--no-verify",
    ] + options
  }

  /// Puts the old files in place, whose weights are of 16 bits, and takes away what else is there.
  private func restore() throws {
    for name in folder.names { unsafe unlink(folder.file(name)) }
    #expect(try Tool.run("gpunet-convert", arguments("--dtype", "f16")).code == 0)
    #expect(folder.names == ["out.onnx", "out.onnx.data"])
  }

  /// Reads the model's file and all of the weights that it names.
  private func content() throws -> Content {
    let lifted = try LiftedNetwork(ONNXFile(opening: output))
    let tensors = lifted.parameters.map(\.tensor)
    let right = try LiftedNetwork(ONNXFile(opening: arguments()[0])).parameters.map(\.tensor)
    // The old ones are the new ones rounded.
    let isOld = tensors.contains { $0.elementType == .f16 }
    for (found, wanted) in zip(tensors, right) {
      let expected = try wanted.doubles().map { isOld ? Double(Float16($0)) : $0 }
      #expect(try found.doubles() == expected)
    }
    return isOld ? .old : .new
  }

  /// The calls of a whole run that change what names lead to, and those before and after them.
  private func calls() throws -> [SystemCall] {
    try restore()
    let tool = try SystemCall.trace(arguments(), [], log: logs.file("log"))
    #expect(try tool.result().code == 0)
    #expect(try content() == .new)
    #expect(folder.names == ["out.onnx", "out.onnx.data"])
    let changing = ["rename", "renameat", "renameat2", "unlink", "unlinkat", "fsync"]
    return try SystemCall.calls(in: logs.file("log")).filter { changing.contains($0.name) }
  }

  @Test func `are the old ones or the new ones, whichever call a run is killed at`() throws {
    let calls = try calls()
    // The copy, the file that names it, both files, and the copy's removal.
    #expect(calls.count { $0.name.hasPrefix("rename") } == 4)
    #expect(calls.count { $0.name.hasPrefix("unlink") } == 1)
    var seen: [Content] = []
    for call in calls {
      try restore()
      let tool = try SystemCall.trace(
        arguments(), ["\(call.name):signal=SIGKILL:when=\(call.number)"], log: logs.file("log"))
      _ = try tool.result()
      let content = try content()
      // Once new, always new.
      if seen.last == .new { #expect(content == .new, "\(call)") }
      seen.append(content)
      // The next run has no trouble with what is left.
      #expect(try Tool.run("gpunet-convert", arguments()).code == 0, "\(call)")
      #expect(try self.content() == .new, "\(call)")
    }
    #expect(Set(seen) == [.old, .new])
  }

  @Test func `are the old ones or the new ones, whichever call fails`() throws {
    for call in try calls() {
      try restore()
      let tool = try SystemCall.trace(
        arguments(), ["\(call.name):error=EIO:when=\(call.number)"], log: logs.file("log"))
      let result = try tool.result()
      let content = try content()
      guard !call.name.hasPrefix("unlink") else {
        // The copy stays.
        #expect(result.code == 0)
        #expect(content == .new)
        continue
      }
      #expect(result.code == 74, "\(call)")
      #expect(result.errorOutput.split(separator: "\n").count == 1, "\(result.errorOutput)")
      if content == .old {
        #expect(folder.names == ["out.onnx", "out.onnx.data"], "\(call)")
      } else {
        #expect(result.errorOutput.contains("in place"), "\(result.errorOutput)")
      }
    }
  }

  @Test func `appear together where there are none`() throws {
    for name in folder.names { unsafe unlink(folder.file(name)) }
    #expect(try Tool.run("gpunet-convert", arguments()).code == 0)
    #expect(try content() == .new)
    #expect(folder.names == ["out.onnx", "out.onnx.data"])
    // Without --force neither is replaced.
    unsafe unlink(output)
    let options = arguments().filter { $0 != "--force" }
    let result = try Tool.run("gpunet-convert", options)
    #expect(result.code == 73)
    #expect(result.errorOutput.contains("out.onnx.data"))
    #expect(folder.names == ["out.onnx.data"])
  }
}
