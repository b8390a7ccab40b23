import BinaryInput
import NetworkProgram
import TensorData

/// Turns the steps of a network into nodes.
struct ONNXGraphBuilder {
  /// The nodes, the input, the output and what is known of the values in between.
  private(set) var graph = ONNXGraph()

  private let dataType: ONNXDataType
  private let opset: Int
  private let hasDynamicSize: Bool
  /// The layer whose steps are being added.
  private var program: LayerProgram
  /// The names of the nodes, which their values have too.
  private var names: Set<String> = []
  /// The value that the next step takes.
  private var value = ONNXGraphBuilder.inputName
  /// Its shape for one image; of unknown height and width where those are dynamic.
  private var shape: FeatureShape
  /// Whether the value has a height and width that the architecture's resolution does not give.
  private var isOfUnknownSize: Bool

  private static let inputName = "input"
  private static let outputName = "output"
  private static let batch = ONNXValue.Dimension.symbol("batch")

  /// Makes the graph.
  ///
  /// - Throws: `architecture.resolution` where the images are too small for the network.
  init(
    _ network: Program, elementType: ElementType, opset: Int, hasDynamicSize: Bool
  ) throws(ReadError) {
    dataType = ONNXDataType(elementType)
    self.opset = opset
    self.hasDynamicSize = hasDynamicSize
    program = network.layers[0]
    shape = network.input
    isOfUnknownSize = hasDynamicSize
    graph.inputs = [
      ONNXValue(
        value, .float,
        shape: [
          ONNXGraphBuilder.batch, .count(shape.channels),
          hasDynamicSize ? .symbol("height") : .count(shape.height),
          hasDynamicSize ? .symbol("width") : .count(shape.width),
        ])
    ]
    graph.outputs = [
      ONNXValue(
        ONNXGraphBuilder.outputName, .float,
        shape: [ONNXGraphBuilder.batch, .count(network.classCount)])
    ]
    if dataType != .float { addCast(to: dataType, named: "/input") }
    for program in network.layers {
      self.program = program
      let layerInput = value
      var activationCount = 0
      for step in program.steps {
        guard let next = step.operation.outputShape(shape) else {
          throw ReadError(
            .architectureResolution, "the images are too small for the network",
            path: [program.moduleName], found: network.resolution.description)
        }
        if case .activation = step.operation { activationCount += 1 }
        try add(step, giving: next, layerInput: layerInput, actName: "act\(activationCount)")
      }
    }
    if dataType != .float { addCast(to: .float, named: "/output") }
    finish()
  }

  /// Adds a step and goes on with its value.
  private mutating func add(
    _ step: LayerProgram.Step, giving next: FeatureShape, layerInput: String, actName: String
  ) throws(ReadError) {
    let unit = step.firstUnit
    switch step.operation {
    case .convolution(let convolution):
      let padding = paddingAttribute(of: convolution)
      shape = next
      add(convolution, unit, padding)
    case .activation(let activation):
      try add(activation, named: actName)
    case .squeezeExcite(let excite):
      try add(excite, unit)
    case .residual:
      add("Add", named: "add", [value, layerInput])
    case .globalAveragePool:
      shape = next
      isOfUnknownSize = false
      add("GlobalAveragePool", named: "pool", [value])
    case .linear:
      add("Flatten", named: "flatten", [value], [ONNXAttribute("axis", .integer(1))], isFlat: true)
      shape = next
      add(
        "Gemm", named: program.localName(ofUnit: unit),
        [value] + names([.linearWeight, .linearBias], unit),
        [ONNXAttribute("transB", .integer(1))], isFlat: true)
    }
  }

  /// The attribute that pads the current value for a convolution.
  private func paddingAttribute(of convolution: Convolution) -> ONNXAttribute {
    if convolution.padding == .same {
      // What it is depends on the map, which a graph may be given in another size.
      return ONNXAttribute("auto_pad", .string(Array("SAME_UPPER".utf8)))
    }
    let padding = convolution.padding(for: shape)
    return ONNXAttribute(
      "pads", .integers([padding.top, padding.left, padding.bottom, padding.right]))
  }

