public import NetworkFamilies
public import NetworkProgram
public import TensorData

extension Architecture {
  /// Everything that does not fit, for parameters that are there to be read.
  ///
  /// - Parameters:
  ///   - parameters: Under their full names, as `network.head: 2.net.0.weight`.
  ///   - form: Where the batch norms are.
  ///   - resolution: Nil for the network's own.
  /// - Returns: All findings, in the order of the layers.
  public func findings(
    parameters: StateDict, form: NormalizationForm, resolution: Resolution? = nil
  ) -> [Finding] {
    findings(
      parameters: parameters.map {
        TensorGroup.Entry($0.name, shape: $0.tensor.shape, elementType: $0.tensor.elementType)
      }, form: form, resolution: resolution)
  }

  /// Everything that does not fit: the chain of channels, residuals, spatial sizes, and every layer
  /// string against the shapes of its parameters.
  ///
  /// - Parameters:
  ///   - entries: What is known of them, under their full names; what is not known fits.
  ///   - form: Where the batch norms are.
  ///   - resolution: Nil for the network's own.
  /// - Returns: All findings, in the order of the layers.
  public func findings(
    parameters entries: [TensorGroup.Entry], form: NormalizationForm,
    resolution: Resolution? = nil
  ) -> [Finding] {
    let parameters = Dictionary(
      entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var findings: [Finding] = []
    let resolution = resolution ?? self.resolution
    let layers = program(form).layers
    var shape: FeatureShape? = FeatureShape(
      channels: self.entries[0].layer.inputChannels, height: resolution.height,
      width: resolution.width)
    var expectedNames: Set<String> = []
    var extras = namesByLayer(entries.map(\.name), layers)
    for (index, program) in layers.enumerated() {
      let layer = self.entries[index].layer
      if index > 0, case let before = self.entries[index - 1].layer,
        before.outputChannels != layer.inputChannels
      {
        findings.append(
          Finding(
            layer: program.moduleName, subject: "input channels of \(layer)",
            expected: "\(before.outputChannels), which \(layers[index - 1].moduleName) gives",
            found: "\(layer.inputChannels)"))
      }
      findings += spatialFindings(program, &shape, resolution)
      for specification in program.parameters {
        expectedNames.insert(specification.name)
        if let finding = finding(specification, parameters[specification.name], program) {
          findings.append(finding)
        }
      }
      for name in extras.removeValue(forKey: index) ?? []
      where !expectedNames.contains(name) {
        findings.append(
          Finding(
            layer: program.moduleName, subject: program.label.localName(of: name),
            expected: "no such tensor in \(layer)",
            found: Architecture.shapeText(parameters[name]), isUnusedTensor: true))
      }
    }
    for name in extras[nil] ?? [] {
      findings.append(
        Finding(
          layer: nil, subject: name, expected: "no tensor outside the \(self.entries.count) layers",
          found: Architecture.shapeText(parameters[name]), isUnusedTensor: true))
    }
    return findings
  }

  /// The parameters' names by the index of the layer whose module they are in; nil for none.
  private func namesByLayer(
    _ names: [String], _ layers: [LayerProgram]
  ) -> [Int?: [String]] {
    let places = LayerPaths(layers)
    return Dictionary(grouping: names) { places.layer(around: $0) }
  }

  private func spatialFindings(
    _ program: LayerProgram, _ shape: inout FeatureShape?, _ resolution: Resolution
  ) -> [Finding] {
    guard let input = shape else { return [] }
    guard let output = program.outputShape(input) else {
      shape = nil
      return [
        Finding(
          layer: program.moduleName, subject: "spatial size at \(resolution) px",
          expected: "a map at least as large as the kernel", found: "\(input)")
      ]
    }
    shape = output
    guard program.operations.contains(.residual),
      (output.height, output.width) != (input.height, input.width)
    else { return [] }
    return [
      Finding(
        layer: program.moduleName, subject: "residual",
        expected: "a map of \(input.height)×\(input.width), as at the layer's input",
        found: "\(output.height)×\(output.width)")
    ]
  }

  private func finding(
    _ specification: ParameterSpecification, _ tensor: TensorGroup.Entry?, _ program: LayerProgram
  ) -> Finding? {
    func finding(_ expected: String, _ found: String) -> Finding {
      Finding(
        layer: program.moduleName, subject: program.label.localName(of: specification.name),
        expected: expected, found: found)
    }
    guard let tensor else {
      return finding("shape \(specification.shape), as \(program.label.text) says", "nothing")
    }
    if let type = tensor.elementType, !specification.accepts(type) {
      return finding(
        specification.isFloatingPoint ? "floating-point numbers" : "integers", type.rawValue)
    }
    guard let shape = tensor.shape, shape != specification.shape else { return nil }
    return finding(
      "shape \(specification.shape), as \(program.label.text) says",
      "shape \(shape)\(explanation(specification, shape))")
  }

  private static func shapeText(_ tensor: TensorGroup.Entry?) -> String {
    tensor?.shape.map { "shape \($0)" } ?? "a tensor of unknown shape"
  }

  /// Says in words what differs between two shapes of the same rank.
  private func explanation(_ specification: ParameterSpecification, _ found: [Int]) -> String {
    let expected = specification.shape
    guard found.count == expected.count else { return "" }
    if found.count > 1, found.sorted() == expected.sorted() { return " (transposed?)" }
    let axes: [String] =
      switch specification.role {
      case .convolutionWeight:
        ["output channels", "input channels of a group", "kernel height", "kernel width"]
      case .linearWeight: ["classes", "features"]
      case .linearBias: ["classes"]
      default: ["channels"]
      }
    let differing = zip(axes, zip(expected, found)).filter { $1.0 != $1.1 }
    return " (" + differing.map { "\($0): \($1.1) for \($1.0)" }.joined(separator: ", ") + ")"
  }
}
