/// What a pickled `torch.nn.Module` consists of, read from its attributes.
struct ModuleParts {
  /// The dictionaries of parameters, buffers and modules.
  let parameters: Int
  let buffers: Int
  let modules: Int
  /// All other attributes.
  let others: [(key: Int, value: Int)]

  /// The names of buffers that are not saved.
  private let transientBuffers: Int?

  /// The parts of an object; nil for one that is no module.
  init?(_ object: PickleObject, _ tree: PickleTree) {
    var parts: [String: Int] = [:]
    var others: [(key: Int, value: Int)] = []
    for (key, value) in tree.attributes(of: object) {
      if let name = tree.text(key), ModuleParts.names.contains(name) {
        parts[name] = value
      } else {
        others.append((key, value))
      }
    }
    guard let parameters = parts["_parameters"], let buffers = parts["_buffers"],
      let modules = parts["_modules"]
    else { return nil }
    self.parameters = parameters
    self.buffers = buffers
    self.modules = modules
    self.others = others
    transientBuffers = parts["_non_persistent_buffers_set"]
  }

  private static let names: Set<String> = [
    "_parameters", "_buffers", "_modules", "_non_persistent_buffers_set",
  ]

  /// The settings that decide what a layer computes, and that no tensor shows.
  private static let settingNames: Set<String> = [
    "stride", "padding", "dilation", "groups", "padding_mode", "eps", "output_size", "forward",
  ]

  /// The settings of the module, as Python prints them.
  func settings(_ tree: PickleTree) -> [String: String] {
    var settings: [String: String] = [:]
    for (key, value) in others {
      if let name = tree.text(key), ModuleParts.settingNames.contains(name) {
        settings[name] = tree.printed(value) ?? tree.nodes[value].kind
      }
    }
    for (key, value) in others {
      if let name = tree.text(key), ModuleParts.hookNames.contains(name) {
        let hooks = tree.items(of: value).filter { !ModuleParts.isPyTorchs($0.value, tree) }
        if !hooks.isEmpty { settings["hooks"] = "\(hooks.count)" }
      }
    }
    return settings
  }

  /// Where a module keeps what is called before and after it.
  private static let hookNames: Set<String> = ["_forward_hooks", "_forward_pre_hooks"]

  /// Whether a hook is one that makes a weight of its parts.
  private static func isPyTorchs(_ hook: Int, _ tree: PickleTree) -> Bool {
    guard case .object(let index) = tree.nodes[hook] else { return false }
    return tree.className(of: tree.objects[index])?.hasPrefix("torch.nn.utils.") ?? false
  }

  /// The names of the buffers that a state dict leaves out.
  ///
  /// - Complexity: O(*n*) in their number.
  func transientNames(_ tree: PickleTree) -> Set<String> {
    guard let transientBuffers, case .set(let index) = tree.nodes[transientBuffers] else {
      return []
    }
    return Set(tree.contents[index].compactMap { tree.text($0) })
  }
}