  private mutating func add(_ convolution: Convolution, _ unit: Int, _ padding: ONNXAttribute) {
    let roles: [ParameterRole] =
      convolution.hasBias ? [.convolutionWeight, .convolutionBias] : [.convolutionWeight]
    add(
      "Conv", named: program.localName(ofUnit: unit), [value] + names(roles, unit),
      [
        ONNXAttribute("dilations", .integers([1, 1])),
        ONNXAttribute("group", .integer(convolution.groups)),
        ONNXAttribute(
          "kernel_shape", .integers([convolution.kernelSize, convolution.kernelSize])),
        padding,
        ONNXAttribute("strides", .integers([convolution.stride, convolution.stride])),
      ])
    guard let norm = convolution.batchNorm, let path = program.label.units[unit].norm else {
      return
    }
    add(
      "BatchNormalization", named: program.label.localName(of: path),
      [value] + names([.normWeight, .normBias, .runningMean, .runningVariance], unit),
      [ONNXAttribute("epsilon", .float(Float(norm.epsilon)))])
  }

  private mutating func add(
    _ activation: Activation, named name: String
  ) throws(ReadError) {
    switch activation {
    case .relu: add("Relu", named: name, [value])
    case .swish:
      let input = value
      add("Sigmoid", named: "\(name)/sigmoid", [input])
      add("Mul", named: "\(name)/mul", [input, value])
    case .relu6: try addClip(0, 6, named: name)
    }
  }

  /// Adds a step that keeps values within bounds, which are constants that all such steps share.
  private mutating func addClip(
    _ least: Double, _ most: Double, named name: String
  ) throws(ReadError) {
    guard opset >= 11 else {
      // Only later they became inputs.
      let bounds = [
        ONNXAttribute("min", .float(Float(least))), ONNXAttribute("max", .float(Float(most))),
      ]
      return add("Clip", named: name, [value], bounds)
    }
    let bounds = [("clip/min", least), ("clip/max", most)]
    if !graph.initializers.contains(where: { $0.name == bounds[0].0 }) {
      for (name, bound) in bounds {
        graph.initializers.append(
          try ONNXTensor(
            Tensor([bound], shape: []).converted(to: dataType.elementType!), name: name))
      }
    }
    add("Clip", named: name, [value] + bounds.map(\.0))
  }

  private mutating func add(_ excite: SqueezeExcite, _ firstUnit: Int) throws(ReadError) {
    let input = value
    let inputShape = shape
    let inputIsOfUnknownSize = isOfUnknownSize
    shape = FeatureShape(channels: shape.channels, height: 1, width: 1)
    isOfUnknownSize = false
    add("GlobalAveragePool", named: "se/pool", [input])
    shape.channels = excite.reduce.outputChannels
    add(excite.reduce, firstUnit, paddingAttribute(of: excite.reduce))
    try add(excite.activation, named: "se/act")
    shape.channels = excite.expand.outputChannels
    add(excite.expand, firstUnit + 1, paddingAttribute(of: excite.expand))
    add("Sigmoid", named: "se/gate", [value])
    shape = inputShape
    isOfUnknownSize = inputIsOfUnknownSize
    add("Mul", named: "se/scale", [input, value])
  }

  /// Adds a node of the layer, whose value has the current shape, and goes on with that value.
  private mutating func add(
    _ operatorType: String, named name: String, _ inputs: [String],
    _ attributes: [ONNXAttribute] = [], isFlat: Bool = false
  ) {
    add(
      operatorType, named: "/\(program.moduleName)/\(name)", inputs, attributes, dataType,
      isFlat: isFlat)
  }

  private mutating func addCast(to dataType: ONNXDataType, named prefix: String) {
    add(
      "Cast", named: "\(prefix)/cast", [value],
      [ONNXAttribute("to", .integer(dataType.rawValue))], dataType)
  }

  private mutating func add(
    _ operatorType: String, named wanted: String, _ inputs: [String],
    _ attributes: [ONNXAttribute], _ dataType: ONNXDataType, isFlat: Bool = false
  ) {
    var name = wanted
    var count = 1
    while !names.insert(name).inserted {
      count += 1
      name = "\(wanted)_\(count)"
    }
    graph.nodes.append(
      ONNXNode(
        operatorType, name: name, inputs: inputs, outputs: [name], attributes: attributes))
    let extents: [ONNXValue.Dimension] =
      isOfUnknownSize ? [.unknown, .unknown] : [.count(shape.height), .count(shape.width)]
    graph.intermediates.append(
      ONNXValue(
        name, dataType,
        shape: [ONNXGraphBuilder.batch, .count(shape.channels)] + (isFlat ? [] : extents)))
    value = name
  }

  /// Gives the last value the output's name.
  private mutating func finish() {
    graph.nodes[graph.nodes.count - 1].outputs = [ONNXGraphBuilder.outputName]
    graph.intermediates.removeLast()
  }

  private func names(_ roles: [ParameterRole], _ unit: Int) -> [String] {
    roles.map { program.name($0, ofUnit: unit) }
  }
}
