internal import BinaryInput
internal import TensorData

/// Whole modules, as the dictionaries that their `state_dict()` gives.
extension TensorSearch {
  /// Takes note of what `state_dict()` of a module would give, and returns its other attributes.
  mutating func visitModule(
    _ module: ModuleParts, _ className: String?, from step: Step
  ) throws(ReadError) -> [Step] {
    struct Part {
      let module: ModuleParts
      let className: String?
      let prefix: String
      let depth: Int
    }
    var group = GroupBuilder(tree)
    var steps: [Step] = []
    var pending = [Part(module: module, className: className, prefix: "", depth: step.depth)]
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
      group.append(
        TensorGroup.Module(
          String(part.prefix.dropLast()), className: part.className ?? "",
          settings: part.module.settings(tree), hasChildren: !children.isEmpty,
          hasTensors: !(parameters + buffers).isEmpty))
      let transient = part.module.transientNames(tree)
      try count(transient.count)
      let saved = buffers.filter { item in !(tree.text(item.key).map(transient.contains) ?? false) }
      for (key, value) in parameters + saved {
        guard let name = try self.name(key, of: value, at: step, prefix: part.prefix) else {
          continue
        }
        _ = try add(name, value, to: &group, at: step)
      }
      for (position, (key, value)) in part.module.others.enumerated() {
        let name = part.prefix + describe(key, position)
        guard !(try add(name, value, to: &group, at: step, onlyByName: true)) else { continue }
        // A plain tensor is no part of a state dict; what else there is may hold modules.
        if case .tensor = tree.nodes[value] { continue }
        let next = try next(value, from: step, key: name, isAttribute: true, hasFacts: false)
        if let next { steps.append(next) }
      }
      var parts: [Part] = []
      for (key, value) in children {
        guard let name = try self.name(key, of: value, at: step, prefix: part.prefix),
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
        parts.append(
          Part(
            module: child, className: tree.className(of: object), prefix: "\(name).",
            depth: part.depth + 1))
      }
      pending += parts.reversed()
    }
    try append(group, at: step, className: className)
    return steps
  }
}
