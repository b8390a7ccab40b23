public import TensorData

extension TorchCheckpoint: TensorContainer {
  /// `pytorch-zip` or `pytorch-legacy`.
  public var formatName: String {
    switch container {
    case .zip: "pytorch-zip"
    case .legacy: "pytorch-legacy"
    }
  }

  /// A dictionary of named tensors, as the pickle has it.
  struct Group: Sendable {
    /// The keys that lead to it, joined by dots; empty for the checkpoint itself.
    let keyPath: String
    /// The class of the module or other object whose tensors these are; nil for a dictionary.
    let className: String?
    /// The names of its tensors, in order.
    let names: [String]
    /// The number of elements along each axis of every tensor; nil for one that cannot be read.
    let shapes: [[Int]?]
    /// The type of every tensor's elements; nil for one that cannot be read.
    let elementTypes: [ElementType?]
    /// The position of an earlier tensor that views the same elements in the same way, by position.
    let originals: [Int: Int]
    /// Which tensor of the tree stands under each name; nil for what only a name shows to be one.
    let tensors: [Int?]
    /// The modules that they belong to, where the group is a module's.
    let modules: [TensorGroup.Module]
    /// Why tensors are not read whose names say that they are none, by position.
    let refusals: [Int: UnsupportedTensor]
  }
}

extension TensorGroup {
  /// What everybody may know of a group.
  init(_ group: TorchCheckpoint.Group) {
    self.init(
      keyPath: group.keyPath,
      entries: group.names.indices.map {
        Entry(
          group.names[$0], shape: group.shapes[$0], elementType: group.elementTypes[$0],
          original: group.originals[$0].map { group.names[$0] })
      }, className: group.className, modules: group.modules)
  }
}
