import BinaryInput
import TensorData
import TestSupport
import Testing
import TorchCheckpoint

/// A group of a file in `reader/`, and the `.npz` file beside it that says what is in it.
struct ReadGroup: Sendable, CustomTestStringConvertible {
  let file: String
  let key: String
  let expected: String
  var className: String?

  var testDescription: String { "\(file), '\(key)'" }
}

@Suite struct `Files as training leaves them` {
  private static let net = "__main__.Net"

  static let groups = [
    ReadGroup(file: "module.pth", key: "", expected: "module.npz", className: net),
    ReadGroup(file: "module-legacy.pth", key: "", expected: "module.npz", className: net),
    ReadGroup(file: "module-protocol-4.pth", key: "", expected: "module.npz", className: net),
    ReadGroup(file: "modules.pth", key: "model", expected: "modules#model.npz", className: net),
    ReadGroup(file: "modules.pth", key: "ema", expected: "modules#ema.npz", className: net),
    ReadGroup(
      file: "wrapped.pth", key: "parallel", expected: "wrapped#parallel.npz",
      className: "torch.nn.parallel.data_parallel.DataParallel"),
    ReadGroup(
      file: "wrapped.pth", key: "object.ema", expected: "wrapped#object.ema.npz", className: net),
    ReadGroup(
      file: "wrapped.pth", key: "average", expected: "wrapped#average.npz",
      className: "torch.optim.swa_utils.AveragedModel"),
    ReadGroup(
      file: "wrapped.pth", key: "slotted.module", expected: "wrapped#slotted.module.npz",
      className: "torch.nn.modules.linear.Linear"),
    ReadGroup(
      file: "wrapped.pth", key: "list.0", expected: "wrapped#list.0.npz",
      className: "torch.nn.modules.linear.Linear"),
    ReadGroup(file: "wrapped.pth", key: "dictionary", expected: "wrapped#dictionary.npz"),
    ReadGroup(
      file: "module-fx.pth", key: "", expected: "module-fx.npz",
      className: "torch.fx.graph_module.reduce_graph_module"),
    ReadGroup(file: "arrays-protocol-2.pth", key: "weights", expected: "arrays.npz"),
    ReadGroup(file: "arrays-protocol-4.pth", key: "weights", expected: "arrays.npz"),
    ReadGroup(file: "arrays-protocol-5.pth", key: "weights", expected: "arrays.npz"),
    ReadGroup(file: "arrays-numpy-1.pth", key: "", expected: "arrays.npz"),
    ReadGroup(file: "arrays-large.pth", key: "", expected: "arrays-large.npz"),
    ReadGroup(file: "xla.pth", key: "", expected: "xla.npz"),
    ReadGroup(file: "finder.zip", key: "", expected: "archives.npz"),
    ReadGroup(file: "finder-file.zip", key: "", expected: "archives.npz"),
    ReadGroup(file: "folder-in-folder.zip", key: "", expected: "archives.npz"),
    ReadGroup(file: "without-folder.zip", key: "", expected: "archives.npz"),
    ReadGroup(file: "tar-gnu.tar", key: "", expected: "archives.npz"),
    ReadGroup(file: "tar-pax.tar", key: "", expected: "archives.npz"),
  ]

