public import BinaryInput
public import NetworkFamilies
public import NetworkProgram
public import GPWFormat
public import ModelFiles
public import NetworkRecognition
public import ONNXModel
public import TensorData

/// A file, and what in it gives the network that is meant.
public struct NetworkSource: Sendable {
  /// Which of the networks in a file is meant.
  public struct Selection: Sendable {
    /// Whether a moving average of the weights is preferred.
    public var average = AveragePolicy.auto
    /// The key path, and the prefix behind it, of the state dict, where it should not be chosen.
    public var key: String?

    /// Chooses what is usual.
    public init() {}
  }

  /// What gives the parameters.
  public enum Origin: Sendable {
    /// One of the places in a container where a network could be.
    case tensors(any TensorContainer, NetworkChoice)
    /// A graph that was recognised.
    case graph(LiftedNetwork)
    /// A native file, and what its labels say.
    case native(GPWModel, Architecture)
  }

  /// The file.
  public let file: SourceFile
  /// What in it gives the parameters.
  public let origin: Origin
  /// What the file says about its use, beside the network.
  public let notes: RecordedNotes
  /// Whether the file says itself what network it holds, and was taken at its word.
  public let isSelfDescribed: Bool
  /// The architecture that it is held to have, where one was given or the file says it.
  private let given: ArchitectureChoice?

  /// Chooses the network that is meant.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - selection: Which of its networks is meant.
  ///   - given: The architecture that it should have; else one of the published networks.
  /// - Throws: What choosing among named tensors throws, what lifting a graph throws; the path in
  ///   front.
  public init(
    _ file: SourceFile, _ selection: Selection = Selection(), given: ArchitectureChoice? = nil
  ) throws(ReadError) {
    self.file = file
    do throws(ReadError) {
      switch file.contents {
      case .native(let model, let architecture):
        self.given = given
        isSelfDescribed = given == nil
        origin = .native(model, architecture)
        notes = RecordedNotes(model)
      case .graph(let graph):
        self.given = given
        isSelfDescribed = false
        let lifted = try LiftedNetwork(graph)
        origin = .graph(lifted)
        notes = RecordedNotes(lifted)
      case .tensors(let container):
        let budget = file.budget
        let list = try CandidateList(container, budget: budget)
        func choice(_ given: ArchitectureChoice?) throws(ReadError) -> NetworkChoice {
          try NetworkChoice(
            among: list, as: given?.wanted ?? .published, average: selection.average,
            key: selection.key, budget: budget)
        }
        var stated = RecordedNotes(container.facts)
        // What a file says of itself may not be true of it any more, and is no reason to refuse it.
        if given == nil, let recorded = ArchitectureChoice(stated),
          let found = try? choice(recorded), found.taken.fit.isComplete
        {
          self.given = recorded
          isSelfDescribed = true
          origin = .tensors(container, found)
        } else {
          isSelfDescribed = false
          let first = try choice(given)
          let evidence = try NetworkEvidence(file, container.facts, for: first, given: given)
          self.given = evidence.settled ?? given
          // Choosing again is for what was not the first of several.
          if let settled = evidence.settled,
            settled.published?.name != first.taken.published?.name
              || settled.published?.weights != first.taken.published?.weights
          {
            origin = .tensors(container, try choice(settled))
          } else {
            origin = .tensors(container, first)
          }
          if let beside = evidence.preprocessing { stated.takePreprocessing(beside) }
        }
        notes = stated
      }
    } catch {
      throw error.within(file.path)
    }
  }

  /// Which of the networks in a container was taken, and why; nil for a format that holds one.
  public var choice: NetworkChoice? {
    if case .tensors(_, let choice) = origin { choice } else { nil }
  }

  /// The graph that the parameters were recognised in; nil for other formats.
  public var lifted: LiftedNetwork? {
    if case .graph(let lifted) = origin { lifted } else { nil }
  }

  /// What a native file says beside its parameters; nil for other formats.
  public var model: GPWModel? {
    if case .native(let model, _) = origin { model } else { nil }
  }

  /// What is unusual in the file and no reason to refuse it, for people.
  public var warnings: [String] { (lifted?.warnings ?? []) + notes.warnings }

  /// What of a graph is not part of the network, for people and for the provenance.
  public var graphRemarks: [String] {
    guard let lifted else { return [] }
    return (lifted.front.map { ["input: \($0.description)"] } ?? [])
      + (lifted.cuts.isEmpty
        ? [] : ["cut after the logits: \(lifted.cuts.joined(separator: ", "))"])
      + lifted.otherOutputs.map { "output '\($0)' left out" }
  }

  /// Where the batch norms are.
  public var form: NormalizationForm {
    switch origin {
    case .tensors(_, let choice): choice.taken.fit.form
    case .graph(let lifted): lifted.form
    case .native(let model, _): model.network.form
    }
  }

  /// The names of the parameters as the published code has them, as far as they are known.
  public var parameterNames: [String] {
    switch origin {
    case .tensors(_, let choice): choice.taken.candidate.members.map(\.name)
    case .graph(let lifted): lifted.parameters.names
    case .native(let model, _): model.network.parameters.names
    }
  }

