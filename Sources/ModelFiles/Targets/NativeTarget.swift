public import BinaryInput
public import NetworkProgram
public import GPWFormat
public import TensorData

/// The native format, and what can be asked of it.
public struct NativeTarget: ConversionTarget {
  /// Whether batch norms stay as they are.
  public var keepsBatchNorm: Bool
  /// The order of the weights; nil for `blocked` where the norms are folded, else `rowMajor`.
  public var layout: TensorLayout?

  /// Asks for the format.
  public init(keepsBatchNorm: Bool = false, layout: TensorLayout? = nil) {
    self.keepsBatchNorm = keepsBatchNorm
    self.layout = layout
  }

  /// Folded, or kept as they are.
  public var normalization: NormalizationRequest { keepsBatchNorm ? .separate : .folded }
  /// Yes: kept norms have all that PyTorch's have.
  public var countsBatches: Bool { true }

  /// The native format.
  public var format: ModelFormat { .gpw }

  /// Weights keep their type.
  public var elementType: ElementType? { nil }

  /// The order that was asked for, or the usual one.
  public func layout(_ form: NormalizationForm) -> TensorLayout {
    layout ?? (form == .folded ? .blocked : .rowMajor)
  }

  /// What of it shapes the content of the file.
  public var contentOptions: [String] {
    normalization.contentOptions(usually: .folded)
      + (layout == .rowMajor && !keepsBatchNorm ? ["layout=row-major"] : [])
  }

  /// Makes sure that norms are folded where weights are to be blocked.
  public func check(outputPath: String) throws(ReadError) {
    guard !(keepsBatchNorm && layout == .blocked) else {
      throw ReadError(
        .unsuitableRequest, "only a network whose batch norms are folded can be blocked",
        path: [outputPath], remedy: .foldOrLeaveLayout)
    }
  }

  /// Creates the file.
  public func prepare(path: String, replacing: Bool) throws(ReadError) -> OutputFiles {
    try OutputFiles(path: path, replacing: replacing)
  }

  /// Writes the file and reads it back.
  public func write(
    _ model: GPWModel, to outputs: inout OutputFiles, progress: @escaping WritingProgress
  ) throws(ReadError) -> WrittenModel {
    let byteCount = model.fileByteCount
    try outputs.writeMain(byteCount: byteCount, after: 0, of: byteCount, progress) {
      (file) throws(ReadError) in try model.write(to: &file)
    }
    let written = try outputs.readingBack { (file) throws(ReadError) -> GPWModel in
      try GPWModel(GPWFile(file.bytes))
    }
    return WrittenModel(
      network: written.network, lifted: nil, externalData: nil,
      tensorCount: written.network.parameters.count,
      writeInterim: { (_, file) throws(ReadError) in try model.write(to: &file) })
  }
}

extension Remedy {
  /// Norms may be folded, or the layout left to the tool.
  public static let foldOrLeaveLayout = Remedy(
    "fold-or-leave-layout", "fold the norms or do not ask for a layout")
}
