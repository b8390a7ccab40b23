import BinaryInput
import TensorData
import TestSupport
import Testing
import TorchCheckpoint

@Suite struct `Tensors of other processors` {
  @Test(arguments: ["mps:0", "npu:0", "hpu:1", "cuda:7"])
  func `are read wherever their storages were`(location: String) throws {
    let opened = try openCheckpoint(stateDict([("a", tensor(storage(location: location)))]))
    #expect(try opened.stateDict(at: "")["a"]?.shape == [2, 2])
  }

  @Test func `are read where a package of the processor's rebuilds them`() throws {
    let rebuilt = Op.call(
      "torch_npu.utils.storage", "_rebuild_npu_tensor",
      [
        storage(location: "npu:0"), Op.integer(0), Op.tupleOf([Op.integer(4)]),
        Op.tupleOf([Op.integer(1)]), Op.no, Op.call("collections", "OrderedDict", []),
        Op.integer(2),
      ])
    let opened = try openCheckpoint(stateDict([("a", rebuilt)]))
    #expect(try opened.stateDict(at: "")["a"]?.shape == [4])
  }

  @Test func `need data to be moved`() {
    let error = #expect(throws: ReadError.self) {
      try openCheckpoint(
        Op.call(
          "torch._utils", "_rebuild_device_tensor_from_numpy",
          [Op.none, Op.global("torch", "float32"), Op.text("xla:0"), Op.no]))
    }
    #expect(error?.code == .pickleArguments)
  }
}

@Suite struct `Tensors that cannot be read` {
  @Test func `are told by the class that they are of`() throws {
    for (module, name, word) in [
      ("torch.distributed._tensor.api", "DTensor", "full_tensor()"),
      ("torch.distributed._shard.sharded_tensor.api", "ShardedTensor", "full_tensor()"),
      ("torchao.dtypes.affine_quantized_tensor", "AffineQuantizedTensor", "quantized"),
      ("bitsandbytes.nn.modules", "Params4bit", "quantized"),
    ] {
      let object =
        Op.global(module, name) + Op.emptyTuple + Op.newObject + Op.emptyDictionary + Op.build
      let rebuilt = Op.call(
        "torch._tensor", "_rebuild_from_type_v2",
        [
          Op.global("torch._utils", "_rebuild_wrapper_subclass"), Op.global(module, name),
          Op.emptyTuple, Op.emptyDictionary,
        ])
      for value in [object, rebuilt] {
        let opened = try openCheckpoint(stateDict([("a", tensor()), ("b", value)]))
        let error = try #require(throws: ReadError.self) { try opened.stateDict(at: "") }
        #expect(error.code == .tensorLayout)
        #expect(error.path == ["b"])
        #expect(error.description.contains(word))
        #expect(try opened.tensors(["a"], ofGroup: 0).names == ["a"])
      }
    }
  }

  @Test func `are no trouble to those beside them in a stream`() throws {
    let quantized = tensor(
      Op.tupleOf([
        Op.text("storage"), Op.global("torch", "QInt8Storage"), Op.text("1"), Op.text("cpu"),
        Op.integer(4), Op.none,
      ]) + Op.persistentID)
    let stream = legacy(
      stateDict([("a", legacyTensor()), ("b", quantized)]), keys: ["0", "1"],
      storages: [(4, 16), (4, 4)])
    let opened = try TorchCheckpoint(Bytes(copying: stream))
    #expect(opened.refusals(ofGroup: 0).map(\.name) == ["b"])
    #expect(try opened.tensors(["a"], ofGroup: 0).names == ["a"])
  }

  @Test(arguments: [
    "a._packed_params._packed_params", "a.weight.quant_state.bitsandbytes__nf4", "a.SCB",
    "a.qweight", "_fsdp_wrapped_module._flat_param",
  ])
  func `are told by their names`(name: String) throws {
    let opened = try openCheckpoint(stateDict([(name, tensor())]))
    let error = try #require(throws: ReadError.self) { try opened.stateDict(at: "") }
    #expect(error.code == .tensorLayout)
    #expect(error.found == name)
  }

  @Test func `do not share a shape of a hundred thousand axes`() throws {
    let long = Op.mark + [UInt8](repeating: 0x4E, count: 100_000) + Op.tuple
    let tensor = Op.call(
      "torch._utils", "_rebuild_tensor_v2",
      [storage(), Op.integer(0), long, long, Op.no, Op.emptyDictionary])
    let opened = try openCheckpoint(stateDict([("a", tensor)]))
    let error = #expect(throws: ReadError.self) { try opened.stateDict(at: "") }
    #expect(error?.code == .tensorShape)
  }
}
