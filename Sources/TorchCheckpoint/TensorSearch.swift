internal import BinaryInput
internal import TensorData

/// Finds every tensor that can be reached from the root of a tree.
struct TensorSearch {
  /// The dictionaries that hold tensors under texts, and the modules, in the order of the file.
  private(set) var groups: [TorchCheckpoint.Group] = []
  /// The paths of all other tensors.
  private(set) var otherPaths: [String] = []
  /// What stands beside them.
  private(set) var facts: [TensorFact] = []

  private let tree: PickleTree
  private var pathByteCount = 0
  private var stepCount = 0
  private var tensorCount = 0
  /// What was come to already, on any way; an object's attributes may lead back to it.
  private var visited: Set<Int> = []

  /// A value that is still to be looked at.
  private struct Step {
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
    for (key, value) in items {
      if let name = try self.name(key, at: step) {
        if try add(name, value, to: &group, at: step) { continue }
        note(value, from: step, key: name)
      }
      let next = try next(value, from: step, key: describe(key), isAttribute: className != nil)
      if let next { steps.append(next) }
    }
    try append(group, at: step, className: className)
    return steps
  }

  // MARK: Modules

  /// Takes note of what `state_dict()` of a module would give, and returns its other attributes.
  private mutating func visitModule(
    _ module: ModuleParts, _ className: String?, from step: Step
  ) throws(ReadError) -> [Step] {
    struct Part {
      let module: ModuleParts
      let prefix: String
      let depth: Int
    }
    var group = GroupBuilder(tree)
    var steps: [Step] = []
    var pending = [Part(module: module, prefix: "", depth: step.depth)]
    while let part = pending.popLast() {
      guard part.depth <= PickleLimits.depth else {
        throw ReadError(
          .pickleDepth, "modules are nested too deep, or in a circle", path: [step.path],
          expected: "at most \(PickleLimits.depth) levels")
      }
      let parameters = tree.items(of: part.module.parameters)
      let buffers = tree.items(of: part.module.buffers)
      let children = tree.items(of: part.module.modules)
      try count(parameters.count + buffers.count + children.count + part.module.others.count + 1)
      let transient = part.module.transientNames(tree)
      try count(transient.count)
      let saved = buffers.filter { item in !(tree.text(item.key).map(transient.contains) ?? false) }
      for (key, value) in parameters + saved {
        guard let name = try self.name(key, at: step, prefix: part.prefix) else { continue }
        _ = try add(name, value, to: &group, at: step)
      }
      for (key, value) in part.module.others {
        let name = part.prefix + describe(key)
        guard !(try add(name, value, to: &group, at: step, onlyByName: true)) else { continue }
        // A plain tensor is no part of a state dict; what else there is may hold modules.
        if case .tensor = tree.nodes[value] { continue }
        let next = try next(value, from: step, key: name, isAttribute: true, hasFacts: false)
        if let next { steps.append(next) }
      }
      var parts: [Part] = []
      for (key, value) in children {
        guard let name = try self.name(key, at: step, prefix: part.prefix),
          case .object(let index) = tree.nodes[value]
        else { continue }
        visited.insert(value)
        let object = tree.objects[index]
        try count(tree.attributeCount(of: object))
        try requireLength(of: name, at: step)
        guard let child = ModuleParts(object, tree) else {
          // Quantized layers keep their weights in a state of their own form.
          if let reason = tree.className(of: object).flatMap(UnsupportedTensor.init(layerName:)) {
            group.append(name, tensor: nil, reason)
          }
          continue
        }
        parts.append(Part(module: child, prefix: "\(name).", depth: part.depth + 1))
      }
      pending += parts.reversed()
    }
    try append(group, at: step, className: className)
    return steps
  }

  // MARK: Tensors and names

  /// The name that a key gives a tensor, which may be too long or empty; nil for a key that is no
  /// text.
  private func name(_ key: Int, at step: Step, prefix: String = "") throws(ReadError) -> String? {
    switch tree.nodes[key] {
    case .text(let text): return prefix + text
    case .longText(let range):
      throw ReadError(
        .torchName, "a name is too long", path: [step.path],
        expected: "1 to \(PickleLimits.nameByteCount) bytes", found: "\(range.count)")
    default: return nil
    }
  }

  /// Adds a value to a group where it is a tensor, or must be called one by its name.
  private mutating func add(
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

  private mutating func requireLength(of name: String, at step: Step) throws(ReadError) {
    guard !name.isEmpty, name.utf8.count <= PickleLimits.nameByteCount else {
      throw ReadError(
        .torchName, "a tensor's name is empty or too long", path: [step.path],
        expected: "1 to \(PickleLimits.nameByteCount) bytes", found: "\(name.utf8.count)")
    }
    try account(name.utf8.count)
  }

  private mutating func append(
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
  private mutating func next(
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

  // MARK: Facts

  /// Keeps what a single value says.
  private mutating func note(_ node: Int, from step: Step, key: String) {
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
      return tree.className(of: object)
    default: return nil
    }
  }

  // MARK: Limits

  private mutating func account(_ byteCount: Int) throws(ReadError) {
    pathByteCount += byteCount
    try count(0)
  }

  private mutating func count(_ steps: Int) throws(ReadError) {
    stepCount += steps
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

/// Collects the tensors of a group.
private struct GroupBuilder {
  private(set) var names: [String] = []
  private var tensors: [Int?] = []
  private var refusals: [Int: UnsupportedTensor] = [:]
  private let tree: PickleTree

  init(_ tree: PickleTree) {
    self.tree = tree
  }

  mutating func append(_ name: String, tensor: Int?, _ refusal: UnsupportedTensor?) {
    if let refusal { refusals[names.count] = refusal }
    names.append(name)
    tensors.append(tensor)
  }

  func group(at keyPath: String, className: String?) -> TorchCheckpoint.Group {
    let references = tensors.enumerated().map { position, tensor in
      refusals[position] == nil ? tensor.map { tree.tensors[$0] } : nil
    }
    return TorchCheckpoint.Group(
      keyPath: keyPath, className: className, names: names, shapes: references.map { $0?.shape },
      elementTypes: references.map { $0?.elementType }, tensors: tensors, refusals: refusals)
  }
}
