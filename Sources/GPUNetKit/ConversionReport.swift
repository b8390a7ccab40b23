public import Equivalence
import NetworkFamilies
public import NetworkProgram
public import GPUNetValidation
public import GPWFormat
public import NetworkRecognition
public import ONNXModel

/// What a conversion did and what it showed.
public struct ConversionReport: Sendable {
  /// What was asked for.
  public let request: Conversion.Request
  /// The source and its architecture.
  public let identified: IdentifiedNetwork
  /// The layers at the resolution that was recorded.
  public let summaries: [LayerSummary]
  /// What was written; for an ONNX file, what a native file would say.
  public let model: GPWModel
  /// The number of bytes written, external data apart.
  public let byteCount: Int
  /// The file with the weights of an ONNX file; nil where they are inside.
  public let externalData: ONNXExport.ExternalData?
  /// The number of tensors written.
  public let tensorCount: Int
  /// What became of every tensor.
  public let ledger: TensorLedger
  /// The parameters with NaNs or infinities, which were allowed.
  public let numberFindings: [NumberFinding]
  /// The comparisons that were made, all of them within their bounds.
  public let comparisons: Comparisons

  /// What is unusual in the source or was asked for against it, for people.
  public var warnings: [String] {
    var warnings = identified.warnings
    let own = identified.preprocessing
    if let front = identified.source.lifted?.front, front.normalizes,
      model.preprocessing.mean != own.mean
        || model.preprocessing.standardDeviation != own.standardDeviation
    {
      warnings.append(
        "the mean and std that were given are recorded, and not what the graph itself does: "
          + front.description)
    }
    return warnings
  }

  /// Whether the modules in the source state the steps of the layers.
  public var hasModules: Bool { identified.stepEvidence == .modules }

  /// What in the source, and in the file it was compared with, shows the fields of the layer strings.
  public var evidence: EvidenceSummary {
    EvidenceSummary(
      identified.architecture.layers,
      steps: comparisons.counterpart?.hasGraph == true ? .graph : identified.stepEvidence)
  }

  /// The comparisons that a conversion can make.
  public struct Comparisons: Sendable {
    /// The written file with its source.
    public var verification: ComparisonReport?
    /// How many tensors have the source's bits when they are read back; nil where they are folded,
    /// rounded, or compared by what they answer.
    public var copiedCount: Int?
    /// The written file with the ONNX graph that it was made from, executed node by node.
    public var graph: ComparisonReport?
    /// The source with the ONNX graph that was written, executed node by node.
    public var writtenGraph: ComparisonReport?
    /// The parameters with those of another file, without running either.
    public var counterpart: CounterpartComparison?
    /// Both with recorded outputs.
    public var golden: GoldenComparison?

    var firstMismatch: ComparisonReport? {
      [verification, graph, writtenGraph, golden?.source, golden?.written].compactMap(\.self)
        .first { $0.firstMismatch != nil }
    }
  }

  /// Source and written file compared with recorded outputs.
  public struct GoldenComparison: Sendable {
    /// The path of the golden file.
    public let path: String
    /// The source, its batch norms not folded.
    public let source: ComparisonReport
    /// The written file.
    public let written: ComparisonReport
  }
}

/// The costs of a whole network.
public struct NetworkTotals: Hashable, Sendable {
  /// Weights, biases and the affine terms of batch norms.
  public let parameterCount: Int
  /// Multiply-adds for one image.
  public let multiplyAdds: Int

  /// Adds up the costs of the layers.
  public init(_ summaries: [LayerSummary]) {
    parameterCount = summaries.reduce(0) { $0 + $1.parameterCount }
    multiplyAdds = summaries.reduce(0) { $0 + $1.multiplyAdds }
  }
}
