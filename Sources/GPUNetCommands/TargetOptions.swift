import BinaryInput
import CommandLineTool
import ModelFiles
import ONNXModel
import TensorData

/// The options that say how a format is written, and the target that they make.
///
/// Each writable format has a row; an option may stand in several.
struct TargetOptions {
  /// The format.
  let format: ModelFormat
  /// What can be asked of it.
  let options: [OptionDescription]
  /// The format with what was asked of it.
  let target: @Sendable (ParsedArguments, ToolDescription) throws(EarlyExit) -> any ConversionTarget

  /// All formats that are written.
  static let all = [
    TargetOptions(format: .gpw, options: [keepBatchNorm, layout]) {
      (arguments, tool) throws(EarlyExit) -> any ConversionTarget in
      let target = NativeTarget(
        keepsBatchNorm: arguments.flag(keepBatchNorm.name),
        // The parser lets only the layouts' own names pass.
        layout: arguments.value(layout.name).flatMap { TensorLayout(rawValue: $0) })
      if target.layout == .blocked, target.keepsBatchNorm {
        throw tool.usageError(
          "'--layout blocked' cannot be used with '--keep-batch-norm': only a network whose batch "
            + "norms are folded can be blocked")
      }
      return target
    },
    TargetOptions(
      format: .onnx, options: [keepBatchNorm, opset, elementType, externalData]
    ) { (arguments, _) throws(EarlyExit) -> any ConversionTarget in
      GraphTarget(
        keepsBatchNorm: arguments.flag(keepBatchNorm.name),
        opset: arguments.integer(opset.name) ?? ONNXExport.Options.defaultOpset,
        elementType: arguments.value(elementType.name).flatMap { ElementType(rawValue: $0) },
        hasExternalData: arguments.flag(externalData.name))
    },
  ]

  /// Every option of any format, once.
  static let options = [keepBatchNorm, layout, opset, elementType, externalData]

  /// The target that a path and the options ask for.
  ///
  /// - Throws: An exit with ``ExitCode/usage`` where an option is none of the format's; the same
  ///   where no format is told by the path.
  static func target(
    for path: String, _ arguments: ParsedArguments, _ tool: ToolDescription
  ) throws(EarlyExit) -> any ConversionTarget {
    guard let format = ModelFormat.written(as: path),
      let row = all.first(where: { $0.format.name == format.name })
    else {
      // Reported together with what is wrong with the path, by the conversion.
      return NativeTarget()
    }
    let given = options.filter { arguments.isGiven($0) }
    let own = row.options.map(\.name)
    if let stray = given.first(where: { !own.contains($0.name) }) {
      let formats = all.filter { $0.options.contains(stray) }.map(\.format.title)
      throw tool.usageError(
        "'--\(stray.name)' is for \(formats.joined(separator: " or ")), and the output is "
          + "\(format.title)")
    }
    return try row.target(arguments, tool)
  }

  private static let keepBatchNorm = OptionDescription.flag(
    "keep-batch-norm", help: "Keep batch norms as they are, with all their tensors.")
  private static let layout = OptionDescription.option(
    "layout", value: "layout", .choice(TensorLayout.allCases.map(\.rawValue)),
    help: """
      The order of the weights in the file: blocked, for kernels that compute 16 output channels \
      at once, or row-major, as PyTorch has it. Without it: blocked, or row-major with \
      --keep-batch-norm.
      """)
  private static let opset = OptionDescription.option(
    "opset", value: "version", .integer(ONNXExport.Options.opsets),
    help: """
      The version of the operators of an ONNX file that is written. Without it: \
      \(ONNXExport.Options.defaultOpset).
      """)
  private static let elementType = OptionDescription.option(
    "dtype", value: "type", .choice(["f32", "f16"]),
    help: """
      The type that weights of an ONNX file are rounded to and computed in; input and output are \
      of 32 bits. Without it: as the source has them.
      """)
  private static let externalData = OptionDescription.flag(
    "external-data",
    help: """
      Write the weights of an ONNX file to a file beside it, with .data behind its name. Done \
      unasked where it would have more than 2 GiB.
      """)
}
