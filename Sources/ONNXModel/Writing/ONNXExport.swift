public import BinaryInput
public import NetworkProgram
import TensorData

/// A network as an ONNX file that is about to be written.
///
/// The graph takes images as `input`, `batch×3×H×W`, and gives logits as `output`,
/// `batch×classes`. Initializers have the names that the parameters have in the network.
public struct ONNXExport: Sendable {
  /// The number of bytes that ``write(to:)`` writes.
  public var fileByteCount: Int { encoder.byteCount }
  /// The file that ``writeExternalData(to:)`` writes; nil where all is in one file.
  public let externalData: ExternalData?

  /// A file of weights beside the model's.
  public struct ExternalData: Hashable, Sendable {
    /// Its name, which the model's file states.
    public let fileName: String
    /// The number of its bytes.
    public let byteCount: Int
  }

  /// The most bytes that a message of Protocol Buffers has.
  static let largestFileByteCount = Int(Int32.max)

  private let encoder: ProtobufEncoder
  private let initializers: [DeferredInitializer]

  /// Makes the graph of a network; its weights are made only when they are written.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - name: Its name, if it has one.
  ///   - producerVersion: The version of this program.
  ///   - properties: Where the network comes from, to be noted after what describes it.
  ///   - documentation: A text for people.
  ///   - options: How it is written.
  /// - Throws: `onnx.export` for options that cannot be had, or where the file would be too large
  ///   with its weights inside; `architecture.resolution` where the images are too small.
  public init(
    _ network: Network, name: String?, producerVersion: String,
    provenance properties: [ONNXFile.Property], documentation: String, options: Options
  ) throws(ReadError) {
    try ONNXExport.check(options, for: network)
    let sources = network.deferredParameters(options.form).filter(\.elementType.isFloatingPoint)
    let elementType = options.elementType ?? ONNXExport.elementType(of: sources)
    let program = options.form == network.form ? network.program : network.program.folded
    let builder = try ONNXGraphBuilder(
      program, elementType: elementType, opset: options.opset,
      hasDynamicSize: options.hasDynamicSize)
    var graph = builder.graph
    graph.name = name ?? "network"
    var file = ONNXFile(
      irVersion: options.irVersion, operatorSets: ["": options.opset], graph: graph)
    file.producerName = "gpunet-tools"
    file.producerVersion = producerVersion
    file.documentation = documentation
    file.metadata =
      ONNXExport.description(of: program, name: name) + properties
    var initializers = sources.map { source in
      DeferredInitializer(
        parameter: source.converted(to: elementType),
        mayOverflow: source.elementType != elementType || options.form != network.form)
    }
    var encoder: ProtobufEncoder
    switch options.weights {
    case .inside:
      externalData = nil
      encoder = try file.encoder(deferred: initializers)
    case .beside(let fileName):
      externalData = initializers.place(in: fileName)
      encoder = try file.encoder(deferred: initializers)
    case .insideUnlessTooLarge(let fileName):
      encoder = try file.encoder(deferred: initializers)
      if encoder.byteCount > ONNXExport.largestFileByteCount {
        externalData = initializers.place(in: fileName)
        encoder = try file.encoder(deferred: initializers)
      } else {
        externalData = nil
      }
    }
    self.encoder = encoder
    self.initializers = initializers
    guard encoder.byteCount <= ONNXExport.largestFileByteCount else {
      throw ReadError(
        .onnxExport, "the file would be too large",
        expected: "at most \(ONNXExport.largestFileByteCount) bytes",
        found: "\(encoder.byteCount)", advice: "write the weights as external data")
    }
  }

  /// Writes the model's file; the same network and options give the same bytes.
  ///
  /// - Throws: `io.write`; `network.parameter` where a norm cannot be folded or a weight is beyond
  ///   the range of 16 bits; `io.memory`.
  public func write(to file: inout AtomicOutputFile) throws(ReadError) {
    let bytes = Bytes(copying: encoder.bytes)
    var position = 0
    for gap in encoder.gaps {
      try file.write(bytes[position..<gap.position])
      try initializers[gap.index].write(to: &file)
      position = gap.position
    }
    try file.write(bytes[position..<bytes.count])
  }

  /// Writes the weights to a file of their own, which has to get the name in ``externalData``.
  ///
  /// - Precondition: There is such a file.
  /// - Throws: As ``write(to:)``.
  public func writeExternalData(to file: inout AtomicOutputFile) throws(ReadError) {
    precondition(externalData != nil, "the weights are in the model's file")
    let start = file.byteCount
    for initializer in initializers {
      let offset = initializer.place!.byteOffset
      try file.write([UInt8](repeating: 0, count: start + offset - file.byteCount))
      try initializer.write(to: &file)
    }
  }

  private static func check(_ options: Options, for network: Network) throws(ReadError) {
    guard Options.opsets.contains(options.opset) else {
      throw ReadError(
        .onnxExport, "this version of the operators is not written",
        expected: "\(Options.opsets.lowerBound) to \(Options.opsets.upperBound)",
        found: "\(options.opset)")
    }
    guard options.form == network.form || options.form == .folded else {
      throw ReadError(.onnxExport, "batch norms that are folded cannot be written separately")
    }
    if let elementType = options.elementType {
      guard [.f16, .f32, .f64].contains(elementType) else {
        throw ReadError(
          .onnxExport, "weights of this type are not written", expected: "f16, f32 or f64",
          found: elementType.rawValue)
      }
    }
    switch options.weights {
    case .inside: break
    case .beside(let name), .insideUnlessTooLarge(let name):
      guard !name.isEmpty, name != ".", name != "..",
        !name.utf8.contains(where: {
          $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0
        })
      else {
        throw ReadError(
          .onnxExport, "no name for external data",
          expected: "the name of a file in the model's folder", found: name)
      }
    }
  }

  /// The type that the parameters have in common; convolutions do not have `bf16`.
  private static func elementType(of parameters: [DeferredParameter]) -> ElementType {
    let types = Set(parameters.map(\.elementType))
    guard types.count == 1, let type = types.first, type != .bf16 else { return .f32 }
    return type
  }

  /// What the file says about the network.
  private static func description(
    of program: Program, name: String?
  ) -> [ONNXFile.Property] {
    (name.map { [ONNXFile.Property("gpunet.architecture", $0)] } ?? []) + [
      ONNXFile.Property(
        "gpunet.layers", program.layers.map(\.label.text).joined(separator: "\n")),
      ONNXFile.Property("gpunet.resolution", program.resolution.description),
      ONNXFile.Property("gpunet.normalization", program.form.rawValue),
    ]
  }
}
