internal import BinaryInput
internal import TensorData

/// Finds every tensor that can be reached from the root of a tree.
struct TensorSearch {
  /// The dictionaries that hold tensors under texts, and the modules, in the order of the file.
  private(set) var groups: [TorchCheckpoint.Group] = []
  /// The paths of all other tensors.
  private(set) var otherPaths: [String] = []
  /// What stands beside them.
  var facts: [TensorFact] = []

  let tree: PickleTree
  private var pathByteCount = 0
  private var stepCount = 0
  private var tensorCount = 0
  /// What was come to already, on any way; an object's attributes may lead back to it.
  var visited: Set<Int> = []

  /// A value that is still to be looked at.
  struct Step {
    let node: Int
    let path: String
    let depth: Int
    /// Whether an attribute of an object led here, as may lead anywhere: each value is looked at
    /// once on such ways.
    let isAttribute: Bool
    /// Whether single values on this way are of interest.
    let hasFacts: Bool
  }

  /// - Throws: `pickle.limit`, `pickle.depth` or `pth.name`.
  init(_ tree: PickleTree) throws(ReadError) {
    self.tree = tree
    var pending = [Step(node: tree.root, path: "", depth: 0, isAttribute: false, hasFacts: true)]
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
    let isNew = visited.insert(step.node).inserted
    guard isNew || !step.isAttribute else { return [] }
    try count(1)
    switch tree.nodes[step.node] {
    case .tensor:
      otherPaths.append(step.path)
      return []
    case .dictionary:
      return try visitItems(tree.items(of: step.node), from: step)
    case .tuple(let index), .list(let index), .set(let index):
      return try visitElements(tree.contents[index], from: step)
    case .object(let index):
      let object = tree.objects[index]
      try count(tree.attributeCount(of: object))
      // A number of NumPy's is a fact, and what it was made of is none.
      guard tree.scalar(object) == nil else { return [] }
      if let module = ModuleParts(object, tree) {
        return try visitModule(module, tree.className(of: object), from: step)
      }
      return try visitElements(tree.contents[object.elements], from: step)
        + visitItems(tree.items(of: step.node), from: step)
        + visitItems(tree.attributes(of: object), from: step, className: tree.className(of: object))
    default:
      // The root; other values without children are not pushed.
      return []
    }
  }

  private mutating func visitElements(
    _ elements: [Int], from step: Step
  ) throws(ReadError) -> [Step] {
    try count(elements.count)
    var steps: [Step] = []
    for (position, child) in elements.enumerated() {
      if position < PickleLimits.factElementCount { note(child, from: step, key: "\(position)") }
      if let step = try next(child, from: step, key: "\(position)") { steps.append(step) }
    }
    return steps
  }

  /// Takes note of what a dictionary holds, or an object as its attributes, which are of the class
  /// `className`.
  private mutating func visitItems(
    _ items: [(key: Int, value: Int)], from step: Step, className: String? = nil
  ) throws(ReadError) -> [Step] {
    try count(items.count)
    var group = GroupBuilder(tree)
    var steps: [Step] = []
    let halves = try addHalves(items, to: &group, at: step)
    for (position, (key, value)) in items.enumerated() where !halves.contains(key) {
      if let name = try self.name(key, of: value, at: step) {
        if try add(name, value, to: &group, at: step) { continue }
        note(value, from: step, key: name)
      }
      let next = try next(
        value, from: step, key: describe(key, position), isAttribute: className != nil)
      if let next { steps.append(next) }
    }
    try append(group, at: step, className: className)
    return steps
  }

  /// What parameters and buffers are called where a network's dictionary is kept in two.
  private static let halves: [(parameters: String, buffers: String)] = [
    ("params", "buffers"), ("parameters", "buffers"),
    ("named_parameters", "named_buffers"), ("named_parameters_dict", "named_buffers_dict"),
  ]

