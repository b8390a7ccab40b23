import BinaryInput
import GPUNetRuntime
import GPWFormat
import NetworkProgram
import TensorData
import TestSupport
import Testing

@Suite struct `.gpw files of older versions` {
  private static func old(_ name: String) -> String { Fixture.path("gpw-older/\(name).gpw") }

  /// What `gpunet-inspect` prints of the network itself.
  private static func printed(_ path: String) throws -> [Substring] {
    let result = try Tool.run("gpunet-inspect", [path])
    #expect(result.code == 0, "\(result.errorOutput)")
    return result.output.split(separator: "\n").filter { $0.contains("_i") }
  }

  @Test(arguments: ["smallest", "version-1", "blocked", "mixed", "separate"])
  func `are brought over bit for bit`(name: String) throws {
    let folder = TemporaryFolder()
    let new = folder.file("new.gpw")
    let keeping = name == "separate" ? ["--keep-batch-norm"] : []
    let result = try Tool.run("gpunet-convert", [Self.old(name), new] + keeping)
    #expect(result.code == 0, "\(result.errorOutput)")
    let source = try GPWFile(MappedFile(path: Self.old(name)).bytes)
    let target = try GPWFile(MappedFile(path: new).bytes)
    #expect(target.statesProgram)
    #expect(
      target.metadata.values["architecture.layers"] == source.metadata.values["architecture.layers"]
    )
    #expect(
      target.metadata.values["architecture.stages"] == source.metadata.values["architecture.stages"]
    )
    let (old, found) = (try source.stateDict(), try target.stateDict())
    #expect(found.names == old.names)
    for (tensorName, tensor) in old {
      let other = try #require(found[tensorName])
      #expect(other.elementType == tensor.elementType && other.shape == tensor.shape)
      #expect(try other.contiguousBytes() == tensor.contiguousBytes(), "\(tensorName)")
    }
    #expect(try Self.printed(new) == Self.printed(Self.old(name)))
    #expect(try !Self.printed(new).isEmpty)
  }

  @Test(arguments: [["--keep-batch-norm"], [], ["--layout", "row-major"]])
  func `keep the answer that was recorded`(options: [String]) throws {
    let folder = TemporaryFolder()
    let new = folder.file("new.gpw")
    #expect(try Tool.run("gpunet-convert", [Self.old("separate"), new] + options).code == 0)
    let verified = try Tool.run("gpunet-verify", [new])
    #expect(verified.code == 0)
    #expect(verified.output.contains("matches"))
    // Fixtures/make_older_gpw_fixtures.py computes it.
    let expected = try #require(
      GPWFile(MappedFile(path: Self.old("separate")).bytes).metadata.values["fingerprint.logits"])
    guard case .numbers(let logits) = expected else {
      Issue.record("no logits")
      return
    }
    let session = try InferenceSession(
      InferenceModel(path: new), resolution: Resolution(height: 9, width: 8))
    let input = Fingerprint.input(channels: 1, resolution: session.resolution)
    var answer: [Float] = [.nan]
    session.predict(try input.doubles().map { Float($0) }, into: &answer)
    // Folded weights are rounded to the 16 bits that the file has.
    #expect(abs(Double(answer[0]) - logits[0]) <= 0x1p-10 * abs(logits[0]))
  }

  @Test func `are refused by the runtime, which says the command`() throws {
    for name in ["smallest", "separate"] {
      let error = #expect(throws: ReadError.self) { try InferenceModel(path: Self.old(name)) }
      #expect(error?.code == .gpwVersion)
      #expect(error?.advice == "bring it over: gpunet-convert OLD.gpw NEW.gpw")
      #expect(error?.path == [Self.old(name)])
    }
  }

  @Test func `show what is wrong in them`() throws {
    let result = try Tool.run("gpunet-inspect", [Self.old("layer-kind")])
    #expect(result.code == 65)
    #expect(result.errorOutput.contains("[gpw.network]"))
    // A program whose labels mean nothing can be run, and not shown as layers.
    let stranger = Fixture.path("gpw/stranger.gpw")
    for tool in ["gpunet-inspect", "gpunet-verify"] {
      let refused = try Tool.run(tool, [stranger])
      #expect(refused.code == 65)
      #expect(refused.errorOutput.hasSuffix("[architecture.labels]\n"))
    }
  }
}
