import Foundation
import TestSupport
import Testing

@Suite struct `On a terminal` {
  private let folder = TemporaryFolder()

  private func convert(
    _ options: String..., input: String = Fixture.path("checkpoints/bare.pth"),
    terminal kind: String = "xterm"
  ) throws -> (result: Tool.Result, shown: String) {
    let result = try Tool.run(
      "gpunet-convert",
      [
        input, folder.file("out.gpw"), "--force", "--arch", Fixture.path("networks/plain.json"),
      ] + options, environment: ["TERM": kind, "NO_COLOR": "1"], errorsToTerminal: true)
    return (result, result.errorOutput)
  }

  @Test func `a line tells how far the work is and is gone at its end`() throws {
    let (result, shown) = try convert()
    #expect(result.code == 0)
    #expect(result.output.contains("wrote "))
    let erasure = "\r\u{1b}[K"
    #expect(shown.hasPrefix(erasure))
    #expect(shown.hasSuffix(erasure))
    #expect(!shown.contains("\n"))
    let lines = shown.components(separatedBy: erasure)
    #expect(lines.allSatisfy { $0.count < 60 })
    let stages = lines.compactMap { $0.components(separatedBy: "bare.pth: ").dropFirst().first }
    #expect(stages.first == "reading")
    #expect(stages.contains { $0.hasPrefix("writing ") && $0.hasSuffix("%") })
    #expect(stages.contains("writing 100%"))
    #expect(Array(stages.dropFirst().prefix(5)) == (1...5).map { "running layer \($0) of 5" })
    #expect(Array(stages.suffix(5)) == (1...5).map { "verifying layer \($0) of 5" })
  }

  @Test func `an error stands alone on its line`() throws {
    let (result, shown) = try convert(input: folder.file("none.pth"))
    #expect(result.code == 66)
    #expect(shown.contains("\r\u{1b}[Kerror: "))
    #expect(shown.hasSuffix("[io.open]\r\n"))
  }

  @Test func `nothing is shown where it is not wanted or cannot be`() throws {
    #expect(try convert("--quiet").shown.isEmpty)
    #expect(try convert(terminal: "dumb").shown.isEmpty)
  }
}

@Suite struct `The completion of a tool` {
  @Test(
    arguments: [
      ("gpunet-convert", ["--em"], "--ema"),
      ("gpunet-convert", ["--ema", ""], "auto always never"),
      ("gpunet-convert", ["--into", "Sch"], "Schemas"),
      ("gpunet-inspect", ["--em"], "--ema"), ("gpunet-inspect", ["--ema", "a"], "auto always"),
      ("gpunet-inspect", ["--format", "ma"], "markdown"),
    ]) func `works in a real bash`(tool: String, words: [String], expected: String) throws
  {
    let list = ([tool] + words).map { "'\($0)'" }.joined(separator: " ")
    let script = """
      set -u
      source <("$0" --generate-completion-script bash)
      complete -p \(tool) > /dev/null
      COMP_WORDS=(\(list))
      COMP_CWORD=\(words.count)
      "$(complete -p \(tool) | sed 's/.*-F \\([^ ]*\\) .*/\\1/')"
      echo "${COMPREPLY[*]}"
      """
    let result = try Tool.run(
      "/bin/bash", ["--norc", "-c", script, "\(Tool.folder)/\(tool)"], in: Fixture.root)
    #expect(result.errorOutput.isEmpty)
    #expect(result.output == expected + "\n")
    #expect(result.code == 0)
  }
}
