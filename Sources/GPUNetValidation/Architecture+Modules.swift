public import NetworkFamilies
public import NetworkProgram
public import TensorData

extension Architecture {
  /// Every setting of the modules of a network that was saved as a whole which is not what the layers
  /// say: strides, padding, dilation, epsilons, nonlinearities and pooling.
  ///
  /// - Parameters:
  ///   - modules: Under the paths that the published code gives them, as
  ///     `network.stage: 1 layer3.conv_dw`; none for a file that has no modules.
  ///   - form: Where the batch norms are.
  /// - Returns: All findings, in the order of the layers.
  public func findings(modules: [TensorGroup.Module], form: NormalizationForm) -> [Finding] {
    guard !modules.isEmpty else { return [] }
    let byPath = Architecture.byPath(modules)
    let byLayer = byLayer(modules)
    return program(form).layers.flatMap { program in
      program.convolutions.flatMap { $1.findings(byPath, program, program.label.units[$0]) }
        + LayerModules(program, byLayer[program.index] ?? [], areClassesKnown: knowsClasses)
        .findings
    }
  }

  /// The modules of which nobody knows here what they compute.
  ///
  /// - Parameter modules: Under the paths that the published code gives them.
  /// - Returns: Those modules, in the order of the layers.
  public func unknownModules(_ modules: [TensorGroup.Module]) -> [TensorGroup.Module] {
    guard knowsClasses, !modules.isEmpty else { return [] }
    let byLayer = byLayer(modules)
    return program(.separate).layers.flatMap { program in
      LayerModules(program, byLayer[program.index] ?? [], areClassesKnown: true).unknown
    }
  }

  /// The names of the layers that have modules, and none that computes their nonlinearity; the code
  /// of the network may.
  ///
  /// - Parameter modules: Under the paths that the published code gives them.
  /// - Returns: The names of the layers' modules.
  public func layersWithoutNonlinearity(_ modules: [TensorGroup.Module]) -> [String] {
    guard knowsClasses, !modules.isEmpty else { return [] }
    let byLayer = byLayer(modules)
    return program(.separate).layers.filter { program in
      byLayer[program.index].map {
        !LayerModules(program, $0, areClassesKnown: true).hasNonlinearity
      } ?? false
    }.map(\.moduleName)
  }

  /// Whether the modules of a file state the steps of every layer: stride and padding of each
  /// convolution, the epsilon of each norm, the layer's nonlinearity, and nothing that is not known.
  ///
  /// - Parameters:
  ///   - modules: Under the paths that the published code gives them.
  ///   - form: Where the batch norms are.
  /// - Returns: Whether nothing is left to be asserted.
  public func isStated(by modules: [TensorGroup.Module], form: NormalizationForm) -> Bool {
    guard knowsClasses, !modules.isEmpty, unknownModules(modules).isEmpty else { return false }
    let byPath = Architecture.byPath(modules)
    let byLayer = byLayer(modules)
    return program(form).layers.allSatisfy { program in
      program.convolutions.allSatisfy { unit, convolution in
        let names = program.label.units[unit]
        let settings = byPath[names.weights]?.settings ?? [:]
        let norm = names.norm.flatMap { byPath[$0] }
        return settings["stride"] != nil && settings["padding"] != nil
          && (convolution.batchNorm == nil || norm?.settings["eps"] != nil)
      }
        && LayerModules(program, byLayer[program.index] ?? [], areClassesKnown: true)
          .hasNonlinearity
    }
  }

  /// Whether every class of modules is known that the network's author builds it of: those of other
  /// libraries change from version to version, and only what is surely wrong about them is said.
  private var knowsClasses: Bool { convention.isGPUNet }

  /// The modules by their paths; of one and what wraps it the one that has settings.
  private static func byPath(_ modules: [TensorGroup.Module]) -> [String: TensorGroup.Module] {
    Dictionary(
      modules.map { ($0.path, $0) },
      uniquingKeysWith: { first, second in first.settings.isEmpty ? second : first })
  }

  /// The modules of each layer, by its index.
  private func byLayer(_ modules: [TensorGroup.Module]) -> [Int?: [TensorGroup.Module]] {
    let paths = LayerPaths(program(.separate).layers)
    return Dictionary(grouping: modules) { paths.layer(at: $0.path) }
  }
}

extension Convolution {
  /// Whether two texts are one number in 32 bits.
  private static func isSame(_ text: String, _ other: String) -> Bool {
    if let number = Float(text), let other = Float(other) { number == other } else { false }
  }

