internal import BinaryInput
internal import HDF5Exchange
internal import StrictJSON

/// Tells by what a file says of itself how the axes of its arrays are ordered; never by shapes.
struct KernelOrders {
  /// Where the arrays of a file are that Keras wrote layer by layer, and what its configuration says of
  /// each layer at the top: the classes of all layers in it, by name. Nil for another file.
  private let layers: (root: [String], classes: [String: [String: Set<String>]])?
  private let layout: KernelLayout?
  /// Whether the file says that its kernels are in PyTorch's order already.
  private let isInOrder: Bool

  /// The attribute of a file whose arrays are all in the order that it names.
  static let statement = "gpunet.layout-of-kernels"

  /// Looks at the attributes of a file.
  init(_ listing: FileListing, layout: KernelLayout?) {
    self.layout = layout
    isInOrder = listing.attributes.contains {
      $0.path.isEmpty && $0.name == KernelOrders.statement
        && $0.value == .text(KernelLayout.oihw.rawValue)
    }
    let names = listing.attributes.filter { $0.name.hasPrefix("layer_names") }.map(\.path)
    guard let root = names.first(where: { $0.isEmpty || $0 == ["model_weights"] }) else {
      layers = nil
      return
    }
    let configuration = listing.attributes.first { $0.path.isEmpty && $0.name == "model_config" }
    var classes: [String: [String: Set<String>]] = [:]
    // One that cannot be read says nothing.
    if case .text(let text)? = configuration?.value,
      let value = try? JSONValue(parsing: Bytes(copying: Array(text.utf8)))
    {
      for layer in value["config"]?["layers"]?.array ?? [] {
        guard let name = KernelOrders.name(of: layer) else { continue }
        KernelOrders.collect(layer, into: &classes[name, default: [:]])
      }
    }
    layers = (root, classes)
  }

  /// The order of the array that has all of these paths: the one that any of them says; where none
  /// does and one asks for it, the one that was given.
  func order(ofAny paths: [[String]], rank: Int) -> KernelOrder {
    guard rank >= 2, !isInOrder else { return .kept }
    let orders = paths.map { statedOrder(of: $0, rank: rank) }
    if let stated = orders.first(where: \.permutes) { return stated }
    guard orders.contains(.unknown) else { return .kept }
    guard let layout else { return .unknown }
    guard layout == .hwio else { return .kept }
    let isDepthwise =
      rank >= 3
      && paths.contains { $0.last.map(KernelOrders.kernelName) == "depthwise_kernel" }
    return isDepthwise ? .depthwise : .spaceFirst
  }

  /// What Keras and its like call kernels; PyTorch's are weights.
  private static let kernelNames: Set<String> = ["kernel", "depthwise_kernel", "pointwise_kernel"]

  private func statedOrder(of path: [String], rank: Int) -> KernelOrder {
    guard let last = path.last else { return .kept }
    if let layers {
      guard path.starts(with: layers.root), path.first != "optimizer_weights" else { return .kept }
      let name = KernelOrders.kernelName(last)
      guard KernelOrders.kernelNames.contains(name) else { return .kept }
      let inside = path.dropFirst(layers.root.count)
      if let top = inside.first, let classes = layers.classes[top],
        let owner = inside.dropLast().reversed().first(where: { classes[$0] != nil }),
        let names = classes[owner], names.count == 1, let className = names.first,
        let known = KerasLayerClass(named: className)
      {
        return known.order(of: name, rank: rank)
      }
      // Only two kinds of layers have kernels of these names, and both keep them alike.
      switch name {
      case "depthwise_kernel": return [3, 4].contains(rank) ? .depthwise : .unknown
      case "pointwise_kernel": return [3, 4].contains(rank) ? .spaceFirst : .unknown
      default: return .unknown
      }
    }
    if path.count >= 2, path[path.count - 2] == "vars", last.allSatisfy(\.isNumber) {
      guard path.first != "optimizer" else { return .kept }
      if let (known, isOwner) = KernelOrders.layer(around: path.dropLast(2)) {
        if isOwner { return known.order(of: last, rank: rank) }
        // What is inside such a layer is no kernel, either.
        if case .other = known { return .kept }
      }
      return last == "0" ? .unknown : .kept
    }
    return KernelOrders.kernelNames.contains(KernelOrders.kernelName(last)) ? .unknown : .kept
  }

  /// The innermost layer that a group of a Keras 3 file is of or in, whose class is known by its name,
  /// and whether the group is that layer. In two places groups are named after classes; elsewhere after
  /// attributes of an object.
  private static func layer(
    around path: ArraySlice<String>
  ) -> (layer: KerasLayerClass, isOwner: Bool)? {
    let index = path.indices.dropFirst().last {
      ["layers", "_layer_checkpoint_dependencies"].contains(path[$0 - 1])
    }
    guard let index, let known = KerasLayerClass(groupNamed: path[index]) else { return nil }
    return (known, index == path.endIndex - 1)
  }

  /// A name without the number of an output: `kernel:0` is `kernel`.
  private static func kernelName(_ name: String) -> String {
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty, parts[1].allSatisfy(\.isNumber) else { return name }
    return String(parts[0])
  }

  private static func name(of layer: JSONValue) -> String? {
    layer["config"]?["name"]?.string ?? layer["name"]?.string
  }

  /// Notes the class of a layer and of all layers in it; as deep as JSON may be nested.
  private static func collect(_ layer: JSONValue, into classes: inout [String: Set<String>]) {
    if let name = name(of: layer), let className = layer["class_name"]?.string {
      classes[name, default: []].insert(className)
    }
    for inner in layer["config"]?["layers"]?.array ?? [] { collect(inner, into: &classes) }
    // A layer around others.
    for key in ["layer", "forward_layer", "backward_layer", "cell"] {
      if let inner = layer["config"]?[key] { collect(inner, into: &classes) }
    }
    for inner in layer["config"]?["cells"]?.array ?? [] { collect(inner, into: &classes) }
  }
}
