import NetworkFamilies
public import NetworkProgram
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
    func isSame(_ one: LayerProgram, _ other: LayerProgram) -> Bool {
      one.operations == other.operations && (!areSpelt || one.label.text == other.label.text)
    }
    // The classifiers' numbers of classes are one difference, and the layers' strings others.
    let firstLayers = first.with(classCount: 1).program(.separate).layers
    let secondLayers = second.with(classCount: 1).program(.separate).layers
    let shorter = min(firstLayers.count, secondLayers.count)
    let leading = zip(firstLayers, secondLayers).prefix { isSame($0, $1) }.count
    let trailing = zip(firstLayers.reversed(), secondLayers.reversed()).prefix { isSame($0, $1) }
      .count
    let kept = min(trailing, shorter - leading)
    let lefts = Array(firstLayers.dropFirst(leading).dropLast(kept))
    let rights = Array(secondLayers.dropFirst(leading).dropLast(kept))
    layers = (0..<max(lefts.count, rights.count)).compactMap { index in
      let one = index < lefts.count ? lefts[index] : nil
      let other = index < rights.count ? rights[index] : nil
      if let one, let other, isSame(one, other) { return nil }
      return LayerDifference(
        left: one?.label.text, right: other?.label.text,
        moduleName: (one ?? other)?.moduleName ?? "")
    }
  }
}
