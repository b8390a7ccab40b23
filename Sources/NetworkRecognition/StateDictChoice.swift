public import BinaryInput
import Spelling

/// Whether the moving average of the weights is preferred to the weights themselves.
public enum AveragePolicy: String, CaseIterable, Hashable, Sendable {
  /// The average where there is one.
  case auto
  /// The average, or an error.
  case always
  /// The weights as they were trained.
  case never
}

/// Which of a file's state dicts is the network, and why.
public struct StateDictChoice: Hashable, Sendable {
  /// The key path; empty for a bare state dict.
  public let keyPath: String
  /// Why this one, as a phrase.
  public let reason: String

  /// Keys of moving averages, the most usual first.
  static let averageKeys = ["state_dict_ema", "model_ema", "ema_state_dict", "ema"]
  /// Keys of the weights themselves, the most usual first; the first is a bare state dict.
  static let plainKeys = ["", "state_dict", "model", "model_state_dict"]

  /// Chooses among the dicts of named tensors that a file holds.
  ///
  /// - Parameters:
  ///   - candidates: Key paths and the names below each, in file order.
  ///   - average: Whether a moving average of the weights is preferred.
  ///   - key: The key path that was asked for, if any.
  /// - Throws: `recognition.key` where nothing fits.
  public init(
    among candidates: [(keyPath: String, names: [String])], average: AveragePolicy = .auto,
    key: String? = nil
  ) throws(ReadError) {
    if let key {
      guard candidates.contains(where: { $0.keyPath == key }) else {
        throw ReadError(
          .recognitionKey, "no state dict under that key",
          expected: "one of \(StateDictChoice.list(candidates.map(\.keyPath)))", found: key,
          advice: key.nearest(in: candidates.lazy.map(\.keyPath)).map { "did you mean '\($0)'?" })
      }
      self.init(keyPath: key, reason: "asked for by its key")
      return
    }
    let networks = candidates.filter { $0.names.contains { SourceParameters.isLayerName($0) } }
    let paths = networks.map(\.keyPath)
    guard !paths.isEmpty else {
      throw ReadError(
        .recognitionKey, "no state dict here is a GPUNet's",
        expected: "names like 'network.head: 2.net.0.weight'",
        found: candidates.isEmpty
          ? "no named tensors"
          : "\(StateDictChoice.list(candidates.map(\.keyPath))), with names like '\(candidates[0].names.first ?? "")'",
        advice: "if it is one under other names, rename its parameters to the published ones")
    }
    let found = StateDictChoice.averageKeys.first { paths.contains($0) }
    if average != .never, let averaged = found {
      self.init(
        keyPath: averaged,
        reason: average == .always
          ? "the average, as asked for"
          : "the moving average, as the published evaluation uses it")
      return
    }
    guard average != .always else {
      throw ReadError(
        .recognitionKey, "the file has no moving average of the weights",
        expected: "one of \(StateDictChoice.averageKeys.joined(separator: ", "))",
        found: StateDictChoice.list(paths),
        remedy: .otherAverage)
    }
    let plain = paths.filter { !StateDictChoice.averageKeys.contains($0) }
    if let known = StateDictChoice.plainKeys.first(where: { plain.contains($0) }) {
      let only = known.isEmpty ? "a bare state dict" : "the usual key"
      self.init(
        keyPath: known,
        reason: found == nil ? only : "the trained weights, as asked for")
      return
    }
    guard plain.count == 1 else {
      throw ReadError(
        .recognitionKey, "several state dicts could be meant", expected: "one",
        found: StateDictChoice.list(paths), remedy: .nameStateDict)
    }
    self.init(keyPath: plain[0], reason: "the only one of a GPUNet")
  }

  private init(keyPath: String, reason: String) {
    self.keyPath = keyPath
    self.reason = reason
  }

  private static func list(_ paths: [String]) -> String {
    let names = paths.prefix(10).map { $0.isEmpty ? "the top level" : "'\($0)'" }
    let rest = paths.count > 10 ? " and \(paths.count - 10) more" : ""
    return paths.isEmpty ? "none" : names.joined(separator: ", ") + rest
  }
}