  /// Every tensor of the place that was taken under its name in the file, checksums verified.
  ///
  /// - Throws: What reading throws, the path in front.
  public func tensors() throws(ReadError) -> StateDict {
    switch origin {
    case .graph(let lifted): return lifted.parameters
    case .native(let model, _): return model.network.parameters
    case .tensors(let container, let choice):
      do {
        let index = choice.taken.candidate.groupIndex
        return try container.tensors(choice.groups[index].names, ofGroup: index)
      } catch {
        throw error.within(file.path)
      }
    }
  }

  /// Finds out what network this is, without asking whether all of it fits. An architecture that
  /// was given takes precedence.
  ///
  /// - Throws: `recognition.unknown` where nothing says what network it is.
  public func identify() throws(ReadError) -> IdentifiedNetwork {
    switch origin {
    case .graph(let lifted):
      return try identify(lifted)
    case .native(let model, let architecture):
      return IdentifiedNetwork(
        source: self,
        architecture: given.map {
          $0.published == nil
            ? $0.architecture : $0.architecture.with(classCount: architecture.classCount)
        } ?? architecture,
        published: given.map(\.published) ?? model.name.flatMap { PublishedNetwork(named: $0) })
    case .tensors(_, let choice):
      let taken = choice.taken
      guard given != nil || taken.published != nil else {
        throw (taken.otherNames ?? taken.unknown).within(file.path)
      }
      return IdentifiedNetwork(
        source: self, architecture: taken.fit.architecture, published: taken.published)
    }
  }

  /// A graph says itself what it computes: a given architecture has to be the same, and gives the
  /// names.
  private func identify(_ lifted: LiftedNetwork) throws(ReadError) -> IdentifiedNetwork {
    guard let given else {
      return IdentifiedNetwork(
        source: self, architecture: lifted.architecture, published: lifted.published)
    }
    // Of several libraries' networks of that name the one that it is.
    let named =
      given.named.first { lifted.parameters(namedAs: lifted.adapting($0.architecture)) != nil }
      ?? given.published
    let architecture = named.map { lifted.adapting($0.architecture) } ?? given.architecture
    guard lifted.parameters(namedAs: architecture) != nil else {
      let (own, others) = (lifted.architecture.layers, architecture.layers)
      let place = lifted.architecture.firstDifference(from: architecture)
        .flatMap { $0 < min(own.count, others.count) ? $0 : nil }
      throw ReadError(
        .recognitionMismatch, "the graph is another network than the given one", path: [file.path],
        expected: place.map { "\(others[$0]) as layer \($0 + 2)" }
          ?? "\(others.count) layers, \(architecture.classCount) classes",
        found: place.map { "\(own[$0])" }
          ?? "\(own.count) layers, "
          + "\(lifted.architecture.classCount) classes",
        remedy: .leaveOutArchitecture)
    }
    return IdentifiedNetwork(
      source: self, architecture: architecture, published: named)
  }

  /// What becomes of every tensor of the file when the network is written.
  ///
  /// - Parameters:
  ///   - foldsBatchNorms: Whether the output has folded batch norms where the file has not.
  ///   - countsBatches: Whether norms of the output can have their counts of batches.
  /// - Returns: Every tensor and its fate.
  public func ledger(foldsBatchNorms: Bool, countsBatches: Bool = true) -> TensorLedger {
    switch origin {
    case .tensors(let container, let choice):
      return TensorLedger(
        choice, otherPaths: container.otherPaths, foldsBatchNorms: foldsBatchNorms,
        countsBatches: countsBatches)
    case .native(let model, let architecture):
      return TensorLedger(
        parametersOf: architecture, model.network.form,
        foldsBatchNorms: foldsBatchNorms, countsBatches: countsBatches,
        without: model.network.suppliedNames)
    case .graph(let lifted):
      var ledger = TensorLedger(
        parametersOf: lifted.architecture, lifted.form, foldsBatchNorms: foldsBatchNorms,
        countsBatches: countsBatches,
        without: NetworkSource.namesOfBatchCounts(lifted.architecture, lifted.form))
      ledger.ignore(lifted.unusedNames, why: "not part of the network")
      return ledger
    }
  }

  /// What a norm in PyTorch has to count batches with, which no graph has: it was added when the graph
  /// was read.
  static func namesOfBatchCounts(
    _ architecture: Architecture, _ form: NormalizationForm
  ) -> Set<String> {
    Set(architecture.parameters(form).filter { $0.role == .batchCount }.map(\.name))
  }
}

extension SourceFile {
  /// Finds out what network is in the file, without asking whether all of it fits.
  ///
  /// - Throws: What choosing throws; `recognition.unknown` where nothing says what network it is.
  public func identify(
    given: ArchitectureChoice? = nil,
    selecting selection: NetworkSource.Selection = NetworkSource.Selection()
  ) throws(ReadError) -> IdentifiedNetwork {
    try NetworkSource(self, selection, given: given).identify()
  }
}

extension Remedy {
  /// A graph needs no architecture from outside.
  public static let leaveOutArchitecture = Remedy(
    "leave-out-architecture", "give no architecture: the graph states its layers")
}
