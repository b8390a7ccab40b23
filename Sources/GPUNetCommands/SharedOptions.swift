import BinaryInput
import CommandLineTool
import GPUNetIR
import GPUNetKit
import NetworkRecognition

/// The options that mean the same for every tool.
enum SharedOptions {
  static let architectureOption = OptionDescription.option(
    "arch", value: "file|name", .path,
    help: """
      The network's architecture: a published name such as GPUNet-0, or a configuration in \
      NVIDIA's JSON form.
      """)
  static let keyOption = OptionDescription.option(
    "key", value: "path", help: "The key of the state dict in the checkpoint, as in 'a.b'.")
  static let averageOption = OptionDescription.option(
    "ema", value: "when", .choice(AveragePolicy.allCases.map(\.rawValue)),
    default: AveragePolicy.auto.rawValue,
    help: "Whether a moving average of the weights is preferred.")
  static let resolutionOption = OptionDescription.option(
    "resolution", value: "pixels", help: "The input's size, as 320 or 320x256 (height × width).")

  static let source = [architectureOption, keyOption, averageOption]

  static func architecture(_ arguments: ParsedArguments) throws(ReadError) -> ArchitectureChoice? {
    guard let text = arguments.value(architectureOption.name) else { return nil }
    return try ArchitectureChoice(text)
  }

  static func average(_ arguments: ParsedArguments) -> AveragePolicy {
    // The parser lets only the policies' own names pass.
    arguments.value(averageOption.name).flatMap { AveragePolicy(rawValue: $0) } ?? .auto
  }

  static func resolution(
    _ arguments: ParsedArguments, _ tool: ToolDescription
  ) throws(EarlyExit) -> Resolution? {
    guard let text = arguments.value(resolutionOption.name) else { return nil }
    do {
      return try Resolution(parsing: text)
    } catch {
      throw tool.usageError(
        "The value '\(text.escapedForDisplay())' is invalid for '--resolution <pixels>': expected "
          + "\(error.expected ?? "pixels")")
    }
  }
}
