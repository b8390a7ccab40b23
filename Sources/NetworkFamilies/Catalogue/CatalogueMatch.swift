public import NetworkProgram

/// What a name or a digest means: a network, and perhaps some of its published weights.
public struct CatalogueMatch: Sendable {
  /// The network.
  public let entry: CatalogueEntry
  /// What the name says of weights.
  public let weights: Weights

  /// What a name says of weights.
  public enum Weights: Hashable, Sendable {
    /// Nothing: the name is that of the network.
    case unnamed
    /// These ones.
    case published(PublishedWeights)
    /// Some that the catalogue does not list, by this tag; the network is clear nevertheless.
    case unlisted(tag: String)
  }

  /// Who is meant, in full: `timm/efficientnet_b0.ra_in1k`.
  public var qualifiedName: String {
    switch weights {
    case .unnamed: entry.qualifiedName
    case .published(let weights): entry.qualifiedName + (weights.tag.map { ".\($0)" } ?? "")
    case .unlisted(let tag): "\(entry.qualifiedName).\(tag)"
    }
  }

  /// The weights, where the catalogue lists those that are named.
  public var published: PublishedWeights? {
    guard case .published(let weights) = weights else { return nil }
    return weights
  }

  /// How images are prepared: for the weights that are named, otherwise as it is usual.
  public var preprocessing: Preprocessing { published?.preprocessing ?? entry.preprocessing }

  /// The size of the images: that of the weights that are named, otherwise the usual one.
  public var resolution: Resolution { published?.resolution ?? entry.resolution }

  /// The number of classes: that of the weights that are named, otherwise the usual one.
  public var classCount: Int { published?.classCount ?? entry.classCount }
}