  /// Adds the tensors of two dictionaries that are one network's, its parameters and its buffers, to
  /// one group, each name behind that of its dictionary.
  ///
  /// - Returns: The keys of the two; none where there are no such dictionaries.
  private mutating func addHalves(
    _ items: [(key: Int, value: Int)], to group: inout GroupBuilder, at step: Step
  ) throws(ReadError) -> Set<Int> {
    var found: [String: (key: Int, items: [(key: Int, value: Int)])] = [:]
    for (key, value) in items {
      guard case .dictionary = tree.nodes[value], let name = tree.text(key),
        TensorSearch.halves.contains(where: { $0.parameters == name || $0.buffers == name })
      else { continue }
      found[name] = (key, tree.items(of: value))
    }
    for (parameters, buffers) in TensorSearch.halves {
      guard let first = found[parameters], let second = found[buffers] else { continue }
      try count(first.items.count + second.items.count)
      let isAllTensors = (first.items + second.items).allSatisfy { item in
        if case .tensor = tree.nodes[item.value] { tree.text(item.key) != nil } else { false }
      }
      guard isAllTensors, !first.items.isEmpty, !second.items.isEmpty else { continue }
      for (prefix, half) in [(parameters, first), (buffers, second)] {
        for (key, value) in half.items {
          guard let name = try self.name(key, of: value, at: step, prefix: prefix + ".") else {
            continue
          }
          _ = try add(name, value, to: &group, at: step)
        }
      }
      return [first.key, second.key]
    }
    return []
  }

  // MARK: Tensors and names

  /// The name that a key gives a value, which may be empty; nil for a key that is no text, or one
  /// far too long for a value that is no tensor.
  func name(
    _ key: Int, of value: Int, at step: Step, prefix: String = ""
  ) throws(ReadError) -> String? {
    switch tree.nodes[key] {
    case .text(let text): return prefix.isEmpty ? text : prefix + text
    case .longText(let range):
      guard case .tensor = tree.nodes[value] else { return nil }
      throw ReadError(
        .torchName, "a tensor's name is too long", path: [step.path],
        expected: "1 to \(PickleLimits.nameByteCount) bytes", found: "\(range.count)")
    case .bytes: return tree.bytesText(key).map { prefix + $0 }
    default: return nil
    }
  }

  /// Adds a value to a group where it is a tensor, or must be called one by its name.
  mutating func add(
    _ name: String, _ value: Int, to group: inout GroupBuilder, at step: Step,
    onlyByName: Bool = false
  ) throws(ReadError) -> Bool {
    let known = UnsupportedTensor(tensorName: name)
    var tensor: Int?
    switch tree.nodes[value] {
    case .tensor(let index) where !onlyByName || known != nil: tensor = index
    case .tuple, .object: if known == nil { return false }
    default: return false
    }
    try requireLength(of: name, at: step)
    tensorCount += 1
    guard tensorCount <= PickleLimits.groupTensorCount else {
      throw ReadError(
        .pickleLimit, "the checkpoint holds too many tensors, or the same ones too often",
        expected: "at most \(PickleLimits.groupTensorCount)")
    }
    group.append(name, tensor: tensor, known)
    return true
  }

  mutating func requireLength(of name: String, at step: Step) throws(ReadError) {
    guard !name.isEmpty, name.utf8.count <= PickleLimits.nameByteCount else {
      throw ReadError(
        .torchName, "a tensor's name is empty or too long", path: [step.path],
        expected: "1 to \(PickleLimits.nameByteCount) bytes", found: "\(name.utf8.count)")
    }
    try account(name.utf8.count)
  }

  mutating func append(
    _ group: GroupBuilder, at step: Step, className: String?
  ) throws(ReadError) {
    guard !group.names.isEmpty else { return }
    guard groups.count < PickleLimits.groupCount else {
      throw ReadError(
        .pickleLimit, "the checkpoint holds too many dictionaries of tensors",
        expected: "at most \(PickleLimits.groupCount)")
    }
    groups.append(group.group(at: step.path, className: className))
  }

  /// The step to a child, or nil where it neither is nor holds a tensor.
  mutating func next(
    _ node: Int, from step: Step, key: String, isAttribute: Bool = false, hasFacts: Bool = true
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
    return Step(
      node: node, path: path, depth: step.depth + 1, isAttribute: step.isAttribute || isAttribute,
      hasFacts: step.hasFacts && hasFacts && !key.hasPrefix("optimizer"))
  }

  // MARK: Limits

  private mutating func account(_ byteCount: Int) throws(ReadError) {
    pathByteCount += byteCount
    try count(0)
  }

  mutating func count(_ steps: Int) throws(ReadError) {
    stepCount += steps
    guard pathByteCount <= PickleLimits.pathByteCount, stepCount <= PickleLimits.searchStepCount
    else {
      throw ReadError(
        .pickleLimit, "the checkpoint holds too many values, or the same ones too often",
        expected: "at most \(PickleLimits.searchStepCount) values with "
          + "\(PickleLimits.pathByteCount) bytes of names")
    }
  }

  /// A key as Python prints it; the place among its like where that would tell nothing.
  func describe(_ key: Int, _ position: Int) -> String {
    if let text = tree.text(key) { return text }
    return tree.printed(key) ?? "(item \(position))"
  }
}
