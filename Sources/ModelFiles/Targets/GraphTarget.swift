public import BinaryInput
import NetworkFamilies
public import NetworkProgram
public import GPWFormat
public import ONNXModel
public import TensorData

/// ONNX files, and what can be asked of them.
public struct GraphTarget: ConversionTarget {
  /// Whether batch norms stay nodes of their own.
  public var keepsBatchNorm: Bool
  /// The version of the operators.
  public var opset: Int
  /// The type of the weights; nil for the source's own.
  public var elementType: ElementType?
  /// Whether the weights are written to a file beside it, whose name has `.data` behind; they are
  /// in any case where it would be too large with them.
  public var hasExternalData: Bool

  /// Asks for the format.
  public init(
    keepsBatchNorm: Bool = false, opset: Int = ONNXExport.Options.defaultOpset,
    elementType: ElementType? = nil, hasExternalData: Bool = false
  ) {
    self.keepsBatchNorm = keepsBatchNorm
    self.opset = opset
    self.elementType = elementType
    self.hasExternalData = hasExternalData
  }

  /// Folded, or kept as they are.
  public var normalization: NormalizationRequest { keepsBatchNorm ? .separate : .folded }
  /// No: running a graph has no use for them.
  public var countsBatches: Bool { false }

  /// ONNX.
  public var format: ModelFormat { .onnx }

  /// Row-major: a graph has no other order.
  public func layout(_ form: NormalizationForm) -> TensorLayout { .rowMajor }

  /// What of it shapes the content of the file.
  public var contentOptions: [String] {
    normalization.contentOptions(usually: .folded)
      + (elementType.map { ["dtype=\($0.rawValue)"] } ?? [])
  }

  /// All of it goes together.
  public func check(outputPath: String) {}

  /// Creates the file, and the one with the weights where that is asked for.
  public func prepare(path: String, replacing: Bool) throws(ReadError) -> OutputFiles {
    try OutputFiles(
      path: path, partPath: path + GraphTarget.weightsSuffix, createsPart: hasExternalData,
      replacing: replacing)
  }

  /// Writes the file, and its weights where they are not inside, and reads it back.
  public func write(
    _ model: GPWModel, to outputs: inout OutputFiles, progress: @escaping WritingProgress
  ) throws(ReadError) -> WrittenModel {
    let fileName = outputs.partPath.lastPathComponent
    let export = try export(
      model,
      weights: hasExternalData
        ? .beside(fileName: fileName) : .insideUnlessTooLarge(fileName: fileName))
    let weightsByteCount = export.externalData?.byteCount ?? 0
    let total = export.fileByteCount + weightsByteCount
    var options = ONNXFile.Options()
    if let data = export.externalData {
      options.externalFiles[data.fileName] = try outputs.writePart(
        byteCount: data.byteCount, of: total, progress
      ) { (file) throws(ReadError) in try export.writeExternalData(to: &file) }
    }
    try outputs.writeMain(
      byteCount: export.fileByteCount, after: weightsByteCount, of: total, progress
    ) { (file) throws(ReadError) in try export.write(to: &file) }
    let graph = try outputs.readingBack { (file) throws(ReadError) -> ONNXFile in
      try ONNXFile(reading: file, options: options)
    }
    let lifted: LiftedNetwork
    let network: Network
    do {
      lifted = try LiftedNetwork(graph)
      network = try lifted.network(namedAs: try Architecture(labelsOf: model.network.program))
    } catch {
      throw error.within("reading back \(outputs.path)")
    }
    return WrittenModel(
      network: network, lifted: lifted, externalData: export.externalData,
      // A graph has nothing that inference does not read.
      tensorCount: model.writtenProgram.parameters.count(where: \.isFloatingPoint),
      writeInterim: { (weightsName, file) throws(ReadError) in
        try self.export(model, weights: .beside(fileName: weightsName)).write(to: &file)
      })
  }

  /// What ends the name of a file with weights.
  private static let weightsSuffix = ".data"

  /// The network as an ONNX file that says where it comes from.
  private func export(
    _ model: GPWModel, weights: ONNXExport.Options.WeightPlace
  ) throws(ReadError) -> ONNXExport {
    var options = ONNXExport.Options(form: model.writtenForm)
    options.opset = opset
    options.elementType = elementType
    options.weights = weights
    return try ONNXExport(
      model.network, name: model.name, producerVersion: model.provenance.toolVersion,
      provenance: RecordedNotes.properties(model).map { ONNXFile.Property($0.key, $0.value) },
      documentation: "\(model.name ?? "A network"), from \(model.provenance.sourceName)",
      options: options)
  }
}
