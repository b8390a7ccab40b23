public import GPUNetIR
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
    let byLayer = Architecture.byLayer(modules)
    return programs(form).flatMap { program in
      program.operations.flatMap(\.convolutions).flatMap { $0.findings(byPath, program) }
        + LayerModules(program, byLayer[program.moduleName] ?? []).findings
    }
  }

  /// The modules of which nobody knows here what they compute.
  ///
  /// - Parameter modules: Under the paths that the published code gives them.
  /// - Returns: Those modules, in the order of the layers.
  public func unknownModules(_ modules: [TensorGroup.Module]) -> [TensorGroup.Module] {
    let byLayer = Architecture.byLayer(modules)
    return programs(.separate).flatMap { program in
      LayerModules(program, byLayer[program.moduleName] ?? []).unknown
    }
  }

  /// Whether the modules of a file state the steps of every layer: stride and padding of each
  /// convolution, the epsilon of each norm, the layer's nonlinearity, and nothing that is not known.
  ///
  /// - Parameters:
  ///   - modules: Under the paths that the published code gives them.
  ///   - form: Where the batch norms are.
  /// - Returns: Whether nothing is left to be asserted.
  public func isStated(by modules: [TensorGroup.Module], form: NormalizationForm) -> Bool {
    guard !modules.isEmpty, unknownModules(modules).isEmpty else { return false }
    let byPath = Architecture.byPath(modules)
    let byLayer = Architecture.byLayer(modules)
    return programs(form).allSatisfy { program in
      program.operations.flatMap(\.convolutions).allSatisfy { convolution in
        let settings = byPath[program.fullName(convolution.name)]?.settings ?? [:]
        let norm = convolution.batchNorm.flatMap { byPath[program.fullName($0.name)] }
        return settings["stride"] != nil && settings["padding"] != nil
          && (convolution.batchNorm == nil || norm?.settings["eps"] != nil)
      } && LayerModules(program, byLayer[program.moduleName] ?? []).hasNonlinearity
    }
  }

  /// The modules by their paths; of one and what wraps it the one that has settings.
  private static func byPath(_ modules: [TensorGroup.Module]) -> [String: TensorGroup.Module] {
    Dictionary(
      modules.map { ($0.path, $0) },
      uniquingKeysWith: { first, second in first.settings.isEmpty ? second : first })
  }

  /// The modules inside each layer's module, by its name.
  private static func byLayer(
    _ modules: [TensorGroup.Module]
  ) -> [String: [TensorGroup.Module]] {
    Dictionary(grouping: modules) { module in
      let parts = module.path.split(separator: ".", maxSplits: 2)
      return parts.count > 1 ? String(parts[1]) : ""
    }
  }
}

extension Convolution {
  /// Whether two texts are one number in 32 bits.
  private static func isSame(_ text: String, _ other: String) -> Bool {
    if let number = Float(text), let other = Float(other) { number == other } else { false }
  }

  /// What its modules are set to and should not be.
  fileprivate func findings(
    _ modules: [String: TensorGroup.Module], _ program: LayerProgram
  ) -> [Finding] {
    var findings: [Finding] = []
    func require(_ module: String, _ setting: String, _ values: [String]) {
      guard let found = modules[program.fullName(module)]?.settings[setting],
        !values.contains(found), !Convolution.isSame(found, values[0])
      else { return }
      findings.append(
        Finding(
          layer: program.moduleName, subject: "\(setting) of \(module)",
          expected: "\(values[0]), as \(program.layer) says", found: found))
    }
    func pair(_ number: Int) -> [String] {
      ["(\(number), \(number))", "\(number)", "[\(number), \(number)]"]
    }
    require(name, "stride", pair(stride))
    if padding == Padding(padding.top) {
      let isSame = stride == 1 && padding.top * 2 == kernelSize - 1
      require(
        name, "padding",
        pair(padding.top) + (isSame ? ["'same'"] : []) + (padding.top == 0 ? ["'valid'"] : []))
    }
    require(name, "dilation", pair(1))
    require(name, "groups", ["\(groups)"])
    if padding != Padding(0) { require(name, "padding_mode", ["'zeros'"]) }
    if let batchNorm { require(batchNorm.name, "eps", ["\(batchNorm.epsilon)"]) }
    return findings
  }
}

