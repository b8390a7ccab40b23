public import BinaryInput
import Digests
public import GPUNetIR
public import GPUNetValidation
public import GPWFormat
public import NetworkRecognition
public import ONNXModel
import TensorData
public import TorchCheckpoint

/// A file that holds a network, opened by what is in it and not by its name.
public struct SourceFile: Sendable {
  /// The formats that are read.
  public enum Format: String, Sendable {
    /// PyTorch's zip archive.
    case torchZip = "pytorch-zip"
    /// PyTorch's format before version 1.6.
    case torchLegacy = "pytorch-legacy"
    /// An ONNX graph.
    case onnx
    /// The native format.
    case gpw
  }

  /// The file.
  public let file: MappedFile
  /// What is in it.
  public let format: Format
  /// The name of the checkpoint inside an outer archive.
  public let innerName: String?
  /// Which state dict was taken, and why; nil for a format that holds one network.
  public let choice: StateDictChoice?
  /// The parameters under their published names.
  public private(set) var parameters: SourceParameters
  /// What a native file says beside its parameters.
  public let model: GPWModel?
  /// The network that was recognised in an ONNX graph.
  public let lifted: LiftedNetwork?
  /// What the file says about its use, beside the network.
  public let notes: RecordedNotes

  private let leftOut: [(names: [String], why: String)]

  /// How a file is read.
  public struct Options: Sendable {
    /// Whether a moving average of the weights is preferred.
    public var average = AveragePolicy.auto
    /// The key path of the state dict, where it should not be chosen.
    public var key: String?
    /// How much trust a checkpoint is given.
    public var checkpoint = TorchCheckpoint.Options()
    /// How much trust an ONNX file is given.
    public var graph = ONNXFile.Options()

    /// Chooses what is usual.
    public init() {}
  }

  /// Opens a file and reads the state dict that is meant.
  ///
  /// - Throws: What reading the format throws, the path in front; `recognition.key`.
  public init(opening path: String, options: Options = Options()) throws(ReadError) {
    let file = try MappedFile(path: path)
    do {
      try self.init(reading: file, options)
    } catch {
      throw error.path.first == path ? error : error.within(path)
    }
  }

  private init(reading file: MappedFile, _ options: Options) throws(ReadError) {
    self.file = file
    if GPWFile.canRead(file.bytes) {
      let model = try GPWModel(GPWFile(file.bytes))
      format = .gpw
      innerName = nil
      choice = nil
      parameters = SourceParameters(model.network.parameters)
      leftOut = []
      self.model = model
      lifted = nil
      notes = RecordedNotes(model)
      return
    }
    if ONNXFile.canRead(file.bytes) {
      let lifted = try LiftedNetwork(ONNXFile(reading: file, options: options.graph))
      format = .onnx
      innerName = nil
      choice = nil
      parameters = SourceParameters(lifted.parameters)
      leftOut = [(lifted.unusedNames, "no node uses it")]
      model = nil
      self.lifted = lifted
      notes = RecordedNotes(lifted)
      return
    }
    guard TorchCheckpoint.canRead(file.bytes) else { throw ReadError(foreign: file.bytes) }
    let checkpoint = try TorchCheckpoint(file.bytes, options: options.checkpoint)
    let groups = checkpoint.groups
    let choice = try StateDictChoice(
      among: groups.map { ($0.keyPath, $0.names) }, average: options.average,
      key: options.key)
    format = checkpoint.container == .zip ? .torchZip : .torchLegacy
    innerName = checkpoint.innerName
    self.choice = choice
    parameters = SourceParameters(try checkpoint.stateDict(at: choice.keyPath))
    model = nil
    lifted = nil
    notes = RecordedNotes()
    let others = groups.filter { $0.keyPath != choice.keyPath }
    leftOut =
      others.map { group in
        (
          group.names.map { group.keyPath.isEmpty ? $0 : "\(group.keyPath).\($0)" },
          SourceFile.isOptimizer(group.keyPath)
            ? SourceFile.optimizerReason : "'\(choice.keyPath)' was taken instead"
        )
      } + [
        (
          checkpoint.otherPaths.filter { SourceFile.isOptimizer($0) },
          SourceFile.optimizerReason
        ),
        (
          checkpoint.otherPaths.filter { !SourceFile.isOptimizer($0) },
          "outside the state dict"
        ),
      ]
  }

  private static let optimizerReason = "state of the optimizer"

  private static func isOptimizer(_ path: String) -> Bool {
    path.split(separator: ".").first?.hasPrefix("optimizer") ?? false
  }

  /// The files beside it that hold parts of it.
  public var externalFiles: [MappedFile] { lifted?.file.externalFiles ?? [] }

