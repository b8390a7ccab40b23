import BinaryInput
import TensorData
import TestSupport
import Testing
import TorchCheckpoint

@Suite struct `Checkpoints that PyTorch wrote` {
  @Test(arguments: FixtureCatalogue.networks)
  func `give every tensor bit for bit`(fixture: FixtureCatalogue.Network) throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes(fixture.file))
    for part in fixture.stateDicts {
      try expect(
        try checkpoint.stateDict(at: part.key), equals: part.expected, prefix: fixture.prefix)
    }
    #expect(checkpoint.container == (fixture.file.contains("legacy") ? .legacy : .zip))
    #expect(
      checkpoint.innerName == (fixture.file.hasSuffix(".zip") ? "0.65ms.pth.tar" : nil))
  }

  @Test(arguments: FixtureCatalogue.tensors)
  func `give tensors of every type and form`(fixture: FixtureCatalogue.Tensors) throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes(fixture.file))
    try expect(try checkpoint.stateDict(at: fixture.key), equals: fixture.expected)
  }

  @Test(arguments: ["plain", "plain-stride2-er", "distilled", "distilled-large-head"])
  func `of the original code open`(name: String) throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes("original/\(name).pth"))
    #expect(checkpoint.groups.map(\.keyPath) == [""])
    #expect(try checkpoint.stateDict(at: "").count == checkpoint.groups[0].names.count)
  }

  @Test func `keep the optimizer's tensors apart`() throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes("checkpoints/training-ema.pth.tar"))
    let paths = checkpoint.groups.map(\.keyPath)
    #expect(paths.contains("state_dict"))
    #expect(paths.contains("state_dict_ema"))
    let optimizer = checkpoint.groups.filter { $0.keyPath.hasPrefix("optimizer.state.") }
    #expect(optimizer.count == paths.count - 2)
    #expect(optimizer.allSatisfy { $0.names.contains("square_avg") })
  }

  @Test func `share the file's memory`() throws {
    let bytes = try Fixture.bytes("checkpoints/bare.pth")
    let state = try TorchCheckpoint(bytes).stateDict(at: "")
    let tensor = try #require(state["network.head: 2.net.0.weight"])
    let first = try tensor.contiguousBytes()
    let second = try #require(
      try TorchCheckpoint(bytes).stateDict(at: "")["network.head: 2.net.0.weight"])
    #expect(try first.isIdentical(to: second.contiguousBytes()))
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let file: String
    let code: ErrorCode
    var path: [String] = []
    var testDescription: String { file }
  }

  static let refusals = [
    Refusal(file: "torchscript.pt", code: .torchScript, path: ["torchscript/constants.pkl"]),
    Refusal(file: "tar.pth", code: .torchLegacyTar),
    Refusal(file: "quantized.pth", code: .tensorLayout, path: ["weight"]),
    Refusal(file: "sparse.pth", code: .tensorLayout, path: ["weight"]),
    Refusal(file: "complex32.pth", code: .tensorElementType, path: ["weight"]),
    Refusal(file: "float4.pth", code: .tensorElementType, path: ["weight"]),
    Refusal(file: "meta.pth", code: .tensorLayout, path: ["weight"]),
  ]

  @Test(arguments: refusals) func `that are no state dicts are refused`(refusal: Refusal) throws {
    let error = #expect(throws: ReadError.self) {
      try TorchCheckpoint(Fixture.bytes("refused/\(refusal.file)")).stateDict(at: "")
    }
    #expect(error?.code == refusal.code)
    #expect(error?.path == refusal.path)
  }

  @Test func `of a whole module tell its class`() throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes("checkpoints/whole-module.pth"))
    #expect(checkpoint.groups.map(\.className) == ["gpunet_torch.GPUNet"])
  }

  @Test(arguments: ["number.pth", "list.pth", "empty.pth"])
  func `without named tensors have no group`(file: String) throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes("refused/\(file)"))
    #expect(checkpoint.groups.isEmpty)
    #expect(checkpoint.otherPaths == (file == "list.pth" ? ["0", "1"] : []))
  }

  @Test func `are all accounted for`() {
    let tested =
      Self.refusals.map(\.file)
      + ["number.pth", "list.pth", "empty.pth"]
    #expect(Set(tested.map { "refused/\($0)" }) == Set(FixtureCatalogue.refused))
  }

  private func expect(
    _ found: StateDict, equals expected: String, prefix: String = ""
  ) throws {
    let tensors = try ExpectedTensors(expected)
    #expect(found.names == tensors.names.map { prefix + $0 })
    for name in tensors.names {
      #expect(try tensors.difference(name, from: found[prefix + name]) == nil)
    }
  }
}
