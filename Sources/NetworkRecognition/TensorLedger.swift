public import GPUNetIR
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

  /// All tensors, in the order of the source.
  public private(set) var entries: [Entry] = []

  /// Accounts for the tensors of a file from which a network was chosen.
  ///
  /// - Parameters:
  ///   - choice: What was chosen.
  ///   - otherPaths: The tensors that stand in no group.
  ///   - foldsBatchNorms: Whether the output has folded batch norms where the source has not.
  public init(_ choice: NetworkChoice, otherPaths: [String], foldsBatchNorms: Bool) {
    let candidate = choice.taken.candidate
    let fit = choice.taken.fit
    let fates = TensorLedger.fates(
      fit.architecture, fit.form, foldsBatchNorms: foldsBatchNorms)
    var own: [String: Fate] = [:]
    for (name, source) in fit.sources {
      for part in source.names { own[part] = fates[name] }
    }
    for (member, reason) in fit.inert { own[member.sourceName] = .ignored(why: reason) }
    for member in candidate.members where own[member.sourceName] == nil {
      own[member.sourceName] = .unused
    }
    for other in choice.others where other.candidate.groupIndex == candidate.groupIndex {
      for member in other.candidate.members {
        own[member.sourceName] = .ignored(why: TensorLedger.instead(choice))
      }
    }
    let isForeign = Set(candidate.foreignNames)
    for entry in choice.groups[candidate.groupIndex].entries
    where own[entry.name] == nil && isForeign.contains(entry.name) {
      own[entry.name] = TensorLedger.fate(ofForeign: entry, candidate)
    }
    append(choice.groups[candidate.groupIndex]) { own[$0] ?? .unused }
    for (index, group) in choice.groups.enumerated() where index != candidate.groupIndex {
      let why =
        TensorLedger.isOptimizer(group.keyPath)
        ? TensorLedger.optimizerReason : TensorLedger.instead(choice)
      append(group) { _ in .ignored(why: why) }
    }
    for isOptimizer in [true, false] {
      ignore(
        otherPaths.filter { TensorLedger.isOptimizer($0) == isOptimizer },
        why: isOptimizer ? TensorLedger.optimizerReason : "outside the state dict")
    }
  }

  /// Accounts for the parameters of a network that a file has under their own names.
  ///
  /// - Parameters:
  ///   - architecture: The layers.
  ///   - form: Where the batch norms of the file are.
  ///   - foldsBatchNorms: Whether the output has folded batch norms where the source has not.
  ///   - countsBatches: Whether the file has the norms' counters.
  public init(
    parametersOf architecture: Architecture, _ form: NormalizationForm, foldsBatchNorms: Bool,
    countsBatches: Bool = true
  ) {
    let fates = TensorLedger.fates(architecture, form, foldsBatchNorms: foldsBatchNorms)
    entries = architecture.parameters(form).filter { countsBatches || $0.isFloatingPoint }.map {
      Entry(name: $0.name, fate: fates[$0.name] ?? .unused)
    }
  }

  private mutating func append(_ group: TensorGroup, _ fate: (String) -> Fate) {
    let place = group.keyPath.isEmpty ? "" : group.keyPath + "."
    entries += group.entries.map { Entry(name: place + $0.name, fate: fate($0.name)) }
  }

  /// What becomes of each parameter.
  private static func fates(
    _ architecture: Architecture, _ form: NormalizationForm, foldsBatchNorms: Bool
  ) -> [String: Fate] {
    var fates: [String: Fate] = [:]
    for program in architecture.programs(form) {
      for specification in program.parameters { fates[specification.name] = .used }
      guard foldsBatchNorms else { continue }
      for convolution in program.operations.flatMap(\.convolutions) {
        guard let norm = convolution.batchNorm else { continue }
        let target = program.fullName("\(convolution.name)")
        for part in ["weight", "bias", "running_mean", "running_var"] {
          fates[program.fullName("\(norm.name).\(part)")] = .folded(into: target)
        }
        fates[program.fullName("\(norm.name).num_batches_tracked")] = .ignored(
          why: "counts batches, which a folded norm does not need")
      }
    }
    return fates
  }

  /// What becomes of a tensor beside the network in its group: it is inert, or outside what was
  /// taken; where the network has no name of its own there, nobody can say.
  private static func fate(
    ofForeign tensor: TensorGroup.Entry, _ candidate: Candidate
  ) -> Fate {
    if let entry = Bookkeeping.entry(for: tensor.name, shape: tensor.shape) {
      return .ignored(why: entry.reason)
    }
    return candidate.shortPath == candidate.keyPath
      ? .unused : .ignored(why: "outside \(candidate.title)")
  }

  private static func instead(_ choice: NetworkChoice) -> String {
    "\(choice.taken.candidate.title) was taken instead"
  }

  private static let optimizerReason = "state of the optimizer"

  private static func isOptimizer(_ path: String) -> Bool {
    path.split(separator: ".").first?.hasPrefix("optimizer") ?? false
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
