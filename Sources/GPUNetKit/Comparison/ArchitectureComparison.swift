public import GPUNetIR
import ONNXModel

/// How the networks of two files differ, apart from their weights.
public struct ArchitectureComparison: Sendable {
  /// A layer that is another one, or not there.
  public struct LayerDifference: Hashable, Sendable {
    /// The first file's layer string; nil where it has no more layers here.
    public let left: String?
    /// The second file's.
    public let right: String?
    /// The module of the first file's, or else of the second file's.
    public let moduleName: String
  }

  /// The layers that differ, in order.
  public let layers: [LayerDifference]
  /// Both resolutions, where both files state one and they differ.
  public let resolutions: (left: Resolution, right: Resolution)?
  /// Both numbers of classes, where they differ.
  public let classCounts: (left: Int, right: Int)?

  /// Whether nothing differs.
  public var isSame: Bool { layers.isEmpty && resolutions == nil && classCounts == nil }

  init(_ left: IdentifiedNetwork, _ right: IdentifiedNetwork) {
    let (first, second) = (left.architecture, right.architecture)
    classCounts =
      first.classCount == second.classCount ? nil : (first.classCount, second.classCount)
    // A graph with open height and width states none.
    let statesBoth = [left, right].allSatisfy { $0.source.lifted?.statesResolution != false }
    resolutions =
      !statesBoth || first.resolution == second.resolution
      ? nil : (first.resolution, second.resolution)
    // A graph shows what its layers compute, not how their strings are spelt.
    let areSpelt = left.source.lifted == nil && right.source.lifted == nil
    func isSame(_ one: Layer, _ other: Layer) -> Bool {
      one.description == other.description || !areSpelt && one.hasSameSteps(as: other)
    }
    let shorter = min(first.layers.count, second.layers.count)
    let leading = zip(first.layers, second.layers).prefix { isSame($0, $1) }.count
    let trailing = zip(first.layers.reversed(), second.layers.reversed()).prefix { isSame($0, $1) }
      .count
    let kept = min(trailing, shorter - leading)
    let lefts = Array(first.layers.indices.dropFirst(leading).dropLast(kept))
    let rights = Array(second.layers.indices.dropFirst(leading).dropLast(kept))
    layers = (0..<max(lefts.count, rights.count)).compactMap { index in
      let one = index < lefts.count ? lefts[index] : nil
      let other = index < rights.count ? rights[index] : nil
      if let one, let other, isSame(first.layers[one], second.layers[other]) { return nil }
      return LayerDifference(
        left: one.map { first.layers[$0].description },
        right: other.map { second.layers[$0].description },
        moduleName: one.map { first.moduleName(at: $0) }
          ?? other.map { second.moduleName(at: $0) } ?? "")
    }
  }
}