  /// Libraries' classes of convolutions that pad by the size of what they are given, whatever their
  /// `padding` says.
  private static let paddingBySize: Set<Substring> = ["Conv2dDynamicSamePadding", "Conv2dSame"]
  /// Those that pad by what a module inside them says.
  private static let paddingOnce: Set<Substring> = ["Conv2dStaticSamePadding"]

  /// What its modules are set to and should not be.
  fileprivate func findings(
    _ modules: [String: TensorGroup.Module], _ program: LayerProgram, _ names: UnitNames
  ) -> [Finding] {
    var findings: [Finding] = []
    func require(_ module: String, _ setting: String, _ values: [String]) {
      guard let found = modules[module]?.settings[setting],
        !values.contains(found), !Convolution.isSame(found, values[0])
      else { return }
      findings.append(
        Finding(
          layer: program.moduleName,
          subject: "\(setting) of \(program.label.localName(of: module))",
          expected: "\(values[0]), as \(program.label.text) says", found: found))
    }
    func pair(_ number: Int) -> [String] {
      ["(\(number), \(number))", "\(number)", "[\(number), \(number)]"]
    }
    require(names.weights, "stride", pair(stride))
    let name = modules[names.weights]?.shortClassName ?? ""
    if Convolution.paddingBySize.contains(name) {
      if case .fixed = padding, stride > 1 {
        findings.append(
          Finding(
            layer: program.moduleName,
            subject: "class of \(program.label.localName(of: names.weights))",
            expected: "one that pads by as much at every size", found: String(name)))
      }
    } else if !Convolution.paddingOnce.contains(name) {
      let half = (kernelSize - 1) / 2
      switch padding {
      case .fixed(let padding) where padding == Padding(padding.top):
        let isSame = stride == 1 && padding.top == half
        require(
          names.weights, "padding",
          pair(padding.top) + (isSame ? ["'same'"] : []) + (padding.top == 0 ? ["'valid'"] : []))
      case .fixed: break
      case .same: require(names.weights, "padding", ["'same'"] + (stride == 1 ? pair(half) : []))
      }
    }
    require(names.weights, "dilation", pair(1))
    require(names.weights, "groups", ["\(groups)"])
    if padding != .fixed(Padding(0)) { require(names.weights, "padding_mode", ["'zeros'"]) }
    if let batchNorm, let norm = names.norm { require(norm, "eps", ["\(batchNorm.epsilon)"]) }
    return findings
  }
}

/// What the modules inside one layer say of what it computes.
private struct LayerModules {
  private let program: LayerProgram
  private let modules: [TensorGroup.Module]
  /// Whether every class is known that the layer may consist of.
  private let areClassesKnown: Bool
  /// What the paths of modules inside a squeeze-excite begin with.
  private let gatePaths: [String]

  /// What classes of nonlinearities are called that layers have.
  private static let nonlinearities: [Activation: Set<Substring>] = [
    .relu: ["ReLU"],
    .relu6: ["ReLU6"],
    .swish: ["MemoryEfficientSwish", "SiLU", "Swish", "SwishJit", "SwishMe"],
  ]

  /// Classes of nonlinearities that no layer has, as other packages than PyTorch call them.
  private static let otherNonlinearities: Set<Substring> = [
    "GELU", "HardMish", "HardSigmoid", "HardSwish", "HardSwishMe", "HardswishMe", "HardSigmoidMe",
    "Mish", "QuickGELU", "Tanh",
  ]

  /// PyTorch's classes that a layer may consist of.
  private static let parts: Set<Substring> = [
    "AdaptiveAvgPool2d", "BatchNorm2d", "Conv2d", "Flatten", "Linear", "Module", "ModuleDict",
    "ModuleList", "ReLU", "Sequential", "SiLU", "SyncBatchNorm",
  ]

  /// The parts of PyTorch whose classes compute what their names say.
  private static let packages = ["torch.nn.modules."]

  init(_ program: LayerProgram, _ modules: [TensorGroup.Module], areClassesKnown: Bool) {
    self.program = program
    self.areClassesKnown = areClassesKnown
    self.modules = modules.filter { !$0.isIdle }
    gatePaths = program.steps.compactMap { step in
      guard case .squeezeExcite = step.operation else { return nil }
      let parts = program.label.units[step.firstUnit].weights.split(separator: ".").dropLast()
      return parts.joined(separator: ".") + "."
    }
  }

  private func isInGate(_ module: TensorGroup.Module) -> Bool {
    gatePaths.contains { module.path.hasPrefix($0) }
  }

  private func isRight(_ module: TensorGroup.Module) -> Bool {
    program.operations.contains { operation in
      guard case .activation(let activation) = operation else { return false }
      return LayerModules.nonlinearities[activation]?.contains(module.shortClassName) ?? false
    }
  }

