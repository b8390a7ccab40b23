import TestSupport
import Testing

@Suite struct `Colour` {
  private static func failure(_ environment: [String: String], onTerminal: Bool) throws -> String {
    try Tool.run(
      "gpunet-inspect", ["missing.pth"],
      environment: ["TERM": "xterm-256color", "NO_COLOR": ""].merging(environment) { $1 },
      errorsToTerminal: onTerminal
    ).errorOutput
  }

  static let message =
    " missing.pth: cannot be opened: No such file or directory; check the spelling of the path "
    + "[io.open]"

  @Test func `marks the word error alone, on a terminal`() throws {
    #expect(
      try Self.failure([:], onTerminal: true)
        == "\u{1b}[1;31merror:\u{1b}[0m\(Self.message)\r\n")
  }

  @Test(arguments: [["NO_COLOR": "1"], ["NO_COLOR": "false"], ["TERM": "dumb"]])
  func `is left out where the user wants none`(environment: [String: String]) throws {
    #expect(try Self.failure(environment, onTerminal: true) == "error:\(Self.message)\r\n")
  }

  @Test func `is left out where no terminal reads`() throws {
    #expect(try Self.failure([:], onTerminal: false) == "error:\(Self.message)\n")
  }
}