  @Test(arguments: groups)
  func `give what PyTorch and NumPy say is in them, bit for bit`(group: ReadGroup) throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes("reader/\(group.file)"))
    let index = try #require(checkpoint.groups.firstIndex { $0.keyPath == group.key })
    let found = checkpoint.groups[index]
    let tensors = try ExpectedTensors("reader/\(group.expected)")
    #expect(found.names == tensors.names)
    let state = try checkpoint.stateDict(at: group.key)
    for (position, name) in tensors.names.enumerated() {
      #expect(try tensors.difference(name, from: state[name]) == nil)
      #expect(found.entries.map(\.shape)[position] == state[name]?.shape)
      #expect(found.entries.map(\.elementType)[position] == state[name]?.elementType)
    }
    if let className = group.className { #expect(found.className == className) }
    #expect(checkpoint.refusals(ofGroup: index).isEmpty)
  }

  @Test func `have the groups that they should, and no others`() throws {
    for (file, keys) in [
      ("module.pth", [""]), ("modules.pth", ["model", "ema"]), ("xla.pth", [""]),
      (
        "wrapped.pth",
        ["parallel", "object.ema", "average", "slotted.module", "list.0", "dictionary"]
      ),
    ] {
      let checkpoint = try TorchCheckpoint(Fixture.bytes("reader/\(file)"))
      let paths = checkpoint.groups.map(\.keyPath).filter { !$0.hasPrefix("optimizer") }
      #expect(paths == keys, "\(file)")
    }
  }

  @Test func `share the memory of long arrays of protocol 5`() throws {
    let bytes = try Fixture.bytes("reader/arrays-protocol-5.pth")
    let checkpoint = try TorchCheckpoint(bytes)
    let first = try checkpoint.stateDict(at: "weights")["f8"]?.contiguousBytes()
    let second = try checkpoint.stateDict(at: "weights")["f8"]?.contiguousBytes()
    #expect(try #require(first).isIdentical(to: try #require(second)))
  }

  @Test func `say what stands beside the tensors`() throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes("reader/facts.pth"))
    let facts = Dictionary(
      checkpoint.facts.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
    #expect(facts["meta.mmengine_version"] == "0.10.4")
    #expect(facts["meta.epoch"] == "12")
    #expect(facts["meta.fast"] == "True")
    #expect(facts["meta"] == "a dictionary")
    #expect(facts["epoch"] == "12")
    #expect(facts["pytorch-lightning_version"] == "2.2")
    #expect(facts["torch"] == "2.1.0")
    #expect(facts["best"] == "0.75")
    #expect(facts["hooks.EMA"] == "__main__.ModelEMA")
    #expect(facts["hooks.EMA.updates"] == "7")
    #expect(facts["losses.15"] == "15.0")
    #expect(facts["losses.16"] == nil)
    #expect(facts["text"] == nil)
    #expect(facts.keys.allSatisfy { !$0.hasPrefix("optimizer.") })
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let file: String
    let code: ErrorCode
    let path: [String]
    /// What the message must hold.
    let words: [String]
    var testDescription: String { file }
  }

  static let refusals = [
    Refusal(
      file: "arrays-of-objects.pth", code: .tensorElementType, path: ["names"],
      words: ["Python objects", "O8", "astype"]),
    Refusal(
      file: "arrays-of-records.pth", code: .tensorElementType, path: ["pairs"], words: ["V8"]),
    Refusal(
      file: "xla-converted.pth", code: .tensorLayout, path: ["weight"],
      words: ["f32", "bfloat16", "tensor.cpu()"]),
    Refusal(file: "meta-beside.pth", code: .tensorLayout, path: ["weight"], words: ["meta"]),
    Refusal(
      file: "quantized-state.pth", code: .tensorLayout,
      path: ["head._packed_params._packed_params"], words: ["quantized", "float_model"]),
    Refusal(
      file: "dtensor.pth", code: .tensorLayout, path: ["weight"],
      words: ["full_tensor()", "DTensor"]),
    Refusal(
      file: "distributed/__0_0.distcp", code: .torchShard, path: [],
      words: ["dcp_to_torch FOLDER"]),
    Refusal(
      file: "distributed/.metadata", code: .torchShard, path: [], words: ["dcp_to_torch FOLDER"]),
    Refusal(
      file: "exported.pt2", code: .torchExport, path: [],
      words: ["torch.export", "torch.export.load("]),
    Refusal(
      file: "package.pt", code: .torchPackage, path: [],
      words: ["torch.package", "PackageImporter("]),
    Refusal(
      file: "deepspeed-model.pt", code: .torchShard, path: [], words: ["zero_to_fp32.py"]),
    Refusal(
      file: "deepspeed-partition.pt", code: .torchShard, path: [], words: ["zero_to_fp32.py"]),
    Refusal(file: "tar-none.tar", code: .torchTar, path: [], words: ["tar xf", "readme.txt"]),
    Refusal(file: "tar-several.tar", code: .torchTar, path: [], words: ["tar xf", "a.pth, b.pth"]),
  ]

  @Test(arguments: refusals)
  func `are refused by name, in one line that leads on`(refusal: Refusal) throws {
    let error = try #require(throws: ReadError.self) {
      let checkpoint = try TorchCheckpoint(Fixture.bytes("reader/\(refusal.file)"))
      for group in checkpoint.groups { _ = try checkpoint.stateDict(at: group.keyPath) }
    }
    #expect(error.code == refusal.code)
    #expect(error.path == refusal.path)
    for word in refusal.words { #expect(error.description.contains(word), "\(error)") }
    #expect(!error.description.contains("\n"))
  }

  @Test(arguments: refusals.filter { !$0.path.isEmpty })
  func `give their other tensors where one is of no use`(refusal: Refusal) throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes("reader/\(refusal.file)"))
    let refused = checkpoint.refusals(ofGroup: 0)
    #expect(refused.map(\.name) == refusal.path)
    #expect(refused.map(\.error.code) == [refusal.code])
    let group = checkpoint.groups[0]
    let others = group.names.filter { !refusal.path.contains($0) }
    #expect(try checkpoint.tensors(others, ofGroup: 0).names == others)
    #expect(
      zip(group.names, group.entries.map(\.shape)).filter { $0.1 == nil }.map(\.0) == refusal.path)
    #expect(
      zip(group.names, group.entries.map(\.elementType)).filter { $0.1 == nil }.map(\.0)
        == refusal.path)
  }

  @Test func `are all accounted for`() {
    let tested = Self.groups.flatMap { [$0.file, $0.expected] } + Self.refusals.map(\.file)
    #expect(
      Set(tested.filter { !$0.contains("/") } + ["distributed", "facts.pth"])
        == Set(Fixture.names(in: "reader")))
  }
}