  private func isOfTorch(_ module: TensorGroup.Module) -> Bool {
    LayerModules.packages.contains { module.className.hasPrefix($0) }
  }

  /// Whether the layer's own nonlinearity is among the modules.
  var hasNonlinearity: Bool { modules.contains { isRight($0) && !isInGate($0) } }

  /// Modules that compute something else than the layer says.
  var findings: [Finding] {
    modules.compactMap { module in
      let name = module.shortClassName
      let expected: String
      if module.settings["forward"] != nil {
        expected = "what its class computes"
      } else if LayerModules.otherNonlinearities.contains(name) || isOtherOfTorch(module) {
        // One that is there beside the right one may never be used.
        guard !hasNonlinearity || isInGate(module) || !isNonlinearityOfTorch(module) else {
          return nil
        }
        expected = "nothing of that kind, as \(program.label.text) says"
      } else {
        return nil
      }
      return Finding(
        layer: program.moduleName,
        subject: program.label.localName(of: module.path), expected: expected,
        found: module.settings["forward"] == nil ? String(name) : "another function in its place")
    }
  }

  /// The paths of the convolutions, norms and the classifier inside the layer.
  private var ownPaths: [String] {
    program.label.units.flatMap { [$0.weights] + ($0.norm.map { [$0] } ?? []) }
  }

  /// Whether a path leads behind the classifier: to a later place of the same chain, or into what
  /// stands in the classifier's place.
  private func isBehindClassifier(_ path: String) -> Bool {
    for step in program.steps {
      guard case .linear = step.operation else { continue }
      let own = program.label.units[step.firstUnit].weights.split(separator: ".")
      let parts = path.split(separator: ".")
      guard parts.count >= own.count, parts.dropLast(parts.count - own.count + 1) == own.dropLast(),
        let place = Int(parts[own.count - 1]), let last = own.last.flatMap({ Int($0) })
      else { continue }
      let isLinear =
        modules.first {
          $0.path == path
        }?.shortClassName == "Linear"
      if place > last || place == last && parts.count > own.count && !isLinear { return true }
    }
    return false
  }

  /// Whether it is one of PyTorch's classes that the layer has no use for.
  private func isOtherOfTorch(_ module: TensorGroup.Module) -> Bool {
    let name = module.shortClassName
    if LayerModules.nonlinearities.values.contains(where: { $0.contains(name) }) {
      return !isRight(module)
    }
    if name == "Sigmoid", !gatePaths.isEmpty { return false }
    // The mean over all of the image, or none.
    if name == "AdaptiveAvgPool2d" {
      let isWhole = ["1", "(1, 1)", "[1, 1]"].contains(module.settings["output_size"] ?? "1")
      return !isWhole || !isInGate(module) && !program.operations.contains(.globalAveragePool)
    }
    let mayBeOther = areClassesKnown ? isOfTorch(module) : isNonlinearityOfTorch(module)
    return mayBeOther && !LayerModules.parts.contains(name)
  }

  private func isNonlinearityOfTorch(_ module: TensorGroup.Module) -> Bool {
    module.className.hasPrefix("torch.nn.modules.activation.")
      || LayerModules.nonlinearities.values.contains { $0.contains(module.shortClassName) }
  }

  /// The modules of which nobody knows here what they compute, or when: those that have tensors or
  /// nothing in them, of classes that are not known; nonlinearities beside the right one, or more of
  /// that than the layer has steps of it; what stands behind the classifier; convolutions and norms
  /// that are none of the layer's; and what functions are called with.
  var unknown: [TensorGroup.Module] {
    let findings = Set(findings.map(\.subject))
    let steps = program.operations.count { if case .activation = $0 { true } else { false } }
    let right = modules.filter { isRight($0) && !isInGate($0) }.map(\.path)
    let surplus = Set(right.dropFirst(steps))
    return modules.filter { module in
      let path = module.path
      if findings.contains(program.label.localName(of: path)) { return false }
      if module.settings["hooks"] != nil || surplus.contains(module.path) { return true }
      if isBehindClassifier(path), !module.hasChildren { return true }
      if ["Conv2d", "BatchNorm2d", "SyncBatchNorm", "Linear"].contains(module.shortClassName),
        !ownPaths.contains(where: { $0 == path || path.hasPrefix($0 + ".") })
      {
        return true
      }
      if isOfTorch(module) { return isOtherOfTorch(module) }
      let isNonlinearity = LayerModules.nonlinearities.values.contains {
        $0.contains(module.shortClassName)
      }
      if isNonlinearity { return !isRight(module) }
      return path != program.label.path && (module.hasTensors || !module.hasChildren)
        && !module.className.hasPrefix("torch.")
    }
  }
}
