internal import BinaryInput

/// Finds every tensor that can be reached from the root of a tree.
struct TensorSearch {
  /// The dictionaries that hold tensors under texts, in the order of the file.
  private(set) var groups: [TorchCheckpoint.Group] = []
  /// The paths of all other tensors.
  private(set) var otherPaths: [String] = []

  private let tree: PickleTree
  private var pathByteCount = 0
  private var stepCount = 0

  /// A value that is still to be looked at.
  private struct Step {
    let node: Int
    let path: String
    let depth: Int
  }

  /// - Throws: `pickle.limit`, `pickle.depth` or `pth.name`.
  init(_ tree: PickleTree) throws(ReadError) {
    self.tree = tree
    var pending = [Step(node: tree.root, path: "", depth: 0)]
    while let step = pending.popLast() {
      // In reverse, so that the first child is looked at first.
      pending += try visit(step).reversed()
    }
  }

  /// Takes note of the tensors in one value and returns the values to be looked at next.
  private mutating func visit(_ step: Step) throws(ReadError) -> [Step] {
    guard step.depth <= PickleLimits.depth else {
      throw ReadError(
        .pickleDepth, "values are nested too deep, or in a circle",
        expected: "at most \(PickleLimits.depth) levels")
    }
    stepCount += 1
    switch tree.nodes[step.node] {
    case .tensor:
      otherPaths.append(step.path)
      return []
    case .dictionary:
      return try visitDictionary(step)
    case .tuple(let index), .list(let index), .set(let index), .object(let index):
      var steps: [Step] = []
      for (position, child) in tree.contents[index].enumerated() {
        if let step = try next(child, from: step, key: "\(position)") { steps.append(step) }
      }
      return steps
    default:
      // The root; other values without children are not pushed.
      return []
    }
  }

  private mutating func visitDictionary(_ step: Step) throws(ReadError) -> [Step] {
    var names: [String] = []
    var tensors: [Int] = []
    var steps: [Step] = []
    for (key, value) in tree.items(of: step.node) {
      if case .tensor(let tensor) = tree.nodes[value], let name = tree.text(key) {
        guard !name.isEmpty, name.utf8.count <= PickleLimits.nameByteCount else {
          throw ReadError(
            .torchName, "a tensor's name is empty or too long", path: [step.path],
            expected: "1 to \(PickleLimits.nameByteCount) bytes", found: "\(name.utf8.count)")
        }
        try account(name.utf8.count)
        names.append(name)
        tensors.append(tensor)
      } else if let step = try next(value, from: step, key: describe(key)) {
        steps.append(step)
      }
    }
    if !names.isEmpty {
      groups.append(TorchCheckpoint.Group(keyPath: step.path, names: names, tensors: tensors))
    }
    return steps
  }

  /// The step to a child, or nil where it neither is nor holds a tensor.
  private mutating func next(
    _ node: Int, from step: Step, key: String
  ) throws(ReadError) -> Step? {
    switch tree.nodes[node] {
    case .tensor, .dictionary, .tuple, .list, .set, .object: break
    default: return nil
    }
    let path = step.path.isEmpty ? key : "\(step.path).\(key)"
    guard path.utf8.count <= PickleLimits.nameByteCount else {
      throw ReadError(
        .torchName, "the path to a value is too long", path: [step.path],
        expected: "at most \(PickleLimits.nameByteCount) bytes", found: "\(path.utf8.count)")
    }
    try account(path.utf8.count)
    return Step(node: node, path: path, depth: step.depth + 1)
  }

  private mutating func account(_ byteCount: Int) throws(ReadError) {
    pathByteCount += byteCount
    guard pathByteCount <= PickleLimits.pathByteCount, stepCount <= PickleLimits.searchStepCount
    else {
      throw ReadError(
        .pickleLimit, "the checkpoint holds too many values, or the same ones too often",
        expected: "at most \(PickleLimits.searchStepCount) values with "
          + "\(PickleLimits.pathByteCount) bytes of names")
    }
  }

  private func describe(_ key: Int) -> String {
    switch tree.nodes[key] {
    case .text(let text): text
    case .integer(let integer): "\(integer)"
    default: "(\(tree.nodes[key].kind))"
    }
  }
}
