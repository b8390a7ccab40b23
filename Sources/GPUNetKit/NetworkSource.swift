public import BinaryInput
public import GPUNetIR
public import GPWFormat
public import ModelFiles
public import NetworkRecognition
public import ONNXModel
import TensorData

/// The parameters of a network in a file, under their published names, and where they come from.
public struct NetworkSource: Sendable {
  /// Which of the networks in a file is meant.
  public struct Selection: Sendable {
    /// Whether a moving average of the weights is preferred.
    public var average = AveragePolicy.auto
    /// The key path of the state dict, where it should not be chosen.
    public var key: String?

    /// Chooses what is usual.
    public init() {}
  }

  /// What gave the parameters.
  public enum Origin: Sendable {
    /// A state dict among the groups of named tensors.
    case stateDict(StateDictChoice)
    /// A graph that was recognised.
    case graph(LiftedNetwork)
    /// A native file.
    case native(GPWModel)
  }

  /// The file.
  public let file: SourceFile
  /// What in it gave the parameters.
  public let origin: Origin
  /// The parameters under their published names.
  public private(set) var parameters: SourceParameters
  /// What the file says about its use, beside the network.
  public let notes: RecordedNotes

  private let leftOut: [(names: [String], why: String)]

  /// Reads the state dict that is meant, or what a graph or a native file holds.
  ///
  /// - Throws: `recognition.key`, what reading tensors throws, what lifting a graph throws; the
  ///   path in front.
  public init(_ file: SourceFile, _ selection: Selection = Selection()) throws(ReadError) {
    self.file = file
    do throws(ReadError) {
      switch file.contents {
      case .native(let model):
        origin = .native(model)
        parameters = SourceParameters(model.network.parameters)
        notes = RecordedNotes(model)
        leftOut = []
      case .graph(let graph):
        let lifted = try LiftedNetwork(graph)
        origin = .graph(lifted)
        parameters = SourceParameters(lifted.parameters)
        notes = RecordedNotes(lifted)
        leftOut = [(lifted.unusedNames, "no node uses it")]
      case .tensors(let container):
        let groups = container.groups
        let choice = try StateDictChoice(
          among: groups.map { ($0.keyPath, $0.names) }, average: selection.average,
          key: selection.key)
        guard let index = groups.firstIndex(where: { $0.keyPath == choice.keyPath }) else {
          preconditionFailure("one of the groups was chosen")
        }
        origin = .stateDict(choice)
        parameters = SourceParameters(
          try container.tensors(groups[index].names, ofGroup: index))
        notes = RecordedNotes()
        leftOut = NetworkSource.leftOut(container, choice)
      }
    } catch {
      throw error.within(file.path)
    }
  }

  /// What else is in a container, and why it was left out.
  private static func leftOut(
    _ container: any TensorContainer, _ choice: StateDictChoice
  ) -> [(names: [String], why: String)] {
    container.groups.filter { $0.keyPath != choice.keyPath }.map { group in
      (
        group.names.map { group.keyPath.isEmpty ? $0 : "\(group.keyPath).\($0)" },
        isOptimizer(group.keyPath) ? optimizerReason : "'\(choice.keyPath)' was taken instead"
      )
    } + [
      (container.otherPaths.filter { isOptimizer($0) }, optimizerReason),
      (container.otherPaths.filter { !isOptimizer($0) }, "outside the state dict"),
    ]
  }

  private static let optimizerReason = "state of the optimizer"

  private static func isOptimizer(_ path: String) -> Bool {
    path.split(separator: ".").first?.hasPrefix("optimizer") ?? false
  }

  /// Which state dict was taken, and why; nil for a format that holds one network.
  public var choice: StateDictChoice? {
    if case .stateDict(let choice) = origin { choice } else { nil }
  }

  /// The graph that the parameters were recognised in; nil for other formats.
  public var lifted: LiftedNetwork? {
    if case .graph(let lifted) = origin { lifted } else { nil }
  }

  /// What a native file says beside its parameters; nil for other formats.
  public var model: GPWModel? {
    if case .native(let model) = origin { model } else { nil }
  }

