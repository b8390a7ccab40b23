public import NetworkProgram
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
  /// Whether that is only what is usual for such a network.
  public var assumesPreprocessing = false
  /// The licence of published weights, where it is known.
  public var licence: String?
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

  /// The program that is written.
  public var writtenProgram: Program {
    writtenForm == network.form ? network.program : network.program.folded
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
