import CommandLineTool
import NetworkProgram
import GPUNetKit

/// The options that say what images a network is meant for, and what its answers mean.
enum PreprocessingOptions {
  static let labels = OptionDescription.option(
    "labels", value: "file", .path,
    help: "Record the names of the classes: a text in UTF-8 with one a line, in index order.")
  static let mean = OptionDescription.option(
    "mean", value: "r,g,b", help: "Record what is subtracted from red, green and blue in 0…1.")
  static let standardDeviation = OptionDescription.option(
    "std", value: "r,g,b", help: "Record what the differences are divided by.")
  private static let crop = OptionDescription.option(
    "crop", value: "fraction",
    help: "Record the crop's side as a part of the resized image's shorter side.")
  private static let interpolation = OptionDescription.option(
    "interpolation", value: "way", .choice(Preprocessing.interpolations),
    help: "Record how images are resized.")

  static let all = [labels, mean, standardDeviation, crop, interpolation]

  static func choice(
    _ arguments: ParsedArguments, _ tool: ToolDescription
  ) throws(EarlyExit) -> PreprocessingChoice {
    var choice = PreprocessingChoice()
    choice.mean = try numbers(
      mean, arguments, tool, count: 3, expected: "three numbers, as 0.485,0.456,0.406"
    ) { _ in true }
    choice.standardDeviation = try numbers(
      standardDeviation, arguments, tool, count: 3,
      expected: "three numbers above 0, as 0.229,0.224,0.225"
    ) { $0 > 0 }
    choice.cropFraction = try numbers(
      crop, arguments, tool, count: 1, expected: "a number above 0 and at most 1, as 0.875"
    ) { $0 > 0 && $0 <= 1 }?.first
    choice.interpolation = arguments.value(interpolation.name)
    return choice
  }

  private static func numbers(
    _ option: OptionDescription, _ arguments: ParsedArguments, _ tool: ToolDescription,
    count: Int, expected: String, isValid: (Double) -> Bool
  ) throws(EarlyExit) -> [Double]? {
    guard let text = arguments.value(option.name) else { return nil }
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      // Swift also reads `nan`, `infinity` and hexadecimal numbers.
      part.allSatisfy { "0123456789+-.eE".contains($0) } ? Double(part) : nil
    }
    let valid = numbers.compactMap(\.self).filter { $0.isFinite && isValid($0) }
    guard numbers.count == count, valid.count == count else {
      throw tool.invalidValue(text, of: option.name, expected: expected)
    }
    return valid
  }
}