  /// What is unusual in the file and no reason to refuse it, for people.
  public var warnings: [String] { (lifted?.file.warnings ?? []) + notes.warnings }

  /// Finds out what network this is, without asking whether all of it fits. An architecture that
  /// the user gave takes precedence.
  ///
  /// - Throws: `recognition.unknown` where nothing says what network it is.
  public func identify(given: ArchitectureChoice? = nil) throws(ReadError) -> IdentifiedNetwork {
    switch (origin, given) {
    case (.graph(let lifted), _):
      return try identify(lifted, given: given)
    case (_, let given?):
      // A published network is known by its layers; a configuration states its classes.
      let architecture =
        given.published == nil
        ? given.architecture : parameters.withOwnClassCount(given.architecture)
      return IdentifiedNetwork(
        source: self, architecture: architecture, published: given.published)
    case (.native(let model), nil):
      return IdentifiedNetwork(
        source: self, architecture: model.network.architecture,
        published: model.name.flatMap { PublishedNetwork(named: $0) })
    case (.stateDict, nil):
      do {
        let (published, architecture) = try parameters.publishedNetwork()
        return IdentifiedNetwork(source: self, architecture: architecture, published: published)
      } catch {
        throw error.within(file.path)
      }
    }
  }

  /// A graph says itself what it computes: a given architecture has to be the same, and gives the
  /// names.
  private func identify(
    _ lifted: LiftedNetwork, given: ArchitectureChoice?
  ) throws(ReadError) -> IdentifiedNetwork {
    guard let given else {
      return IdentifiedNetwork(
        source: self, architecture: lifted.architecture, published: lifted.published)
    }
    let architecture =
      given.published == nil
      ? given.architecture
      : given.architecture.with(
        resolution: lifted.architecture.resolution, classCount: lifted.architecture.classCount)
    guard let parameters = lifted.parameters(namedAs: architecture) else {
      let place = zip(lifted.architecture.layers, architecture.layers).enumerated()
        .first { !$1.0.hasSameSteps(as: $1.1) }
      throw ReadError(
        .recognitionMismatch, "the graph is another network than the given one", path: [file.path],
        expected: place.map { "\($0.element.1) as layer \($0.offset + 2)" }
          ?? "\(architecture.layers.count) layers, \(architecture.classCount) classes",
        found: place.map { "\($0.element.0)" }
          ?? "\(lifted.architecture.layers.count) layers, "
          + "\(lifted.architecture.classCount) classes",
        remedy: .leaveOutArchitecture)
    }
    var source = self
    source.parameters = SourceParameters(parameters)
    return IdentifiedNetwork(
      source: source, architecture: architecture, published: given.published)
  }

  /// What becomes of every tensor of the file when the network is written.
  public func ledger(_ architecture: Architecture, foldsBatchNorms: Bool) -> TensorLedger {
    var ledger = TensorLedger(
      of: parameters, keyPath: choice?.keyPath ?? "", architecture: architecture,
      foldsBatchNorms: foldsBatchNorms)
    if lifted != nil {
      // No graph counts batches; what a norm in PyTorch has for that was added when it was read.
      let added = parameters.parameters.filter { !$0.tensor.elementType.isFloatingPoint }
      ledger.remove(Set(added.map { parameters.prefix + $0.name }))
    }
    for (names, why) in leftOut { ledger.ignore(names, why: why) }
    return ledger
  }
}

extension SourceFile {
  /// Finds out what network is in the file, without asking whether all of it fits.
  ///
  /// - Throws: What reading its parameters throws; `recognition.unknown` where nothing says what
  ///   network it is.
  public func identify(
    given: ArchitectureChoice? = nil,
    selecting selection: NetworkSource.Selection = NetworkSource.Selection()
  ) throws(ReadError) -> IdentifiedNetwork {
    try NetworkSource(self, selection).identify(given: given)
  }
}

extension Remedy {
  /// A graph needs no architecture from outside.
  public static let leaveOutArchitecture = Remedy(
    "leave-out-architecture", "give no architecture: the graph states its layers")
}
