public import NetworkProgram

/// A network as one library builds it: what it computes and what it is used with.
///
/// The same layers are built by several libraries, which name parameters, pad and normalize in
/// their own ways, so that each has an entry of its own.
public struct CatalogueEntry: Sendable {
  /// The library that builds it: `timm`, `torchvision`, `efficientnet_pytorch`, ….
  public let library: String
  /// What the library calls it, in the library's spelling: `tf_efficientnet_b0`.
  public let name: String
  /// The convention that its parameters are named by and that says what is not in the layers.
  public let convention: Convention
  /// What batch norms add to variances, in files that hold trained weights.
  public let epsilon: Double
  /// How convolutions are padded.
  public let padding: PaddingStyle
  /// The size of the images that it is used with by default.
  public let resolution: Resolution
  /// How images are prepared by default.
  public let preprocessing: Preprocessing
  /// The number of classes that it is built with by default.
  public let classCount: Int
  /// The weights that are published for it, the library's default first.
  public let published: [PublishedWeights]

  private let family: NetworkFamily
  private let scale: NetworkScale
  private let stageNumbers: StageNumbers

  init(
    _ name: String, of series: CatalogueSeries, scale: NetworkScale, usual: WeightsLine,
    published: [PublishedWeights]
  ) {
    self.name = name
    let rules = series.rules
    library = rules.library
    convention = rules.convention
    epsilon = rules.epsilon
    padding = rules.padding.rule(for: usual.resolution)
    resolution = usual.resolution
    preprocessing = usual.preprocessing
    classCount = usual.classCount
    self.published = published
    family = series.family
    stageNumbers = rules.stageNumbers
    self.scale = scale
  }

  /// The name with its library: `timm/tf_efficientnet_b0`.
  public var qualifiedName: String { "\(library)/\(name)" }

  /// The layers from the first to the last, without the classifier.
  ///
  /// - Complexity: O(layers); they are made from the family's table each time.
  public var layers: [StagedLayer] {
    family.layers(at: scale, numbering: stageNumbers)
  }

  /// Whether the same weights give the same answers in both, whatever they are called.
  ///
  /// - Complexity: O(layers).
  public func computesTheSame(as other: CatalogueEntry) -> Bool {
    epsilon == other.epsilon && padding == other.padding
      && layers.map(\.text) == other.layers.map(\.text)
  }
}

extension CatalogueEntry {
  /// A layer and where its library keeps it.
  public struct StagedLayer: Hashable, Sendable {
    /// The number of the stage in the names of the library's modules; nil for the first and the
    /// last layer, and where the library puts blocks into no stages.
    public let stage: Int?
    /// The layer string: `irb_k3_e6_i16_o24_s2_swish_se_True`.
    public let text: String
  }
}
