public import BinaryInput
public import GPUNetIR
public import TensorData

/// A network that was recognised in a graph, by what the graph computes and never by its names.
public struct LiftedNetwork: Sendable {
  /// The layers; those of a published network with its stages, where they are the same.
  public let architecture: Architecture
  /// The published network with these layers.
  public let published: PublishedNetwork?
  /// Whether the graph states height and width; else the architecture's are the published network's
  /// or 224 px.
  public let statesResolution: Bool
  /// The parameters in their places.
  public let tensors: [ParameterSlot: Tensor]
  /// Where the batch norms are: separate where every convolution that has one in PyTorch has one in
  /// the graph, with the same epsilon; else folded.
  public let form: NormalizationForm
  /// The file whose graph it was recognised in.
  public let file: ONNXFile
  /// The names of initializers that nothing of the network uses.
  public let unusedNames: [String]
  /// The graph around the network, to be executed.
  public let classifier: ClassifierGraph
  /// The operators after the logits, which the network leaves out: `Softmax`,
  /// `TopK (5 largest)`.
  public let cuts: [String]
  /// The names of the graph's outputs that are not the logits, and not made of them.
  public let otherOutputs: [String]
  /// What is unusual in the file and was passed over, for people.
  public let warnings: [String]

  /// The parameters under their published names.
  public var parameters: StateDict { architecture.stateDict(of: tensors, form) }

  /// What the graph does with its input before the network; nil where it is the network's own.
  public var front: GraphFront? { classifier.front }

  /// The size that is assumed where nothing states one.
  public static let assumedResolution = Resolution(square: 224)!

  /// Recognises the layers of a graph.
  ///
  /// - Throws: `onnx.unsupportedOp` with all operators that no GPUNet needs, `onnx.lifting` with the
  ///   first node that does not fit, its neighbours, and what was expected; `io.memory`.
  public init(_ file: ONNXFile) throws(ReadError) {
    let trace = try GraphTrace(file)
    let trunk = try Trunk(trace)
    let match = try LayerMatch(trunk)
    self.file = file
    unusedNames = file.graph.initializers.map(\.name).filter { !trace.usedNames.contains($0) }
    classifier = ClassifierGraph(trace)
    cuts = trace.tails.flatMap(\.operations).map(\.description).reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    otherOutputs = trace.otherOutputs
    warnings = trace.flat.warnings
    let stated = Resolution(input: file.graph.freeInputs[0], axes: trace.front?.axes)
    statesResolution = stated != nil
    published = PublishedNetwork.all.first { $0.architecture.hasLayers(match.layers) }
    if let published {
      architecture = published.architecture.with(
        resolution: stated, classCount: match.classCount)
    } else {
      architecture = try Architecture(
        entries: match.layers.numberingStages(),
        resolution: stated ?? LiftedNetwork.assumedResolution, classCount: match.classCount)
    }
    (tensors, form) = try trunk.parameters(of: architecture)
  }

  /// The network under the names of another architecture with the same layers.
  ///
  /// - Throws: `onnx.lifting` where the layers are not the same.
  public func network(namedAs other: Architecture) throws(ReadError) -> Network {
    guard isSame(as: other) else {
      throw ReadError(
        .onnxLifting, "the graph has other layers",
        expected: other.layers.map(\.description).joined(separator: ", "),
        found: architecture.layers.map(\.description).joined(separator: ", "))
    }
    return try Network(architecture: other, form: form, tensors: tensors)
  }

  /// The parameters under the names of another architecture with the same layers; nil where the
  /// layers are not the same.
  public func parameters(namedAs other: Architecture) -> StateDict? {
    isSame(as: other) ? other.stateDict(of: tensors, form) : nil
  }

  private func isSame(as other: Architecture) -> Bool {
    other.hasLayers(architecture.layers) && other.classCount == architecture.classCount
  }
}

extension Resolution {
  /// The height and width that a graph states of its input.
  init?(input: ONNXValue, axes: [GraphFront.Axis]?) {
    let axes = axes ?? GraphFront.Axis.network
    guard let shape = input.shape, shape.count == axes.count,
      let row = axes.firstIndex(of: .height), let column = axes.firstIndex(of: .width),
      case .count(let height) = shape[row], case .count(let width) = shape[column]
    else { return nil }
    self.init(height: height, width: width)
  }
}

extension Architecture {
  /// Whether these are its layers, apart from expansions that give the same widths.
  fileprivate func hasLayers(_ others: [Layer]) -> Bool {
    layers.count == others.count
      && zip(layers, others).allSatisfy { $0.hasSameSteps(as: $1) }
  }
}

extension [Layer] {
  /// The layers with stages: a graph states none, so a new one begins wherever the size is halved.
  fileprivate func numberingStages() -> [Architecture.Entry] {
    var stage = 0
    return enumerated().map { index, layer in
      if index == 1 || (layer.stride > 1 && index > 0) { stage += 1 }
      return Architecture.Entry(layer, stage: stage)
    }
  }
}
