import NetworkFamilies
import NetworkProgram
import TestSupport
import Testing
import ZipArchive

/// Runs a tool on a file; gpunet-convert writes into the folder, gpunet-verify compares with what
/// PyTorch answers.
private func run(
  _ tool: String, _ path: String, in folder: TemporaryFolder, _ options: [String]
) throws -> Tool.Result {
  let more =
    switch tool {
    case "gpunet-convert": [folder.file("out.gpw"), "--force"]
    case "gpunet-verify": ["--golden", Fixture.path("goldens/plain.npz")]
    default: [String]()
    }
  return try Tool.run(
    tool, [path] + more + ["--arch", Fixture.path("networks/plain.json")] + options)
}

private let tools = ["gpunet-convert", "gpunet-inspect", "gpunet-verify"]

@Suite struct `Options for checkpoints` {
  @Test(arguments: tools) func `keep unknown objects without running them`(tool: String) throws {
    let folder = TemporaryFolder()
    let mark = folder.file("executed")
    let parameters = try Architecture.sample().sampleParameters()
    let path = try folder.write(
      checkpoint(parameters, beside: Op.call("posix", "system", [Op.text("touch \(mark)")])),
      to: "in.pth")
    let refused = try run(tool, path, in: folder, [])
    #expect(refused.code == 65)
    #expect(refused.errorOutput.contains("'posix.system', which is not on the list"))
    #expect(refused.errorOutput.contains("--allow-opaque"))
    let accepted = try run(tool, path, in: folder, ["--allow-opaque"])
    // The made-up weights do not give the recorded answers, but they are read.
    #expect(accepted.code == (tool == "gpunet-verify" ? 1 : 0), "\(accepted.errorOutput)")
    #expect(accepted.errorOutput.isEmpty == (accepted.code == 0))
    #expect(!folder.names.contains("executed"))
  }

  @Test(arguments: tools) func `limit the bytes that are made of a file`(tool: String) throws {
    let folder = TemporaryFolder()
    let path = Fixture.path("checkpoints/bare.pth")
    // Each tensor has a record of its own, so that the records are what the tensors take.
    let byteCount = try ZipArchive(Fixture.bytes("checkpoints/bare.pth"), profile: .strict)
      .entries.filter { $0.name.contains("/data/") }.reduce(0) { $0 + $1.byteCount }
    let kibibytes = byteCount / 1_024
    for enough in ["\(byteCount)", "\(kibibytes + 1)K", "\(kibibytes + 1)k", "1M", "8G"] {
      #expect(try run(tool, path, in: folder, ["--max-bytes", enough]).code == 0, "\(enough)")
    }
    for tooFew in ["\(byteCount - 1)", "\(kibibytes)K", "1"] {
      let result = try run(tool, path, in: folder, ["--max-bytes", tooFew])
      #expect(result.code == 65)
      #expect(result.errorOutput.contains("[tensor.budget]"))
    }
  }

  @Test(arguments: tools) func `refuse what is no number of bytes`(tool: String) throws {
    let folder = TemporaryFolder()
    for value in ["0", "0G", "K", "1x", "1.5G", "1KB", "9999999999G", "99999999999999999999", "+1"]
    {
      let result = try run(tool, "missing.pth", in: folder, ["--max-bytes", value])
      #expect(result.code == 64)
      #expect(
        result.errorOutput.hasPrefix(
          "error: The value '\(value)' is invalid for '--max-bytes <count>': expected a number"))
    }
  }

  @Test(arguments: tools)
  func `are no help for programs, whose error says in Python what is`(tool: String) throws {
    let folder = TemporaryFolder()
    let result = try run(tool, Fixture.path("refused/torchscript.pt"), in: folder, [])
    #expect(result.code == 65)
    #expect(result.output.isEmpty)
    #expect(result.errorOutput.split(separator: "\n").count == 1)
    #expect(
      result.errorOutput.contains(
        #"in Python: module = torch.jit.load("model.pt", map_location="cpu"); "#
          + #"torch.save(module.state_dict(), "state_dict.pth")"#))
    #expect(result.errorOutput.contains("this is a TorchScript program"))
    #expect(folder.names.isEmpty)
  }

  @Test(arguments: tools) func `are not needed for whole modules`(tool: String) throws {
    let folder = TemporaryFolder()
    let result = try run(tool, Fixture.path("checkpoints/whole-module.pth"), in: folder, [])
    #expect(result.code == 0, "\(result.errorOutput)")
  }
}
