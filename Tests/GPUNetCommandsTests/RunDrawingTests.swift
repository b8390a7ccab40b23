import TestSupport
import Testing

@Suite struct `gpunet-run --show` {
  private let folder = TemporaryFolder()

  /// What is printed of a picture that is orange above and blue below: of 40 pixels the upper 15 are
  /// orange.
  private func run(
    columns: UInt16?, _ environment: [String: String] = [:], _ options: [String] = ["--show"]
  ) throws -> (code: Int32, output: String) {
    let upper: [UInt8] = [200, 100, 50]
    let lower: [UInt8] = [0, 0, 255]
    let picture = try folder.write(
      Array("P6 64 64 255\n".utf8)
        + [[UInt8]](repeating: upper, count: 24 * 64).joined()
        + [[UInt8]](repeating: lower, count: 40 * 64).joined(),
      to: "picture.ppm")
    let terminal = try columns.map { try PseudoTerminal(columns: $0) }
    let tool = try RunningTool(
      "gpunet-run",
      [
        Fixture.path("original/plain.pth"), picture, "--arch", Fixture.path("original/plain.json"),
        "--labels", Fixture.path("run/labels.txt"), "--quiet",
      ] + options,
      environment: ["TERM": "xterm-256color", "NO_COLOR": "", "COLORTERM": ""]
        .merging(environment) { $1 },
      output: terminal?.tool)
    let shown = try terminal?.content()
    let result = try tool.result()
    #expect(result.errorOutput.isEmpty)
    return (result.code, shown?.replacing("\r\n", with: "\n") ?? result.output)
  }

  /// The lines without colours.
  private func lines(_ text: String) -> [String] {
    var plain = ""
    var isSequence = false
    for character in text {
      if character == "\u{1B}" { isSequence = true }
      if !isSequence { plain.append(character) }
      if character == "m" { isSequence = false }
    }
    return plain.split(separator: "\n").map { String($0) }
  }

  /// The lines of classes that are printed without the option: percentage and name.
  private func printed() throws -> [String] {
    try run(columns: nil, [:], []).output.split(separator: "\n").dropFirst().map {
      String($0.dropFirst(2))
    }
  }

  @Test(arguments: [
    (["COLORTERM": "truecolor"], "2;200;100;50", "2;0;0;255"),
    (["COLORTERM": "24bit"], "2;200;100;50", "2;0;0;255"), ([:], "5;167", "5;21"),
  ]) func `draws the picture with the classes beside it`(
    environment: [String: String], upper: String, lower: String
  ) throws {
    let (code, output) = try run(columns: 100, environment)
    #expect(code == 0)
    let rows = output.split(separator: "\n").map { String($0) }
    #expect(rows.count == 21)
    #expect(rows[0].hasSuffix("/picture.ppm"))
    let blocks = String(repeating: "▀", count: 40)
    for (row, behind) in [(1, upper), (7, upper), (8, lower)] {
      #expect(rows[row].hasPrefix("\u{1B}[38;\(upper)m\u{1B}[48;\(behind)m\(blocks)\u{1B}[0m"))
    }
    #expect(rows[20] == "\u{1B}[38;\(lower)m\u{1B}[48;\(lower)m\(blocks)\u{1B}[0m")
    let lines = lines(output).dropFirst().map { $0.dropFirst(42) }
    let printed = try printed()
    #expect(printed.count == 5)
    #expect(stride(from: 0, to: 10, by: 2).map { String(lines[$0]) } == printed)
    #expect(lines[1].hasPrefix("       █"))
  }

  @Test func `puts the classes below where there is no room beside it`() throws {
    for columns: UInt16 in [60, 20] {
      let rows = lines(try run(columns: columns).output)
      let width = min(Int(columns), 40)
      let height = width / 2
      #expect(rows.count == 1 + height + 10)
      #expect(rows[1...height].allSatisfy { $0 == String(repeating: "▀", count: width) })
      #expect(
        rows.dropFirst(1 + height).allSatisfy { $0.count <= Int(columns) && $0.hasPrefix("  ") })
      #expect(rows.last?.contains("▀") == false)
    }
  }

  @Test(arguments: [["NO_COLOR": "1"], ["TERM": "dumb"]])
  func `draws bars alone where no colours are wanted`(environment: [String: String]) throws {
    let output = try run(columns: 100, environment.merging(["COLORTERM": "truecolor"]) { $1 })
      .output
    #expect(!output.contains("\u{1B}"))
    #expect(!output.contains("▀"))
    #expect(output.contains("\n         █"))
    let rows = output.split(separator: "\n").dropFirst().map { String($0.dropFirst(2)) }
    #expect(stride(from: 0, to: 10, by: 2).map { rows[$0] } == (try printed()))
  }

  @Test func `draws nothing where nobody looks`() throws {
    let piped = try run(columns: nil, ["COLORTERM": "truecolor"])
    let plain = try run(columns: nil, [:], [])
    #expect(piped.code == 0)
    #expect(piped.output == plain.output)
    #expect(plain.output.hasPrefix("/"))
  }

  @Test func `and --html exclude tensors`() throws {
    for options in [["--show"], ["--html", "page.html"]] {
      let result = try Tool.run("gpunet-run", ["a.gpw", "b.png", "--output", "c.npz"] + options)
      #expect(result.code == 64)
      #expect(result.errorOutput.contains("'\(options[0])' and '--output' exclude each other"))
    }
  }

  @Test(arguments: ["--json", "--csv"])
  func `excludes what is for programs`(option: String) throws {
    let result = try Tool.run("gpunet-run", ["a.gpw", "b.png", "--show", option])
    #expect(result.code == 64)
    #expect(result.errorOutput.contains("--show and \(option) exclude each other"))
  }
}
