import BinaryInput
import StrictJSON
import TensorData
import TestSupport
import Testing

private let containers = [".safetensors", ".npz", ".pth", ".h5"]

@Suite struct `gpunet-convert --tensors-only` {
  @Test(arguments: containers)
  func `carries tensors over, whosever they are`(suffix: String) throws {
    let folder = TemporaryFolder()
    let state = StateDict(
      ("a", Tensor([Float(1), 2], shape: [2])), ("b.weight", Tensor([Int64(7)], shape: [])))
    let source = try folder.write(checkpoint(state), to: "in.pth")
    let target = folder.file("out\(suffix)")
    let result = try Tool.run("gpunet-convert", [source, target, "--tensors-only"])
    #expect(result.code == 0, "\(result.errorOutput)")
    #expect(
      result.output.hasPrefix("\(source): pytorch-zip\nwrote \(target): "), "\(result.output)")
    #expect(
      result.output.hasSuffix(
        " bytes, 2 tensors\nproven: each of them, read back, has the bits of its source\n"))
    // And back again, as machines are told.
    let back = try Tool.run(
      "gpunet-convert", [target, folder.file("back.pth"), "--tensors-only", "--json"])
    let report = try JSONValue(parsing: Bytes(copying: Array(back.output.utf8)))
    let schema = try JSONSchema("gpunet-convert-tensors.schema.json")
    #expect(schema.violations(of: report) == [])
    #expect(
      report["tensors"]?.array?.compactMap { $0["name"]?.string }.sorted() == ["a", "b.weight"])
    #expect(report["copiedTensors"]?.integer == 2)
  }

  @Test func `says how much is left out of what a file says beside its tensors`() throws {
    let folder = TemporaryFolder()
    let facts = (0..<1_002).map { "\"key\($0)\":\"\"" }.joined(separator: ",")
    let header =
      "{\"__metadata__\":{" + facts
      + "},\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}"
    let source = try folder.write(
      Op.little(header.utf8.count, 8) + Array(header.utf8) + [7], to: "in.safetensors")
    let result = try Tool.run(
      "gpunet-convert", [source, folder.file("out.h5"), "--tensors-only"])
    #expect(result.code == 0, "\(result.errorOutput)")
    #expect(result.output.contains("\n  2 attributes of the file left out\n"), "\(result.output)")
  }

  @Test func `rounds to a type, and proves no bits then`() throws {
    let folder = TemporaryFolder()
    let source = try folder.write(
      checkpoint(StateDict(("a", Tensor([Float(0.1)], shape: [1])))), to: "in.pth")
    let result = try Tool.run(
      "gpunet-convert",
      [source, folder.file("out.npz"), "--tensors-only", "--dtype", "f16", "--quiet"])
    #expect(result.code == 0)
    #expect(result.output.isEmpty)
    let listed = try Tool.run(
      "gpunet-convert", [folder.file("out.npz"), folder.file("b.pth"), "--tensors-only", "-v"])
    #expect(listed.output.contains("  a f16 1\n"), "\(listed.output)")
  }

  @Test(arguments: containers, [[], ["--dtype", "f64"]])
  func `makes no large file of a view of one element`(suffix: String, options: [String]) throws {
    let folder = TemporaryFolder()
    let view = tensor(shape: [1 << 30, 1 << 30], strides: [0, 0])
    let source = try folder.write(
      checkpoint(stateDict(["a", "b", "c"].map { ($0, view) })), to: "in.pth")
    let result = try Tool.run(
      "gpunet-convert", [source, folder.file("out\(suffix)"), "--tensors-only"] + options)
    #expect(result.code == 65)
    #expect(folder.names == ["in.pth"])
    #expect(result.errorOutput.hasSuffix("[tensor.budget]\n"), "\(result.errorOutput)")
  }

  @Test func `makes no finite number infinite`() throws {
    let folder = TemporaryFolder()
    let source = try folder.write(
      checkpoint(StateDict(("a", Tensor([Float(1e6), .nan], shape: [2])))), to: "in.pth")
    let arguments = [source, folder.file("out.npz"), "--tensors-only", "--dtype"]
    let refused = try Tool.run("gpunet-convert", arguments + ["f16"])
    #expect(refused.code == 1)
    #expect(refused.errorOutput.hasSuffix("[tensors.overflow]\n"), "\(refused.errorOutput)")
    #expect(folder.names == ["in.pth"])
    // What was none before is none afterwards.
    #expect(try Tool.run("gpunet-convert", arguments + ["bf16"]).code == 64)
    #expect(try Tool.run("gpunet-convert", arguments + ["f64"]).code == 0)
  }

  @Test(arguments: [
    (["--arch", "GPUNet-0"], "'--arch' cannot be used with '--tensors-only'"),
    (["--keep-batch-norm"], "'--keep-batch-norm' cannot be used with '--tensors-only'"),
    (["--into", "x"], "'--into' cannot be used with '--tensors-only'"),
  ])
  func `takes nothing that asks for a network`(options: [String], words: String) throws {
    let result = try Tool.run("gpunet-convert", ["a.pth", "b.npz", "--tensors-only"] + options)
    #expect(result.code == 64)
    #expect(result.errorOutput.contains(words), "\(result.errorOutput)")
  }

  @Test func `writes no file that is one of a network`() throws {
    let result = try Tool.run("gpunet-convert", ["a.pth", "b.gpw", "--tensors-only"])
    #expect(result.code == 64)
    #expect(result.errorOutput.contains("files of named tensors"), "\(result.errorOutput)")
  }

  @Test func `finds the tensors under a key, and says where none are`() throws {
    let folder = TemporaryFolder()
    let source = Fixture.path("checkpoints/training-ema.pth.tar")
    let target = folder.file("out.safetensors")
    let all = try Tool.run("gpunet-convert", [source, target, "--tensors-only"])
    let some = try Tool.run(
      "gpunet-convert", [source, target, "--tensors-only", "--force", "--key", "state_dict_ema"])
    #expect(all.code == 0 && some.code == 0, "\(all.errorOutput)\(some.errorOutput)")
    #expect(all.output.contains(" 198 tensors\n"), "\(all.output)")
    #expect(some.output.contains(" 54 tensors\n"), "\(some.output)")
    let none = try Tool.run(
      "gpunet-convert", [source, target, "--tensors-only", "--force", "--key", "model"])
    #expect(none.code == 1)
    #expect(none.errorOutput.contains("'state_dict_ema'"), "\(none.errorOutput)")
    #expect(none.errorOutput.hasSuffix("[tensors.key]\n"), "\(none.errorOutput)")
  }

  @Test func `refuses what cannot be read, or leaves it out where that is asked for`() throws {
    let folder = TemporaryFolder()
    let source = Fixture.path("containers/mixed.npz")
    let target = folder.file("out.pth")
    let refused = try Tool.run("gpunet-convert", [source, target, "--tensors-only"])
    #expect(refused.code == 65)
    #expect(folder.names.isEmpty)
    let result = try Tool.run(
      "gpunet-convert", [source, target, "--tensors-only", "--allow-unused"])
    #expect(result.code == 0, "\(result.errorOutput)")
    #expect(result.output.contains(" left out:"), "\(result.output)")
  }

  @Test(arguments: [
    (".safetensors", "c", "safetensors.unwritable"), (".h5", "a/b", "h5.unwritable"),
  ])
  func `leaves out what the format cannot have, and keeps what it shares memory with`(
    suffix: String, name: String, code: String
  ) throws {
    let folder = TemporaryFolder()
    let parts = tensor(storage("1", "ComplexDoubleStorage", count: 2), shape: [2], strides: [1])
    let source = try folder.write(
      checkpoint(
        stateDict([("a/b", tensor()), ("c", parts), ("tied", tensor())]),
        storages: [("0", 16), ("1", 32)]), to: "in.pth")
    let target = folder.file("out\(suffix)")
    let refused = try Tool.run("gpunet-convert", [source, target, "--tensors-only"])
    #expect(refused.code == 64)
    #expect(refused.errorOutput.hasPrefix("error: \(source): \(name): "), "\(refused.errorOutput)")
    #expect(
      refused.errorOutput.hasSuffix(
        "or gpunet-convert leaves them out with --allow-unused [\(code)]\n"),
      "\(refused.errorOutput)")
    #expect(folder.names == ["in.pth"])
    let result = try Tool.run(
      "gpunet-convert", [source, target, "--tensors-only", "--allow-unused"])
    #expect(result.code == 0, "\(result.errorOutput)")
    #expect(result.output.contains(" bytes, 2 tensors\n  1 tensor left out:\n    \(name): "))
  }
}

extension StateDict {
  fileprivate init(_ tensors: (String, Tensor)...) {
    self.init()
    for (name, tensor) in tensors { _ = append(tensor, named: name) }
  }
}
