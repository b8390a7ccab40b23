import CommandLineTool
import GPUNetCommands
import TestSupport
import Testing

@Suite struct `The tools' manners` {
  static let tools = [
    ConvertCommand.description, InspectCommand.description, VerifyCommand.description,
  ]

  @Test(arguments: tools.map(\.name)) func `include help on standard output`(name: String) throws {
    let tool = try #require(Self.tools.first { $0.name == name })
    for spelling in ["--help", "-h"] {
      // Help comes before everything else that may be wrong with a command line.
      let result = try Tool.run(name, [spelling, "--json"])
      #expect(result.code == 0)
      #expect(result.errorOutput.isEmpty)
      #expect(result.output.hasPrefix("OVERVIEW: \(tool.abstract.prefix(40))"))
      #expect(result.output.contains("\nUSAGE: \(name) [<options>] <"))
      #expect(result.output.contains("\nARGUMENTS:\n  <"))
      for code in ["64", "65", "66"] { #expect(result.output.contains("\(code) ")) }
      for option in tool.options {
        let isListed = result.output.split(separator: "\n").contains { line in
          line.hasPrefix("  ") && line.contains("--\(option.name)")
        }
        #expect(isListed, "--\(option.name)")
      }
      let lines = result.output.split(separator: "\n")
      #expect(lines.allSatisfy { $0.count <= 80 })
      // The text about an option begins at column 26, also where its name takes a line alone.
      let texts = lines.filter { $0.hasPrefix(String(repeating: " ", count: 25)) }
      #expect(texts.allSatisfy { $0.prefix(27).last != " " })
    }
  }

  @Test(arguments: tools.map(\.name)) func `include a manual page and completion`(name: String)
    throws
  {
    let manual = try Tool.run(name, ["--generate-manual-page"])
    #expect(manual.code == 0)
    #expect(manual.output.hasPrefix(".TH \""))
    for shell in ["bash", "zsh", "fish"] {
      let script = try Tool.run(name, ["--generate-completion-script", shell])
      #expect(script.code == 0)
      #expect(script.output.contains(name))
    }
    let unknown = try Tool.run(name, ["--generate-completion-script", "csh"])
    #expect(unknown.code == 64)
  }

  struct Mistake: Sendable, CustomTestStringConvertible {
    let words: [String]
    let message: String
    var testDescription: String { words.joined(separator: " ") }
  }

  @Test(arguments: [
    Mistake(words: ["gpunet-inspect"], message: "Missing expected argument '<file>'"),
    Mistake(words: ["gpunet-inspect", "a", "b"], message: "Unexpected argument 'b'"),
    Mistake(
      words: ["gpunet-inspect", "a", "--fromat", "json"],
      message: "Unknown option '--fromat'. Did you mean '--format'?"),
    Mistake(
      words: ["gpunet-inspect", "a", "--format", "yaml"],
      message: "The value 'yaml' is invalid for '--format <format>'"),
    Mistake(
      words: ["gpunet-inspect", "a", "--resolution", "12x"],
      message: "The value '12x' is invalid for '--resolution <pixels>'"),
    Mistake(
      words: ["gpunet-inspect", "a", "--json=yes"], message: "The option '--json' takes no value"),
    Mistake(words: ["gpunet-verify"], message: "Missing expected argument '<model>'"),
    Mistake(
      words: ["gpunet-verify", "a", "--golden"], message: "Missing value for '--golden <file>'"),
    Mistake(
      words: ["gpunet-verify", "a", "-x"], message: "Unknown option '-x'"),
    Mistake(
      words: ["gpunet-verify", "a", "--max-bytes", "much"],
      message: "The value 'much' is invalid for '--max-bytes"),
    Mistake(
      words: ["gpunet-convert", "--into", "d"], message: "Missing expected argument '<inputs>'"),
  ])
  func `include a word on every wrong command line`(mistake: Mistake) throws {
    let result = try Tool.run(mistake.words[0], Array(mistake.words.dropFirst()))
    #expect(result.code == 64)
    #expect(result.output.isEmpty)
    let lines = result.errorOutput.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasPrefix("error: \(mistake.message)"), "\(result.errorOutput)")
    #expect(lines[1].hasPrefix("Usage: \(mistake.words[0]) "))
    #expect(
      result.errorOutput.hasSuffix("See '\(mistake.words[0]) --help' for more information.\n"))
  }
}
