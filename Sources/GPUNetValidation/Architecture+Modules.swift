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
    let byPath = Dictionary(modules.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let byLayer = Architecture.byLayer(modules)
    return programs(form).flatMap { program -> [Finding] in
      program.operations.flatMap(\.convolutions).flatMap { convolution in
        convolution.findings(byPath, program)
      } + (byLayer[program.moduleName] ?? []).compactMap { program.finding($0) }
    }
  }

  /// Whether the modules of a file state the steps of every layer: stride and padding of each
  /// convolution, the epsilon of each norm, and a nonlinearity that is known in each layer.
  ///
  /// - Parameters:
  ///   - modules: Under the paths that the published code gives them.
  ///   - form: Where the batch norms are.
  /// - Returns: Whether nothing is left to be asserted.
  public func isStated(by modules: [TensorGroup.Module], form: NormalizationForm) -> Bool {
    guard !modules.isEmpty else { return false }
    let byPath = Dictionary(modules.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let byLayer = Architecture.byLayer(modules)
    return programs(form).allSatisfy { program in
      program.operations.flatMap(\.convolutions).allSatisfy { convolution in
        let settings = byPath[program.fullName(convolution.name)]?.settings ?? [:]
        let norm = convolution.batchNorm.flatMap { byPath[program.fullName($0.name)] }
        return settings["stride"] != nil && settings["padding"] != nil
          && (convolution.batchNorm == nil || norm?.settings["eps"] != nil)
      } && (byLayer[program.moduleName] ?? []).contains { program.isNonlinearity($0) }
    }
  }

  /// The modules inside each layer's module, by its name.
  private static func byLayer(
    _ modules: [TensorGroup.Module]
  ) -> [String: [TensorGroup.Module]] {
    Dictionary(grouping: modules) { module in
      let parts = module.path.split(separator: ".", maxSplits: 2)
      return parts.count > 2 ? String(parts[1]) : ""
    }
  }
}

extension Convolution {
  /// What its modules are set to and should not be.
  fileprivate func findings(
    _ modules: [String: TensorGroup.Module], _ program: LayerProgram
  ) -> [Finding] {
    var findings: [Finding] = []
    func require(_ module: String, _ setting: String, _ values: [String]) {
      guard let found = modules[program.fullName(module)]?.settings[setting],
        !values.contains(found), values.first.flatMap(Double.init) ?? .nan != Double(found)
      else { return }
      findings.append(
        Finding(
          layer: program.moduleName, subject: "\(setting) of \(module)",
          expected: "\(values[0]), as \(program.layer) says", found: found))
    }
    func pair(_ number: Int) -> [String] { ["(\(number), \(number))", "\(number)"] }
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

extension LayerProgram {
  /// What classes of nonlinearities are called that layers have.
  private static let nonlinearities: [Activation: Set<Substring>] = [
    .relu: ["ReLU"],
    .swish: ["MemoryEfficientSwish", "SiLU", "Swish", "SwishJit", "SwishMe"],
  ]

  /// Classes of nonlinearities that no layer has.
  private static let otherNonlinearities: Set<Substring> = [
    "CELU", "ELU", "GELU", "HardSwish", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "Mish",
    "PReLU", "RReLU", "ReLU6", "SELU", "Softplus", "Tanh",
  ]

  /// Classes of pooling that are no mean.
  private static let otherPooling: Set<Substring> = [
    "MaxPool2d", "AdaptiveMaxPool2d", "FractionalMaxPool2d", "LPPool2d",
  ]

  /// Whether a module is a nonlinearity that some layer has.
  fileprivate func isNonlinearity(_ module: TensorGroup.Module) -> Bool {
    LayerProgram.nonlinearities.values.contains { $0.contains(module.shortClassName) }
  }

  /// A module inside the layer that computes something else than the layer says; nil for others.
  fileprivate func finding(_ module: TensorGroup.Module) -> Finding? {
    let name = module.shortClassName
    let expected: String
    let others = LayerProgram.nonlinearities.filter { $0.key != layer.activation }
    if LayerProgram.otherNonlinearities.contains(name)
      || others.values.contains(where: { $0.contains(name) })
    {
      expected = "\(layer.activation.rawValue), as \(layer) says"
    } else if LayerProgram.otherPooling.contains(name) {
      expected = "no such pooling in \(layer)"
    } else {
      return nil
    }
    return Finding(
      layer: moduleName, subject: String(module.path.dropFirst(fullName("").count)),
      expected: expected, found: String(name))
  }
}
