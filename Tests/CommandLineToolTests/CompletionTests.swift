import CommandLineTool
import Foundation
import Testing

/// Runs a shell on a script and returns what it printed, or nil where the shell is not installed.
func run(_ shell: String, _ arguments: [String], script: String) throws -> String? {
  let folders = ["/bin", "/usr/bin", "/usr/local/bin"]
  let paths = folders.map { "\($0)/\(shell)" }
  guard let path = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
    return nil
  }
  let process = Process()
  let input = Pipe()
  let output = Pipe()
  process.executableURL = URL(filePath: path)
  process.arguments = arguments
  process.standardInput = input
  process.standardOutput = output
  process.standardError = output
  try process.run()
  try input.fileHandleForWriting.write(contentsOf: Data(script.utf8))
  try input.fileHandleForWriting.close()
  let text = try output.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  #expect(process.terminationStatus == 0)
  return String(decoding: text, as: UTF8.self)
}

@Suite struct CompletionTests {
  @Test func `Bash accepts its script`() throws {
    let script = sampleTool.completionScript(for: .bash)
    #expect(try #require(try run("bash", ["-n"], script: script)) == "")
  }

  @Test(arguments: [CompletionShell.zsh, .fish])
  func `The other shells accept theirs where they are installed`(shell: CompletionShell) throws {
    let script = sampleTool.completionScript(for: shell)
    let output = try run(shell.rawValue, ["-n"], script: script)
    #expect(output == nil || output == "")
  }

  @Test(
    arguments: [
      (["--e"], "--ema"), (["--ema", ""], "auto always never"), (["--ema", "al"], "always"),
      (["--ema", "=", "n"], "never"), (["--ema", "="], "auto always never"),
      (["in", "--f"], "--force"), (["--threads", ""], ""), (["--ver"], "--verbose --version"),
      (["--generate-completion-script", "z"], "zsh"), (["Pack"], "Package.swift"),
      (["-g", "Pack"], "Package.swift"), (["--golden", "=", "Pack"], "Package.swift"),
    ])
  func `Bash completes`(words: [String], expected: String) throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let list = (["gpunet-sample"] + words).map { "'\($0)'" }.joined(separator: " ")
    let script = """
      cd '/\(root)'
      \(sampleTool.completionScript(for: .bash))
      complete -p gpunet-sample > /dev/null
      COMP_WORDS=(\(list))
      COMP_CWORD=\(words.count)
      _gpunet_sample
      echo "${COMPREPLY[*]}"
      """
    #expect(try #require(try run("bash", ["--norc"], script: script)) == expected + "\n")
  }

  @Test func `The script for zsh describes values and quotes what the shell would take`() {
    let script = sampleTool.completionScript(for: .zsh)
    #expect(script.hasPrefix("#compdef gpunet-sample\n"))
    #expect(
      script.contains(
        "'--ema=[Whether to take the averaged weights of a training checkpoint.]"
          + ":mode:(auto always never)'"))
    #expect(script.contains("'-g+[Compare with recorded outputs.]:file:_files'"))
    #expect(
      script.contains(#"'*--label=[It'\''s a \[label\]\: said again and again.]:text: '"#))
    #expect(script.contains("':input:_files'"))
    #expect(script.contains("'::output:_files'"))
  }

  @Test func `The script for fish describes values and quotes what the shell would take`() {
    let script = sampleTool.completionScript(for: .fish)
    #expect(
      script.contains("complete -c gpunet-sample -l force -s f -d 'Replace what is there.'\n"))
    #expect(script.contains("-l ema -x -a 'auto always never' -d 'Whether"))
    #expect(script.contains(#"-l label -x -d 'It\'s a [label]: said again and again.'"#))
    #expect(script.contains("-l golden -s g -r -F -d"))
  }
}
