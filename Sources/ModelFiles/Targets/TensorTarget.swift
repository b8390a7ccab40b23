public import BinaryInput
public import NetworkProgram
public import GPWFormat
public import TensorData

/// A format of named tensors, and what can be asked of it.
public struct TensorTarget: ConversionTarget {
  /// Lays a file out.
  ///
  /// - Parameters:
  ///   - content: What goes into it.
  ///   - path: The path that it will have.
  public typealias Layout =
    @Sendable (_ content: TensorFileContent, _ path: String) throws(ReadError)
    -> any TensorFileWriter

  /// The format.
  public let format: ModelFormat
  /// What becomes of the batch norms.
  public var normalization: NormalizationRequest
  /// Yes: a count is a tensor as any other.
  public var countsBatches: Bool { true }
  /// The type that weights are rounded to; nil for the source's own.
  public var elementType: ElementType?

  private let layout: Layout
  /// How the file is read back.
  private let reading: SourceFile.Options

  /// Asks for a format.
  ///
  /// - Parameters:
  ///   - format: The format, which is read as named tensors.
  ///   - normalization: What becomes of the batch norms.
  ///   - elementType: The type that weights are rounded to; nil for the source's own.
  ///   - reading: How the file is read back, where reading needs to be told something.
  ///   - layout: Lays a file of it out.
  public init(
    _ format: ModelFormat, normalization: NormalizationRequest = .asInSource,
    elementType: ElementType? = nil, reading: SourceFile.Options = SourceFile.Options(),
    layout: @escaping Layout
  ) {
    self.reading = reading.trusting
    self.format = format
    self.normalization = normalization
    self.elementType = elementType
    self.layout = layout
  }

  /// Row-major: such files have no other order.
  public func layout(_ form: NormalizationForm) -> TensorLayout { .rowMajor }

  /// What of it shapes the content of the file.
  public var contentOptions: [String] {
    normalization.contentOptions(usually: .asInSource)
      + (elementType.map { ["dtype=\($0.rawValue)"] } ?? [])
  }

  /// All of it goes together.
  public func check(outputPath: String) {}

  /// Creates the file.
  public func prepare(path: String, replacing: Bool) throws(ReadError) -> OutputFiles {
    try OutputFiles(path: path, replacing: replacing)
  }

  /// Writes the file and reads it back.
  public func write(
    _ model: GPWModel, to outputs: inout OutputFiles, progress: @escaping WritingProgress
  ) throws(ReadError) -> WrittenModel {
    let content = TensorFileContent(model, elementType: elementType)
    let tensors = try write(content, to: &outputs, progress: progress) {
      (container) throws(ReadError) in
      try container.tensors(content.tensors.map(\.name), ofGroup: 0)
    }
    let network = try network(model, tensors, path: outputs.path)
    return WrittenModel(
      network: network, lifted: nil, externalData: nil, tensorCount: tensors.count,
      writeInterim: { (_, _) in preconditionFailure("one file has no parts") })
  }

  /// Why a file of the format cannot hold a tensor, whatever else is in it; nil where it can.
  package func refusal(of tensor: DeferredTensor) -> ReadError? {
    do {
      _ = try layout(TensorFileContent(tensors: [tensor]), "")
      return nil
    } catch {
      // A worker that is not there is no fault of the tensor's.
      return error.code.kind == .request ? error : nil
    }
  }

  /// Writes any named tensors and opens the file again.
  ///
  /// - Parameters:
  ///   - content: What goes into the file.
  ///   - outputs: The files that were prepared.
  ///   - progress: Is told how many bytes are written.
  ///   - body: Is given the file, opened again.
  /// - Returns: What `body` returns.
  /// - Throws: What laying out, writing and reading throw; what `body` throws, and that it was read
  ///   back in the path.
  package func write<Result>(
    _ content: TensorFileContent, to outputs: inout OutputFiles,
    progress: @escaping WritingProgress,
    readingBack body: (any TensorContainer) throws(ReadError) -> Result
  ) throws(ReadError) -> Result {
    let writer: any TensorFileWriter
    do {
      writer = try layout(content, outputs.path)
    } catch {
      throw error.within(outputs.path)
    }
    let (byteCount, path) = (writer.byteCount, outputs.path)
    try outputs.writeMain(byteCount: byteCount, after: 0, of: byteCount, progress) {
      (file) throws(ReadError) in
      do throws(ReadError) {
        try writer.write(to: &file)
      } catch {
        throw error.path.isEmpty ? error.within(path) : error
      }
    }
    return try outputs.readingBack { (file) throws(ReadError) -> Result in
      let budget = WorkBudget(WorkBudget.Limits(stepCount: .max, liveByteCount: .max))
      guard
        case .tensors(let container) = try format.contents(file, reading, budget)
      else { preconditionFailure("\(format.name) is read as named tensors") }
      return try body(container)
    }
  }

  /// The network that tensors of a file make up which was written from a model.
  private func network(
    _ model: GPWModel, _ tensors: StateDict, path: String
  ) throws(ReadError) -> Network {
    let network = model.network
    var parameters: [ParameterSlot: Tensor] = [:]
    for parameter in network.deferredParameters(model.writtenForm) {
      parameters[parameter.slot] =
        network.supplied.contains(parameter.slot)
        ? try parameter.tensor() : tensors[parameter.name]
    }
    do {
      return try Network(model.writtenProgram, tensors: parameters, supplied: network.supplied)
    } catch {
      throw error.within("reading back \(path)")
    }
  }
}

extension TensorFileContent {
  /// The parameters of a model under their names, without those that its source did not have, and
  /// what the file says about them.
  init(_ model: GPWModel, elementType: ElementType?) {
    let network = model.network
    // Two parameters that are folded with different norms are not the same any more.
    let originals = model.writtenForm == network.form ? network.parameters.originals() : [:]
    let parameters = network.deferredParameters(model.writtenForm)
      .filter { !network.supplied.contains($0.slot) }
      .map { parameter in
        guard let elementType, parameter.elementType.isFloatingPoint else { return parameter }
        return parameter.converted(to: elementType)
      }
    self.init(
      tensors: parameters.map { parameter in
        DeferredTensor(
          name: parameter.name, elementType: parameter.elementType, shape: parameter.shape,
          original: originals[parameter.name]
        ) { (body) throws(ReadError) in try parameter.forEachPart(in: .rowMajor, body) }
      },
      properties: RecordedNotes.identity(model) + RecordedNotes.properties(model),
      modules: network.program.layers.map { layer in
        Module(path: layer.label.path, layer: layer.label.text)
      })
  }
}
