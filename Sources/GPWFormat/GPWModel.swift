public import GPUNetIR
public import TensorData

/// What a `.gpw` file says: a network, how to use it, and where it came from.
public struct GPWModel: Sendable {
  /// The network.
  public var network: Network
  /// Where the batch norms are in the file; a network whose norms are separate is folded while it
  /// is written where this says so.
  public var writtenForm: NormalizationForm
  /// The order of the parameters' elements in the file; `blocked` only where ``writtenForm`` is
  /// `folded`, as separate norms have parameters without axes.
  public var layout: TensorLayout
  /// The published network's name, where it is one.
  public var name: String?
  /// How pixels become its input.
  public var preprocessing: Preprocessing
  /// The names of the classes, in index order.
  public var labels: [String]?
  /// What the network answers, by which the file can be verified alone.
  public var fingerprint: Fingerprint?
  /// Where the parameters came from.
  public var provenance: Provenance

  /// The origin of a converted network.
  public struct Provenance: Hashable, Sendable {
    /// The name of the source file, without its folder.
    public var sourceName: String
    /// The SHA-256 of the source file, in hexadecimal digits.
    public var sourceSHA256: String
    /// The format of the source: `pytorch-zip`, `pytorch-legacy`, `gpw`.
    public var sourceFormat: String
    /// The key path under which the state dict was found; empty for a bare one.
    public var key: String
    /// The version of the tool that wrote the file.
    public var toolVersion: String
    /// The options that shaped the content.
    public var options: [String]

    /// Creates a description of an origin.
    public init(
      sourceName: String, sourceSHA256: String, sourceFormat: String, key: String,
      toolVersion: String, options: [String]
    ) {
      self.sourceName = sourceName
      self.sourceSHA256 = sourceSHA256
      self.sourceFormat = sourceFormat
      self.key = key
      self.toolVersion = toolVersion
      self.options = options
    }
  }

  /// Joins a network with what goes into its file beside it.
  ///
  /// - Precondition: `writtenForm` is the network's own form or `folded`.
  public init(
    network: Network, writtenForm: NormalizationForm? = nil, layout: TensorLayout = .rowMajor,
    name: String?, preprocessing: Preprocessing, labels: [String]? = nil,
    fingerprint: Fingerprint? = nil, provenance: Provenance
  ) {
    self.network = network
    self.writtenForm = writtenForm ?? network.form
    self.layout = layout
    self.fingerprint = fingerprint
    self.name = name
    self.preprocessing = preprocessing
    self.labels = labels
    self.provenance = provenance
  }
}

/// The registered keys of the metadata section.
enum GPWKey {
  static let name = "architecture.name"
  static let layers = "architecture.layers"
  static let stages = "architecture.stages"
  static let resolution = "architecture.resolution"
  static let classes = "architecture.classes"
  static let normalization = "architecture.normalization"
  static let padding = "facts.padding"
  static let epsilon = "facts.epsilon"
  static let mean = "preprocessing.mean"
  static let standardDeviation = "preprocessing.std"
  static let interpolation = "preprocessing.interpolation"
  static let crop = "preprocessing.crop"
  static let labels = "labels"
  static let fingerprintSize = "fingerprint.size"
  static let fingerprintLogits = "fingerprint.logits"
  static let fingerprintTolerance = "fingerprint.tolerance"
  static let sourceName = "provenance.source"
  static let sourceSHA256 = "provenance.sha256"
  static let sourceFormat = "provenance.format"
  static let sourceKey = "provenance.key"
  static let toolVersion = "provenance.tool-version"
  static let options = "provenance.options"
  /// Not registered: which parameters the source did not have.
  static let supplied = "gpunet-tools.supplied"
  /// Not registered: pairs of names, of which the first was the very same tensor as the second.
  static let tied = "gpunet-tools.tied"
}

extension Architecture {
  /// What stands for a layer without a stage in ``GPWKey/stages``.
  static let noStage: Int64 = -1

  /// Top, left, bottom and right of every convolution, in the order of the layers.
  var paddingFacts: [Int64] {
    programs(.separate).flatMap(\.operations).flatMap(\.convolutions).flatMap {
      [$0.padding.top, $0.padding.left, $0.padding.bottom, $0.padding.right].map { Int64($0) }
    }
  }

  /// The epsilon of every batch norm, folded or not, in the order of the layers.
  var epsilonFacts: [Double] {
    programs(.separate).flatMap(\.operations).flatMap(\.convolutions).compactMap {
      $0.batchNorm?.epsilon
    }
  }
}
