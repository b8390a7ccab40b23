internal import TensorData

/// What a checkpoint says beside its tensors.
extension TensorSearch {
  /// Keeps what a single value says.
  mutating func note(_ node: Int, from step: Step, key: String) {
    guard step.hasFacts, facts.count < PickleLimits.factCount,
      let value = describe(value: node, isTop: step.depth == 0)
    else { return }
    let path = step.path.isEmpty ? key : "\(step.path).\(key)"
    guard max(path.utf8.count, value.utf8.count) <= PickleLimits.factByteCount else { return }
    facts.append(TensorFact(path: path, value: value))
  }

  /// A single value as a text, the class of an object, and what kind of container stands at the top.
  private func describe(value node: Int, isTop: Bool) -> String? {
    switch tree.nodes[node] {
    case .dictionary, .list, .tuple: return isTop ? tree.nodes[node].kind : nil
    case .text(let text): return text
    case .integer(let integer): return "\(integer)"
    case .float(let number): return "\(number)"
    case .bool(let bool): return bool ? "True" : "False"
    case .object(let index):
      // A kind of text or number is made with what it is, as versions are.
      let object = tree.objects[index]
      let elements = tree.contents[object.elements]
      if elements.count == 1, let parts = tree.tuple(elements[0]), parts.count == 1 {
        switch tree.nodes[parts[0]] {
        case .text(let text): return text
        case .integer(let integer): return "\(integer)"
        default: break
        }
      }
      return tree.scalar(object) ?? tree.className(of: object)
    default: return nil
    }
  }
}
