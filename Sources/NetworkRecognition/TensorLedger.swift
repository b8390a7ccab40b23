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

  /// Leaves out what the source itself does not have.
  public mutating func remove(_ names: Set<String>) {
    entries.removeAll { names.contains($0.name) }
  }

  /// Accounts for the tensors of the state dict that was chosen.
  ///
  /// - Parameters:
  ///   - source: The state dict under its published names.
  ///   - keyPath: Where the state dict was found; empty for a bare one.
  ///   - architecture: The layers that it is used for.
  ///   - foldsBatchNorms: Whether the output has folded batch norms where the source has not.
  public init(
    of source: SourceParameters, keyPath: String, architecture: Architecture,
    foldsBatchNorms: Bool
  ) {
    var fates: [String: Fate] = [:]
    for program in architecture.programs(source.form) {
      let convolutions = program.operations.flatMap(\.convolutions)
      for specification in program.parameters { fates[specification.name] = .used }
      guard foldsBatchNorms else { continue }
      for convolution in convolutions {
        guard let norm = convolution.batchNorm else { continue }
        let target = program.fullName("\(convolution.name)")
        for part in ["weight", "bias", "running_mean", "running_var"] {
          fates[program.fullName("\(norm.name).\(part)")] = .folded(into: target)
        }
        fates[program.fullName("\(norm.name).num_batches_tracked")] = .ignored(
          why: "counts batches, which a folded norm does not need")
      }
    }
    let place = keyPath.isEmpty ? "" : keyPath + "."
    for name in source.parameters.names {
      entries.append(
        Entry(name: place + source.prefix + name, fate: fates[name] ?? .unused))
    }
    for name in source.foreignNames { entries.append(Entry(name: place + name, fate: .unused)) }
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
