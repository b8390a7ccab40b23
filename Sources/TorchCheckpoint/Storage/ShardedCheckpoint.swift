internal import BinaryInput

/// Files of training on several machines that hold a part of a model each.
enum ShardedCheckpoint {
  /// - Throws: `pth.shard` for a file of DeepSpeed's whose weights are in other files.
  static func refuse(
    _ tree: PickleTree, _ groups: [TorchCheckpoint.Group]
  ) throws(ReadError) {
    let items = tree.items(of: tree.root)
    func value(_ key: String, among items: [(key: Int, value: Int)]) -> Int? {
      items.first { tree.text($0.key) == key }?.value
    }
    guard value("ds_version", among: items) ?? value("ds_config", among: items) != nil else {
      return
    }
    let optimizer = value("optimizer_state_dict", among: items).map { tree.items(of: $0) } ?? []
    let isPartition =
      value("partition_count", among: optimizer) ?? value("zero_stage", among: optimizer) != nil
    let module = groups.first { $0.keyPath == "module" }
    let isHollow =
      value("param_shapes", among: items) != nil
      && (module?.shapes.allSatisfy { $0?.contains(0) ?? false || $0?.isEmpty ?? false } ?? true)
    guard isPartition || isHollow else { return }
    throw ReadError(
      .torchShard,
      "this is a part of a checkpoint of DeepSpeed's, whose weights are spread over several files",
      expected: "a file that holds all weights",
      advice: "in the folder where it lies, which holds the program for it: "
        + "python zero_to_fp32.py . pytorch_model.bin")
  }
}
