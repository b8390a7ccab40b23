public import BinaryInput
public import NetworkProgram
public import GPWFormat
public import ONNXModel
public import TensorData

/// A format to write, with what can be asked of it.
public protocol ConversionTarget: Sendable {
  /// The format.
  var format: ModelFormat { get }
  /// What becomes of the batch norms.
  var normalization: NormalizationRequest { get }
  /// Whether norms of the format can have their counts of batches.
  var countsBatches: Bool { get }
  /// The type that weights are rounded to; nil for the source's own.
  var elementType: ElementType? { get }
  /// The order of the weights in a file whose norms are in that form.
  func layout(_ form: NormalizationForm) -> TensorLayout
  /// What of it shapes the content of the file, for its provenance.
  var contentOptions: [String] { get }

  /// Makes sure that what is asked for goes together.
  ///
  /// - Throws: `request.unsuitable`.
  func check(outputPath: String) throws(ReadError)

  /// Creates the files, still without their names.
  ///
  /// - Throws: `io.exists`, `io.create`.
  func prepare(path: String, replacing: Bool) throws(ReadError) -> OutputFiles

  /// Writes the files and reads them back.
  ///
  /// - Throws: What writing and reading throw.
  func write(
    _ model: GPWModel, to outputs: inout OutputFiles, progress: @escaping WritingProgress
  ) throws(ReadError) -> WrittenModel
}

extension ConversionTarget {
  /// Whether a file made of such a network has its very tensors.
  public func copies(_ form: NormalizationForm) -> Bool {
    normalization.form(of: form) == form && elementType == nil
  }
}

/// Is told how many bytes of how many are written.
public typealias WritingProgress = @Sendable (_ byteCount: Int, _ total: Int) -> Void

/// What was written, read back.
public struct WrittenModel: Sendable {
  /// The network that is in the files.
  public let network: Network
  /// The graph that the network was recognised in, for a format that has one.
  public let lifted: LiftedNetwork?
  /// The file with the weights of an ONNX file; nil where they are inside.
  public let externalData: ONNXExport.ExternalData?
  /// The number of tensors written.
  public let tensorCount: Int

  /// Writes the main file once more, for another name of the file beside it.
  let writeInterim: OutputFiles.InterimWriter
}

extension ErrorCode {
  /// Two options or files cannot be used together.
  public static let unsuitableRequest = ErrorCode("request.unsuitable", .request)
}
