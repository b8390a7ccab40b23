public import NetworkProgram
public import ModelFiles
public import NetworkRecognition

/// What two files have in common, and what not, whatever their formats.
public struct FileComparison: Sendable {
  /// Which of the tensors and networks in the files are compared.
  public struct Options: Sendable {
    /// The keys that lead to the first file's group of tensors; nil where it is to be chosen.
    public var leftKey: String?
    /// The keys that lead to the second file's.
    public var rightKey: String?
    /// Whether a moving average of the weights is preferred.
    public var average = AveragePolicy.auto
    /// The architecture that both are held to have, where one is given.
    public var architecture: ArchitectureChoice?

    /// Chooses what is usual.
    public init() {}
  }

  /// One of the files.
  public struct Side: Sendable {
    /// The file.
    public let file: SourceFile
    /// What of it is compared.
    public let tensors: NamedTensors
    /// The network in it; nil where none is recognised.
    public let network: IdentifiedNetwork?
  }

  /// The first file.
  public let left: Side
  /// The second file.
  public let right: Side
  /// How the networks differ; nil where not both are recognised.
  public let architecture: ArchitectureComparison?
  /// How the parameters of the networks differ; nil where the names pair all tensors, and where the
  /// networks are not recognised or differ in more than weights.
  public let parameters: ParameterComparison?
  /// What stands in front of every name of the first file and not of the second, where the names are
  /// the same otherwise; empty where nothing does.
  public let leftPrefix: String
  /// What stands in front of every name of the second file and not of the first.
  public let rightPrefix: String
  /// The tensors of the same name, in the order of the first file.
  public let pairs: [TensorPair]
  /// Tensors with the same type and bytes under other names, the same or reshaped.
  public let renamed: [TensorPair]
  /// The tensors that only the first file has.
  public let onlyLeft: [NamedTensors.Entry]
  /// The tensors that only the second file has.
  public let onlyRight: [NamedTensors.Entry]

  /// Both forms of the norms, where both are known and differ: then names and values have to.
  public var forms: (left: NormalizationForm, right: NormalizationForm)? {
    guard let one = left.network?.source.form, let other = right.network?.source.form, one != other
    else { return nil }
    return (one, other)
  }

  /// Whether architectures, names, shapes, types and bits are the same.
  public var isSame: Bool {
    architecture?.isSame != false && forms == nil && leftPrefix.isEmpty && rightPrefix.isEmpty
      && pairs.allSatisfy(\.isSame) && renamed.isEmpty && onlyLeft.isEmpty && onlyRight.isEmpty
  }
}
