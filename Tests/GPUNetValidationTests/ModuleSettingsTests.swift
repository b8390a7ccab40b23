import NetworkFamilies
import NetworkProgram
import GPUNetValidation
import TensorData
import TestSupport
import Testing

@Suite struct `Settings of modules` {
  /// Modules as PyTorch's layers state them for the sample network.
  private static func modules() throws -> [TensorGroup.Module] {
    try Architecture.sample().program(.separate).layers.flatMap { program -> [TensorGroup.Module] in
      let activation = program.operations.contains(.activation(.relu)) ? "ReLU" : "SiLU"
      return program.convolutions.flatMap { unit, convolution in
        [
          TensorGroup.Module(
            program.label.units[unit].weights,
            className: "torch.nn.modules.conv.Conv2d",
            settings: [
              "stride": "(\(convolution.stride), \(convolution.stride))",
              "padding": "(\(convolution.padding), \(convolution.padding))",
              "dilation": "(1, 1)", "groups": "\(convolution.groups)", "padding_mode": "'zeros'",
            ], hasTensors: true)
        ]
          + (program.label.units[unit].norm.map {
            [
              TensorGroup.Module(
                $0, className: "torch.nn.modules.batchnorm.BatchNorm2d",
                settings: ["eps": "\(convolution.batchNorm?.epsilon ?? 0)"], hasTensors: true)
            ]
          } ?? [])
      } + [
        TensorGroup.Module(
          "\(program.label.path).act", className: "torch.nn.modules.activation.\(activation)")
      ]
    }
  }

  private static let depthwise = "network.stage: 3 layer5.conv_dw"

  /// The modules with some of their settings changed.
  private static func modules(
    _ path: String, _ changes: [String: String], className: String? = nil
  ) throws -> [TensorGroup.Module] {
    try modules().map { module in
      guard module.path == path else { return module }
      return TensorGroup.Module(
        path, className: className ?? module.className,
        settings: module.settings.merging(changes) { $1 }, hasTensors: module.hasTensors)
    }
  }

  private static func findings(_ modules: [TensorGroup.Module]) throws -> [Finding] {
    try Architecture.sample().findings(modules: modules, form: .separate)
  }

  private static func isStated(_ modules: [TensorGroup.Module]) throws -> Bool {
    try Architecture.sample().isStated(by: modules, form: .separate)
  }

  @Test func `state every step where they are those of the layers`() throws {
    let modules = try Self.modules()
    #expect(try Self.findings(modules).isEmpty)
    #expect(try Self.isStated(modules))
    #expect(try Self.findings([]).isEmpty)
    #expect(try !Self.isStated([]))
    for index in modules.indices {
      var some = modules
      some.remove(at: index)
      #expect(try !Self.isStated(some), "without \(modules[index].path)")
    }
  }

  @Test(arguments: [
    ("stride", "(2, 2)"), ("stride", "[3, 1]"), ("padding", "(0, 0)"), ("padding", "'valid'"),
    ("dilation", "(2, 2)"), ("groups", "1"), ("padding_mode", "'reflect'"), ("stride", "an object"),
    ("forward", "an object"),
  ])
  func `that are others are found`(name: String, value: String) throws {
    let findings = try Self.findings(Self.modules(Self.depthwise, [name: value]))
    #expect(findings.count == 1)
    #expect(findings.first?.layer == "stage: 3 layer5")
  }

  @Test(arguments: [
    ("stride", "1"), ("stride", "[1, 1]"), ("padding", "'same'"), ("padding", "2"),
    ("dilation", "1"),
  ])
  func `may be spelled in other ways`(name: String, value: String) throws {
    let modules = try Self.modules(Self.depthwise, [name: value])
    #expect(try Self.findings(modules).isEmpty)
    #expect(try Self.isStated(modules))
  }

  @Test func `have epsilons in 32 or 64 bits`() throws {
    let norm = "network.stage: 3 layer5.bn2"
    for (value, isRight) in [
      ("0.001", true), ("0.0010000000474974513", true), ("1e-05", false), ("nan", false),
    ] {
      #expect(try Self.findings(Self.modules(norm, ["eps": value])).isEmpty == isRight)
    }
  }