  /// What is unusual in the file and no reason to refuse it, for people.
  public var warnings: [String] { (lifted?.file.warnings ?? []) + notes.warnings }

  /// The SHA-256 of the file, in hexadecimal digits.
  ///
  /// - Complexity: O(*n*) in the number of bytes.
  public func sha256() -> String {
    SHA256.hexDigest(of: file.bytes)
  }

  /// The names and SHA-256 of the files beside it that hold parts of it, for a provenance.
  var externalDigests: [String] {
    externalFiles.map { file in
      "external-data=\(file.path.lastPathComponent) sha256=\(SHA256.hexDigest(of: file.bytes))"
    }
  }

  /// Checks that the file, and those that hold parts of it, are still as they were opened.
  ///
  /// - Throws: `io.changed` where one was replaced, written to, or truncated.
  func requireUnchanged() throws(ReadError) {
    for file in [file] + externalFiles { try file.requireUnchanged() }
  }

  /// Finds out what network this is, without asking whether all of it fits. An architecture that
  /// the user gave takes precedence.
  ///
  /// - Throws: `recognition.unknown` where nothing says what network it is.
  public func identify(given: ArchitectureChoice? = nil) throws(ReadError) -> IdentifiedNetwork {
    if let lifted { return try identify(lifted, given: given) }
    if let given {
      // A published network is known by its layers; a configuration states its classes.
      let architecture =
        given.published == nil
        ? given.architecture : parameters.withOwnClassCount(given.architecture)
      return IdentifiedNetwork(
        source: self, architecture: architecture, published: given.published)
    }
    if let model {
      return IdentifiedNetwork(
        source: self, architecture: model.network.architecture,
        published: model.name.flatMap { PublishedNetwork(named: $0) })
    }
    do {
      let (published, architecture) = try parameters.publishedNetwork()
      return IdentifiedNetwork(source: self, architecture: architecture, published: published)
    } catch {
      throw error.within(file.path)
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
        advice: "leave out --arch: the graph states its layers")
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

/// A source together with the architecture it is held to be.
public struct IdentifiedNetwork: Sendable {
  /// The file and its parameters.
  public let source: SourceFile
  /// The architecture.
  public var architecture: Architecture
  /// The published network, where it is one.
  public let published: PublishedNetwork?

  /// Every layer's shapes and costs at the network's own resolution; what counts as a parameter is
  /// what the file has, where batch norms may be folded already.
  ///
  /// - Throws: What `Architecture.summaries(at:form:)` throws.
  public func summaries() throws(ReadError) -> [LayerSummary] {
    try architecture.summaries(form: source.parameters.form)
  }

  /// What in the file shows the fields of the layer strings.
  public var evidence: EvidenceSummary {
    EvidenceSummary(architecture.layers, hasGraph: source.lifted != nil)
  }

  /// Everything in the file that does not fit the architecture.
  public func findings() -> [Finding] {
    let parameters = source.parameters
    let foreign = parameters.foreignNames.map { name in
      Finding(
        layer: nil, subject: name, expected: "no tensor outside the network",
        found: "one whose name does not begin with '\(parameters.prefix)network.'",
        isUnusedTensor: true)
    }
    return architecture.findings(parameters: parameters.parameters, form: parameters.form)
      + foreign
  }

  /// The network, if everything fits; tensors that no layer needs may be passed over.
  ///
  /// - Throws: A ``Rejection`` with all findings.
  public func network(allowsUnused: Bool = false) throws -> Network {
    let findings = findings().filter { !(allowsUnused && $0.isUnusedTensor) }
    guard findings.isEmpty else {
      let onlyUnused = findings.allSatisfy(\.isUnusedTensor)
      throw Rejection(
        ReadError(
          onlyUnused ? .recognitionUnused : .recognitionMismatch,
          onlyUnused
            ? "tensors belong to no layer" : "the network does not fit together",
          path: [source.file.path], expected: "none",
          found: findings.count == 1 ? "1 finding" : "\(findings.count) findings",
          advice: onlyUnused
            ? "use --allow-unused to leave them out"
            : "give the right architecture or size (--arch, --resolution), or repair the checkpoint"
        ),
        reasons: findings.map(\.description))
    }
    do {
      return try Network(
        architecture: architecture, form: source.parameters.form,
        parameters: source.parameters.parameters)
    } catch {
      throw error.within(source.file.path)
    }
  }

  /// How pixels become the network's input: what the file says, or else what the published
  /// evaluation does.
  public var preprocessing: Preprocessing {
    source.notes.preprocessing ?? .published(cropFraction: published?.cropFraction ?? 1)
  }
}
