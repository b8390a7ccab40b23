internal import TensorData

/// Collects the tensors of a group.
struct GroupBuilder {
  private(set) var names: [String] = []
  private var tensors: [Int?] = []
  private var refusals: [Int: UnsupportedTensor] = [:]
  private var modules: [TensorGroup.Module] = []
  private let tree: PickleTree

  init(_ tree: PickleTree) {
    self.tree = tree
  }

  mutating func append(_ name: String, tensor: Int?, _ refusal: UnsupportedTensor?) {
    if let refusal { refusals[names.count] = refusal }
    names.append(name)
    tensors.append(tensor)
  }

  mutating func append(_ module: TensorGroup.Module) { modules.append(module) }

  func group(at keyPath: String, className: String?) -> TorchCheckpoint.Group {
    let references = tensors.enumerated().map { position, tensor in
      refusals[position] == nil ? tensor.map { tree.tensors[$0] } : nil
    }
    var originals: [Int: Int] = [:]
    var positions: [TensorReference.View: Int] = [:]
    for (position, reference) in references.enumerated() {
      guard let view = reference?.view else { continue }
      if let original = positions[view] {
        originals[position] = original
      } else {
        positions[view] = position
      }
    }
    return TorchCheckpoint.Group(
      keyPath: keyPath, className: className, names: names, shapes: references.map { $0?.shape },
      elementTypes: references.map { $0?.elementType }, originals: originals, tensors: tensors,
      modules: modules,
      refusals: refusals)
  }
}
