import BinaryInput
import CommandLineTool
import HDF5Weights
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
  static let all =
    [
      TargetOptions(format: .gpw, options: [keepBatchNorm, foldBatchNorm, layout]) {
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
        format: .onnx, options: [keepBatchNorm, foldBatchNorm, opset, elementType, externalData]
      ) { (arguments, tool) throws(EarlyExit) -> any ConversionTarget in
        GraphTarget(
          keepsBatchNorm: arguments.flag(keepBatchNorm.name),
          opset: arguments.integer(opset.name) ?? ONNXExport.Options.defaultOpset,
          elementType: try elementType(
            arguments, ofThose: [.f32, .f16], for: "an ONNX file", tool),
          hasExternalData: arguments.flag(externalData.name))
      },
    ]
    + ModelFormat.all.filter(\.holdsTensors).map { format in
      TargetOptions(
        format: format,
        options: [keepBatchNorm, foldBatchNorm, elementType]
          + (format.name == ModelFormat.hdf5.name ? [compression] : [])
      ) { (arguments, tool) throws(EarlyExit) -> any ConversionTarget in
        try tensorTarget(format, arguments, tool)
      }
    }

  /// A format of named tensors, with what was asked of it.
  private static func tensorTarget(
    _ format: ModelFormat, _ arguments: ParsedArguments, _ tool: ToolDescription
  ) throws(EarlyExit) -> any ConversionTarget {
    guard case .tensors(let layout) = format.writing else {
      preconditionFailure("a format that is written as named tensors")
    }
    let normalization: NormalizationRequest =
      arguments.flag(keepBatchNorm.name)
      ? .separate : arguments.flag(foldBatchNorm.name) ? .folded : .asInSource
    let type = arguments.value(elementType.name).flatMap { ElementType(rawValue: $0) }
    guard let level = arguments.integer(compression.name) else {
      return TensorTarget(format, normalization: normalization, elementType: type, layout: layout)
    }
    // Only one format has the option.
    return TensorTarget.hdf5(
      HDF5Writer.Options(compression: level), normalization: normalization, elementType: type)
  }

  /// The type that was asked for, which has to be one of some.
  private static func elementType(
    _ arguments: ParsedArguments, ofThose types: [ElementType], for title: String,
    _ tool: ToolDescription
  ) throws(EarlyExit) -> ElementType? {
    guard let text = arguments.value(elementType.name) else { return nil }
    guard let type = types.first(where: { $0.rawValue == text }) else {
      throw tool.usageError(
        "'--\(elementType.name) \(text)' is not for \(title), which can have "
          + types.map(\.rawValue).joined(separator: " or "))
    }
    return type
  }

  /// Every option of any format, once.
  static let options = [
    keepBatchNorm, foldBatchNorm, layout, opset, elementType, externalData, compression,
  ]

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
    guard !(arguments.flag(keepBatchNorm.name) && arguments.flag(foldBatchNorm.name)) else {
      throw tool.usageError(
        "'--\(keepBatchNorm.name)' cannot be used with '--\(foldBatchNorm.name)'")
    }
    return try row.target(arguments, tool)
  }

  private static let keepBatchNorm = OptionDescription.flag(
    "keep-batch-norm", help: "Keep batch norms as they are, with all their tensors.")
  private static let foldBatchNorm = OptionDescription.flag(
    "fold-batch-norm",
    help: """
      Fold batch norms into the convolutions: what is done anyway for .gpw and ONNX, where a file of \
      named tensors has them as the source does.
      """)
  private static let layout = OptionDescription.option(
    "layout", value: "layout", .choice(TensorLayout.allCases.map(\.rawValue)),
    help: """
      The order of the weights in the file: blocked, for kernels that compute 16 output channels \
      at once, or row-major, as PyTorch has it. Without it, .gpw files are blocked, or row-major \
      with --keep-batch-norm; all others are row-major.
      """)
  private static let opset = OptionDescription.option(
    "opset", value: "version", .integer(ONNXExport.Options.opsets),
    help: """
      The version of the operators of an ONNX file that is written. Without it: \
      \(ONNXExport.Options.defaultOpset).
      """)
  private static let elementType = OptionDescription.option(
    "dtype", value: "type", .choice(["f64", "f32", "f16", "bf16"]),
    help: """
      The type that weights are rounded to, once; those of an ONNX file are computed in it (f32 or \
      f16), and its input and output are of 32 bits. Without it: as the source has them.
      """)
  private static let compression = OptionDescription.option(
    "compression", value: "level", .integer(0...9),
    help: """
      How hard the tensors of an HDF5 file are deflated: 0, not at all, to 9. Without it: \
      \(HDF5Writer.Options().compression).
      """)
  private static let externalData = OptionDescription.flag(
    "external-data",
    help: """
      Write the weights of an ONNX file to a file beside it, with .data behind its name. Done \
      unasked where it would have more than 2 GiB.
      """)
}