  @Test(arguments: [
    "torch.nn.modules.activation.GELU", "torch.nn.modules.activation.SiLU",
    "torch.nn.modules.activation.Hardswish", "torch.nn.modules.pooling.MaxPool2d",
    "torch.nn.modules.upsampling.Upsample", "timm.layers.activations.HardSwish",
  ])
  func `of another class in place of the nonlinearity are found`(className: String) throws {
    let modules = try Self.modules("network.stage: 3 layer5.act", [:], className: className)
    #expect(try Self.findings(modules).map(\.subject) == ["act"])
  }

  @Test
  func `of a class that nobody knows are doubted, and so is what stands beside the right one`()
    throws
  {
    let place = "network.stage: 3 layer5.aa"
    for className in ["models.BlurPool2d", "torch.nn.modules.activation.GELU"] {
      let modules = try Self.modules() + [TensorGroup.Module(place, className: className)]
      #expect(try Self.findings(modules).isEmpty)
      #expect(try !Self.isStated(modules))
      #expect(try Architecture.sample().unknownModules(modules).map(\.path) == [place])
    }
    for className in ["torch.nn.modules.linear.Identity", "timm.layers.drop.DropPath"] {
      let modules = try Self.modules() + [TensorGroup.Module(place, className: className)]
      #expect(try Self.isStated(modules))
    }
    let other = try Self.modules(Self.depthwise, [:], className: "models.StdConv2d")
    #expect(try Self.findings(other).isEmpty)
    #expect(try !Self.isStated(other))
  }

  @Test func `that are more than the layer has, or stand where it has none, are doubted`() throws {
    let silu = "torch.nn.modules.activation.SiLU"
    for (path, className) in [
      ("network.head: 2.net.9", silu),
      ("network. layer6.net.7", "torch.nn.modules.activation.ReLU"),
      ("network. layer6.net.6.1", "torch.nn.modules.activation.ReLU"),
      ("network.stage: 2 layer4.se", "torch.nn.modules.batchnorm.BatchNorm2d"),
    ] {
      let modules = try Self.modules() + [TensorGroup.Module(path, className: className)]
      #expect(try Architecture.sample().unknownModules(modules).map(\.path) == [path])
      #expect(try !Self.isStated(modules))
    }
    let hooked = try Self.modules(Self.depthwise, ["hooks": "1"])
    #expect(try Architecture.sample().unknownModules(hooked).map(\.path) == [Self.depthwise])
  }

  @Test func `may lack a nonlinearity, which is said`() throws {
    let place = "network.stage: 3 layer5.act"
    let modules = try Self.modules().filter { $0.path != place }
    let identity = TensorGroup.Module(place, className: "torch.nn.modules.linear.Identity")
    for modules in [modules, modules + [identity]] {
      #expect(
        try Architecture.sample().layersWithoutNonlinearity(modules) == ["stage: 3 layer5"])
      #expect(try !Self.isStated(modules))
    }
    #expect(try Architecture.sample().layersWithoutNonlinearity(Self.modules()).isEmpty)
    #expect(try Architecture.sample().layersWithoutNonlinearity([]).isEmpty)
  }

  @Test(arguments: [("1", true), ("(1, 1)", true), ("8", false), ("(2, 1)", false)])
  func `pool all of the image`(size: String, isRight: Bool) throws {
    for (place, hasPool) in [("network. layer6.net.3", true), ("network.head: 2.net.3", false)] {
      let pool = TensorGroup.Module(
        place, className: "torch.nn.modules.pooling.AdaptiveAvgPool2d",
        settings: ["output_size": size])
      #expect(try Self.findings(Self.modules() + [pool]).isEmpty == (isRight && hasPool))
    }
  }

  @Test func `of a gate are not those of the layer`() throws {
    let gate = "network.stage: 3 layer5.se.act"
    let without = try Self.modules().filter { $0.path != "network.stage: 3 layer5.act" }
    let inside = TensorGroup.Module(gate, className: "torch.nn.modules.activation.ReLU")
    #expect(try !Self.isStated(without + [inside]))
    #expect(try Self.isStated(Self.modules() + [inside]))
    let other = TensorGroup.Module(gate, className: "torch.nn.modules.activation.GELU")
    #expect(try Self.findings(Self.modules() + [other]).map(\.subject) == ["se.act"])
  }
}
