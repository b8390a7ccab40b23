import BinaryInput
import CommandLineTool
import NetworkProgram
import GPUNetKit
import HDF5Weights
import ModelFiles
import NetworkRecognition
import ONNXModel
import TorchCheckpoint

/// The options that mean the same for every tool.
enum SharedOptions {
  static let architectureOption = OptionDescription.option(
    "arch", value: "file|name", .path,
    help: """
      The network's architecture: a published name such as GPUNet-0 or timm/tf_efficientnet_b0 \
      (gpunet-inspect --list-networks prints all), a description, or a configuration in NVIDIA's \
      JSON form.
      """)
  static let keyOption = OptionDescription.option(
    "key", value: "path", .anyText,
    help: """
      Which network of the file is meant, where that should not be chosen: its key path and the \
      prefix of its names, as in 'state_dict.student', or one of both; '' for the top level.
      """)
  static let averageOption = OptionDescription.option(
    "ema", value: "when", .choice(AveragePolicy.allCases.map(\.rawValue)),
    default: AveragePolicy.auto.rawValue,
    help: "Whether a moving average of the weights is preferred.")
  static let resolutionOption = OptionDescription.option(
    "resolution", value: "pixels", help: "The input's size, as 320 or 320x256 (height × width).")

  static let opaqueOption = OptionDescription.flag(
    "allow-opaque",
    help: """
      Keep objects of unknown classes in a checkpoint unread instead of refusing it; their code is \
      neither imported nor run.
      """)
  static let byteLimitOption = OptionDescription.option(
    "max-bytes", value: "count",
    help: """
      The most that the tensors may take in memory and compressed records of a checkpoint may \
      inflate to, as 500000000, 500M or 8G. Without it: four times the file or 1G for tensors, \
      4G for records.
      """)

  static let hardLinksOption = OptionDescription.flag(
    "allow-hard-links",
    help: """
      Read external data of an ONNX file that have other names, too; whoever can write to one of \
      those names can change the weights.
      """)

  static let kernelLayoutOption = OptionDescription.option(
    "layout-of-kernels", value: "order", .choice(KernelLayout.allCases.map(\.rawValue)),
    help: """
      The order of the axes of kernels in an HDF5 file that does not say it: hwio, as TensorFlow \
      has them, or oihw, as PyTorch has them.
      """)

  /// What ``source(_:_:)`` asks for: how a file is read.
  static let reading = [opaqueOption, byteLimitOption, hardLinksOption, kernelLayoutOption]

  /// How a file is read, and which network of it is meant.
  static let source = [architectureOption, keyOption, averageOption] + reading

  static func architecture(_ arguments: ParsedArguments) throws(ReadError) -> ArchitectureChoice? {
    guard let text = arguments.value(architectureOption.name) else { return nil }
    return try ArchitectureChoice(text)
  }

  static func resolution(
    _ arguments: ParsedArguments, _ tool: ToolDescription
  ) throws(EarlyExit) -> Resolution? {
    guard let text = arguments.value(resolutionOption.name) else { return nil }
    do {
      return try Resolution(parsing: text)
    } catch {
      throw tool.invalidValue(
        text, of: resolutionOption.name, expected: error.expected ?? "pixels")
    }
  }

  static func source(
    _ arguments: ParsedArguments, _ tool: ToolDescription
  ) throws(EarlyExit) -> SourceFile.Options {
    var options = SourceFile.Options()
    options.graph.allowsHardLinks = arguments.flag(hardLinksOption.name)
    options.hdf5.kernelLayout =
      arguments.value(kernelLayoutOption.name).flatMap { KernelLayout(rawValue: $0) }
    options.checkpoint.keepsUnknownClasses = arguments.flag(opaqueOption.name)
    if let text = arguments.value(byteLimitOption.name) {
      guard let count = byteCount(text) else {
        throw tool.invalidValue(
          text, of: byteLimitOption.name,
          expected: "a number of bytes, as 500000000, or with K, M or G for powers of 1024")
      }
      options.maximumByteCount = count
    }
    return options
  }

  /// Which of the networks in a file is meant.
  static func selection(_ arguments: ParsedArguments) -> NetworkSource.Selection {
    var selection = NetworkSource.Selection()
    // The parser lets only the policies' own names pass.
    selection.average =
      arguments.value(averageOption.name).flatMap { AveragePolicy(rawValue: $0) } ?? .auto
    selection.key = arguments.value(keyOption.name)
    return selection
  }

  /// Reads `500`, `64K`, `300M` or `8G`, in either case.
  static func byteCount(_ text: String) -> Int? {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    let unit = text.uppercased().last.flatMap { units[$0] }
    let digits = unit == nil ? text[...] : text.dropLast()
    guard digits.allSatisfy({ ("0"..."9").contains($0) }), let number = Int(digits), number > 0
    else { return nil }
    let (product, overflows) = number.multipliedReportingOverflow(by: unit ?? 1)
    return overflows ? nil : product
  }
}
