public import NetworkFamilies
public import NetworkProgram
import TensorData

/// What became of every tensor of a source; none is lost without a word.
public struct TensorLedger: Sendable {
  /// What became of one tensor.
  public enum Fate: Hashable, Sendable {
    /// It is in the output under its own name.
    case used
    /// It is part of another parameter of the output.
    case folded(into: String)
    /// It was left out, for that reason.
    case ignored(why: String)
    /// It belongs to no layer.
    case unused
  }

  /// A tensor's path in the source and its fate.
  public struct Entry: Hashable, Sendable {
    /// The path in the source.
    public let name: String
    /// What became of it.
    public let fate: Fate
  }

  /// All tensors: those of the network's group, then the others, each in the order of the source.
  public private(set) var entries: [Entry] = []

  /// Accounts for the tensors of a file from which a network was chosen.
  ///
  /// - Parameters:
  ///   - choice: What was chosen.
  ///   - otherPaths: The tensors that stand in no group.
  ///   - foldsBatchNorms: Whether the output has folded batch norms where the source has not.
  ///   - countsBatches: Whether norms of the output can have their counts of batches.
  public init(
    _ choice: NetworkChoice, otherPaths: [String], foldsBatchNorms: Bool,
    countsBatches: Bool = true
  ) {
    let candidate = choice.taken.candidate
    let fit = choice.taken.fit
    let fates = TensorLedger.fates(
      fit.architecture, fit.form, foldsBatchNorms: foldsBatchNorms, countsBatches: countsBatches)
    var own: [String: Fate] = [:]
    for (name, source) in fit.sources {
      for part in source.names { own[part] = fates[name] }
    }
    for (member, reason) in fit.inert { own[member.sourceName] = .ignored(why: reason) }
    var beside: [Int: [String: Fate]] = [:]
    for bystander in choice.bystanders {
      beside[bystander.groupIndex, default: [:]][bystander.name] = bystander.fate
    }
    let isTaken = { (index: Int) in index == candidate.groupIndex }
    let indices = choice.groups.indices
    for index in indices.filter(isTaken) + indices.filter({ !isTaken($0) }) {
      append(choice.groups[index]) { name in
        (isTaken(index) ? own[name] : nil) ?? beside[index]?[name]
          ?? .ignored(why: "\(candidate.title) was taken instead")
      }
    }
    for isOptimizer in [true, false] {
      ignore(
        otherPaths.filter { PathWords.isOptimizers($0) == isOptimizer },
        why: isOptimizer ? Bystander.optimizerReason : "outside the state dict")
    }
  }

  /// Accounts for the parameters of a network that a file has under their own names.
  ///
  /// - Parameters:
  ///   - architecture: The layers.
  ///   - form: Where the batch norms of the file are.
  ///   - foldsBatchNorms: Whether the output has folded batch norms where the source has not.
  ///   - countsBatches: Whether norms of the output can have their counts of batches.
  ///   - suppliedNames: Those of the parameters that the file does not have.
  public init(
    parametersOf architecture: Architecture, _ form: NormalizationForm, foldsBatchNorms: Bool,
    countsBatches: Bool = true, without suppliedNames: Set<String> = []
  ) {
    let fates = TensorLedger.fates(
      architecture, form, foldsBatchNorms: foldsBatchNorms, countsBatches: countsBatches)
    entries = architecture.parameters(form).map(\.name).filter { !suppliedNames.contains($0) }.map {
      Entry(name: $0, fate: fates[$0] ?? .unused)
    }
  }

  private mutating func append(_ group: TensorGroup, _ fate: (String) -> Fate) {
    let place = group.keyPath.isEmpty ? "" : group.keyPath + "."
    entries += group.entries.map { Entry(name: place + $0.name, fate: fate($0.name)) }
  }

  /// What becomes of each parameter.
  private static func fates(
    _ architecture: Architecture, _ form: NormalizationForm, foldsBatchNorms: Bool,
    countsBatches: Bool
  ) -> [String: Fate] {
    var fates: [String: Fate] = [:]
    for program in architecture.program(form).layers {
      for specification in program.parameters {
        fates[specification.name] =
          countsBatches || specification.role != .batchCount
          ? .used : .ignored(why: "counts batches, which the format has no place for")
      }
      guard foldsBatchNorms else { continue }
      for (unit, convolution) in program.convolutions where convolution.batchNorm != nil {
        let target = program.label.units[unit].weights
        for role in [ParameterRole.normWeight, .normBias, .runningMean, .runningVariance] {
          fates[program.name(role, ofUnit: unit)] = .folded(into: target)
        }
        fates[program.name(.batchCount, ofUnit: unit)] = .ignored(
          why: "counts batches, which a folded norm does not need")
      }
    }
    return fates
  }

  /// Accounts for tensors that were not looked at.
  public mutating func ignore(_ names: some Sequence<String>, why: String) {
    entries += names.map { Entry(name: $0, fate: .ignored(why: why)) }
  }

  /// The names of the tensors that belong to no layer.
  public var unusedNames: [String] {
    entries.filter { $0.fate == .unused }.map(\.name)
  }

  /// The names of the tensors that are in the output as they were.
  public var usedNames: [String] {
    entries.filter { $0.fate == .used }.map(\.name)
  }

  /// The names of the tensors that are part of another parameter, and that parameter's module.
  public var foldedNames: [(name: String, target: String)] {
    entries.compactMap { entry in
      guard case .folded(let target) = entry.fate else { return nil }
      return (entry.name, target)
    }
  }

  /// The names of the tensors that were left out for that reason.
  public func ignoredNames(why: String) -> [String] {
    entries.filter { $0.fate == .ignored(why: why) }.map(\.name)
  }

  /// How many tensors met each kind of fate.
  public var counts: (used: Int, folded: Int, ignored: Int, unused: Int) {
    entries.reduce(into: (0, 0, 0, 0)) { counts, entry in
      switch entry.fate {
      case .used: counts.0 += 1
      case .folded: counts.1 += 1
      case .ignored: counts.2 += 1
      case .unused: counts.3 += 1
      }
    }
  }

  /// Why tensors were ignored, and how many for each reason, in the order of the source.
  public var ignoredCounts: [(why: String, count: Int)] {
    var result: [(why: String, count: Int)] = []
    for entry in entries {
      guard case .ignored(let why) = entry.fate else { continue }
      if let index = result.firstIndex(where: { $0.why == why }) {
        result[index].count += 1
      } else {
        result.append((why, 1))
      }
    }
    return result
  }
}

extension Bystander {
  /// What becomes of it.
  fileprivate var fate: TensorLedger.Fate {
    switch role {
    case .inert(let reason), .elsewhere(let reason): .ignored(why: reason)
    case .copy: .ignored(why: "the same numbers as a tensor of the network")
    case .normalization: .ignored(why: "what pixels are normalised by, which is not recorded")
    case .connected, .unknown: .unused
    }
  }
}
