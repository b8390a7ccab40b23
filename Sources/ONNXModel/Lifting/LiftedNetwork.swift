public import BinaryInput
public import NetworkFamilies
public import NetworkProgram
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
    let stated = Resolution(input: file.graph.freeInputs[0], axes: trace.front?.axes)
    let match = try LayerMatch(trunk, at: stated)
    self.file = file
    unusedNames = file.graph.initializers.map(\.name).filter { !trace.usedNames.contains($0) }
    classifier = ClassifierGraph(trace)
    cuts = trace.tails.flatMap(\.operations).map(\.description).reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    otherOutputs = trace.otherOutputs
    warnings = trace.flat.warnings
    statesResolution = stated != nil
    var rules = match.convention.rules
    if !match.convention.isGPUNet, let epsilon = trunk.epsilon {
      rules = rules.with(epsilon: epsilon)
    }
    // Numbers that are "same" at the stated size are so at no other.
    if rules.padding == .same, let stated, trunk.fixesPadding { rules.padding = .sameAt(stated) }
    let found = try Architecture(
      convention: match.convention, rules: rules, entries: match.layers.numberingStages(),
      resolution: stated ?? LiftedNetwork.assumedResolution, classCount: match.classCount)
    let parameters = try trunk.parameters(of: found)
    let form = parameters.1
    func isFound(_ network: PublishedNetwork) -> Bool {
      // Lowering is dear, and few networks have these widths.
      let layers = network.architecture.layers
      guard layers.count == found.layers.count,
        zip(layers, found.layers).allSatisfy({
          $0.inputChannels == $1.inputChannels && $0.outputChannels == $1.outputChannels
        })
      else { return false }
      return network.architecture.with(classCount: match.classCount)
        .firstDifference(from: found, at: stated, form) == nil
    }
    // Of several libraries' that whose names the graph has kept.
    let names = Set(file.graph.initializers.map(\.name))
    let libraries =
      PublishedNetwork.gpunets.contains(where: isFound)
      ? [] : PublishedNetwork.ofLibraries.filter(isFound)
    published =
      PublishedNetwork.gpunets.first(where: isFound)
      ?? libraries.first { names.contains($0.architecture.convention.naming?.anchor ?? "") }
      ?? libraries.first
    let architecture =
      published?.architecture.with(
        resolution: stated, classCount: match.classCount,
        padding: found.rules.padding.isFixed ? found.rules.padding : nil) ?? found
    self.architecture = architecture
    // Of a network with other epsilons, norms that are kept are folded.
    (tensors, self.form) =
      published == nil ? parameters : try trunk.parameters(of: architecture)
  }

  /// Another architecture as the graph computes it: for its resolution and classes, and with "same"
  /// padding fixed where the graph has fixed it.
  public func adapting(_ other: Architecture) -> Architecture {
    other.with(
      resolution: architecture.resolution, classCount: architecture.classCount,
      padding: architecture.rules.padding.isFixed && other.rules.padding == .same
        ? architecture.rules.padding : nil)
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
    other.firstDifference(
      from: architecture, at: statesResolution ? architecture.resolution : nil, form) == nil
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
