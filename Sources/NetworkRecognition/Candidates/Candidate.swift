public import NetworkFamilies
public import TensorData

/// A place in a file where a network could be: a group of named tensors, and what stands before the
/// layers' names in it.
public struct Candidate: Sendable {
  /// The index of the group in the file.
  public let groupIndex: Int
  /// The keys that lead to the group, joined by dots.
  public let keyPath: String
  /// What stands before every published name in the file: `module.`, `model.student.` or nothing.
  public let prefix: String
  /// What stands behind every name where that tells a copy from others: `_ema` or nothing.
  public var suffix = ""
  /// The class of the object whose parameters these are, where the file says it.
  public let className: String?
  /// The conventions that name parameters so; none for a GPUNet, whose layers have names of their own.
  public var conventions: [Convention] = []
  /// The tensors, under the names that the published code gives as far as that is known.
  public let members: [Member]
  /// The words that tools put inside the names, and that were taken out, apart from the prefix.
  public let wrapperWords: [String]
  /// Whether the names lack the root that the published code has.
  public let lacksRoot: Bool
  /// The names in the group that are not below the prefix.
  public let foreignNames: [String]

  /// A tensor of a candidate.
  public struct Member: Hashable, Sendable {
    /// The name that the published code gives.
    public let name: String
    /// The name in the group.
    public let sourceName: String
    /// The shape; nil where it cannot be known without reading.
    public let shape: [Int]?
    /// The type of the elements; nil where it cannot be known without reading.
    public let elementType: ElementType?
  }

  /// Where it is, for people and to ask for it: the key path and the prefix, joined by dots.
  public var path: String {
    [keyPath, prefix.hasSuffix(".") ? String(prefix.dropLast()) : prefix, starredSuffix]
      .filter { !$0.isEmpty }.joined(separator: ".")
  }

  /// The shortest path that leads to it alone: without words that only wrap.
  public var shortPath: String {
    let prefix = WrapperWord.split(prefix.split(separator: ".")).own.joined(separator: ".")
    return [keyPath, prefix, starredSuffix].filter { !$0.isEmpty }.joined(separator: ".")
  }

  private var starredSuffix: String { suffix.isEmpty ? "" : "*\(suffix)" }

  /// How well a path that somebody gave leads to it, 0 for exactly; nil where it does not.
  func distance(to key: String) -> Int? {
    if key == path { return 0 }
    if key == shortPath { return 1 }
    if key == keyPath { return 2 }
    let inner = WrapperWord.split(prefix.split(separator: ".")).own.joined(separator: ".")
    if key + "." == prefix || key == inner && !inner.isEmpty { return 2 }
    if path.hasPrefix(key + ".") || shortPath.hasPrefix(key + ".") { return 3 }
    return nil
  }

  /// Whether both are the same place of a file.
  func isSame(as other: Candidate) -> Bool {
    groupIndex == other.groupIndex && prefix == other.prefix && suffix == other.suffix
      && lacksRoot == other.lacksRoot
  }

  /// How it is named in messages.
  public var title: String { shortPath.isEmpty ? "the top level" : "'\(shortPath)'" }

  /// Whether a name that the published code could give stands among the layers' names.
  func isAmongLayers(_ name: String) -> Bool {
    guard !conventions.isEmpty else { return name.hasPrefix("\(ModuleNames.root).") }
    let root = name.split(separator: ".").first.map { String($0) } ?? ""
    return conventions.contains { $0.naming?.roots.contains(root) ?? false }
  }
}