/// What the modules inside one layer say of what it computes.
private struct LayerModules {
  private let program: LayerProgram
  private let modules: [TensorGroup.Module]
  /// What the paths of modules inside a squeeze-excite begin with.
  private let gatePaths: [String]

  /// What classes of nonlinearities are called that layers have.
  private static let nonlinearities: [Activation: Set<Substring>] = [
    .relu: ["ReLU"],
    .swish: ["MemoryEfficientSwish", "SiLU", "Swish", "SwishJit", "SwishMe"],
  ]

  /// Classes of nonlinearities that no layer has, as other packages than PyTorch call them.
  private static let otherNonlinearities: Set<Substring> = [
    "GELU", "HardMish", "HardSigmoid", "HardSwish", "HardSwishMe", "HardswishMe", "HardSigmoidMe",
    "Mish", "QuickGELU", "ReLU6", "Tanh",
  ]

  /// PyTorch's classes that a layer may consist of.
  private static let parts: Set<Substring> = [
    "AdaptiveAvgPool2d", "BatchNorm2d", "Conv2d", "Flatten", "Linear", "Module", "ModuleDict",
    "ModuleList", "ReLU", "Sequential", "SiLU", "SyncBatchNorm",
  ]

  /// The parts of PyTorch whose classes compute what their names say.
  private static let packages = ["torch.nn.modules."]

  /// The ends of the names of classes that compute nothing in inference.
  private static let idleEndings = ["Identity", "Dropout", "Dropout2d", "DropPath", "QuantStub"]

  init(_ program: LayerProgram, _ modules: [TensorGroup.Module]) {
    self.program = program
    self.modules = modules.filter { module in
      !LayerModules.idleEndings.contains { module.shortClassName.hasSuffix($0) }
    }
    gatePaths = program.operations.compactMap { operation in
      guard case .squeezeExcite(let gate) = operation else { return nil }
      let parts = gate.reduce.name.split(separator: ".").dropLast()
      return program.fullName(parts.joined(separator: ".")) + "."
    }
  }

  private func isInGate(_ module: TensorGroup.Module) -> Bool {
    gatePaths.contains { module.path.hasPrefix($0) }
  }

  private func isRight(_ module: TensorGroup.Module) -> Bool {
    LayerModules.nonlinearities[program.layer.activation]?.contains(module.shortClassName) ?? false
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
        expected = "nothing of that kind, as \(program.layer) says"
      } else {
        return nil
      }
      return Finding(
        layer: program.moduleName,
        subject: String(module.path.dropFirst(program.fullName("").count)), expected: expected,
        found: module.settings["forward"] == nil ? String(name) : "another function in its place")
    }
  }

  /// Whether it is one of PyTorch's classes that the layer has no use for.
  private func isOtherOfTorch(_ module: TensorGroup.Module) -> Bool {
    let name = module.shortClassName
    if LayerModules.nonlinearities.values.contains(where: { $0.contains(name) }) {
      return !isRight(module)
    }
    if name == "Sigmoid", !gatePaths.isEmpty { return false }
    return isOfTorch(module) && !LayerModules.parts.contains(name)
  }

  private func isNonlinearityOfTorch(_ module: TensorGroup.Module) -> Bool {
    module.className.hasPrefix("torch.nn.modules.activation.")
      || LayerModules.nonlinearities.values.contains { $0.contains(module.shortClassName) }
  }

  /// The modules of which nobody knows here what they compute: those that have tensors or nothing in
  /// them, of classes that are not known, and nonlinearities beside the right one.
  var unknown: [TensorGroup.Module] {
    let findings = Set(findings.map(\.subject))
    return modules.filter { module in
      let path = String(module.path.dropFirst(program.fullName("").count))
      if findings.contains(path) { return false }
      if isOfTorch(module) { return isOtherOfTorch(module) }
      let isNonlinearity = LayerModules.nonlinearities.values.contains {
        $0.contains(module.shortClassName)
      }
      if isNonlinearity { return !isRight(module) }
      return !path.isEmpty && (module.hasTensors || !module.hasChildren)
        && !module.className.hasPrefix("torch.")
    }
  }
}
