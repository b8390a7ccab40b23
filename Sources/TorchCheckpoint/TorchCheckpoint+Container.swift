public import TensorData

extension TorchCheckpoint: TensorContainer {
  /// `pytorch-zip` or `pytorch-legacy`.
  public var formatName: String {
    switch container {
    case .zip: "pytorch-zip"
    case .legacy: "pytorch-legacy"
    }
  }

  /// Nothing is said beside the tensors.
  public var facts: [String: String] { [:] }
}

extension TensorGroup {
  /// A group and what the pickle says of its tensors.
  init(_ group: TorchCheckpoint.Group, in tree: PickleTree) {
    self.init(
      keyPath: group.keyPath,
      entries: zip(group.names, group.tensors).map { name, index in
        guard case .view(_, let type, _, let shape, _) = tree.tensors[index].content else {
          return Entry(name, shape: nil, elementType: nil)
        }
        return Entry(name, shape: shape, elementType: type)
      })
  }
}
