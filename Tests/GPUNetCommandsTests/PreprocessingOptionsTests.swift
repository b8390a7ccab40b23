import BinaryInput
import StrictJSON
import TestSupport
import Testing

private func convert(to output: String, _ options: [String]) throws -> Tool.Result {
  try Tool.run(
    "gpunet-convert",
    [
      Fixture.path("original/plain.pth"), output, "--no-verify", "--arch",
      Fixture.path("original/plain.json"),
    ] + options)
}

/// The configuration of the network states eleven classes.
private let names = (1...11).map { "class \($0)" }

@Suite struct `Preprocessing and labels` {
  @Test func `are what was asked for, in text and JSON`() throws {
    let folder = TemporaryFolder()
    let labels = try folder.write(
      Array((names.joined(separator: "\n") + "\n").utf8), to: "labels.txt")
    let path = folder.file("out.gpw")
    let result = try convert(
      to: path,
      [
        "--labels", labels, "--mean", "0.5,0.25,0", "--std=0.5,2,1e-1", "--crop", "0.875",
        "--interpolation", "bilinear",
      ])
    #expect(result.code == 0, "\(result.errorOutput)")
    let text = try Tool.run("gpunet-inspect", [path]).output
    for line in [
      "preprocessing  mean 0.5, 0.25, 0.0; std 0.5, 2.0, 0.1; crop 0.875; bilinear",
      "labels         class 1, class 2, class 3 and 8 more",
      "made with      labels=labels.txt mean=0.5,0.25,0.0 std=0.5,2.0,0.1 crop=0.875 "
        + "interpolation=bilinear",
    ] {
      #expect(text.contains("\n\(line)\n"), "\(text)")
    }
    let printed = try Tool.run("gpunet-inspect", [path, "--json"]).output
    let json = try JSONValue(parsing: Bytes(copying: Array(printed.utf8)))
    let violations = try JSONSchema("gpunet-inspect.schema.json").violations(of: json)
    #expect(violations.isEmpty, "\(violations)")
    #expect(json["labels"]?.array?.compactMap(\.string) == names)
    #expect(json["preprocessing"]?["mean"]?.array?.compactMap(\.double) == [0.5, 0.25, 0])
    #expect(json["preprocessing"]?["std"]?.array?.compactMap(\.double) == [0.5, 2, 0.1])
    #expect(json["preprocessing"]?["crop"]?.double == 0.875)
    #expect(json["preprocessing"]?["interpolation"]?.string == "bilinear")
    #expect(json["provenance"]?["options"]?.array?.count == 5)

    // A native file hands on what it says; what is given again replaces it.
    let again = folder.file("again.gpw")
    #expect(try Tool.run("gpunet-convert", [path, again, "--crop", "1"]).code == 0)
    let handedOn = try Tool.run("gpunet-inspect", [again]).output
    #expect(handedOn.contains("mean 0.5, 0.25, 0.0; std 0.5, 2.0, 0.1; crop 1.0; bilinear\n"))
    #expect(handedOn.contains("\nlabels         class 1, class 2, class 3 and 8 more\n"))
  }

  @Test func `are those of the published evaluation where nothing is said`() throws {
    let folder = TemporaryFolder()
    #expect(try convert(to: folder.file("out.gpw"), []).code == 0)
    let text = try Tool.run("gpunet-inspect", [folder.file("out.gpw")]).output
    #expect(
      text.contains(
        "\npreprocessing  mean 0.485, 0.456, 0.406; std 0.229, 0.224, 0.225; crop 1.0; bicubic\n"))
    #expect(!text.contains("labels "))
    #expect(!text.contains("made with"))
  }

  @Test func `read labels as Windows writes them, and names that stand twice`() throws {
    let folder = TemporaryFolder()
    let twice = ["\u{1b}[31mcrane", "crane", "é", "crane "] + names.dropFirst(4)
    let labels = try folder.write(
      [0xEF, 0xBB, 0xBF] + Array(twice.joined(separator: "\r\n").utf8), to: "labels.txt")
    #expect(try convert(to: folder.file("out.gpw"), ["--labels", labels]).code == 0)
    let printed = try Tool.run("gpunet-inspect", [folder.file("out.gpw"), "--json"]).output
    let json = try JSONValue(parsing: Bytes(copying: Array(printed.utf8)))
    #expect(json["labels"]?.array?.compactMap(\.string) == twice)
    let text = try Tool.run("gpunet-inspect", [folder.file("out.gpw")]).output
    #expect(text.contains("\nlabels         \\u{1b}[31mcrane, crane, é and 8 more\n"))
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    let options: [String]
    let message: String
    let expected: String
    var testDescription: String { options.joined(separator: " ") }
  }

  static let wrong = [
    ("--mean", "0.5,0.5", "three numbers"), ("--mean", "0.5", "three numbers"),
    ("--mean", "0.5,0.5,0.5,0.5", "three numbers"), ("--mean", "0.5,,0.5", "three numbers"),
    ("--mean", "a,b,c", "three numbers"), ("--mean", "nan,0,0", "three numbers"),
    ("--mean", "0,infinity,0", "three numbers"), ("--mean", "0,0,1e999", "three numbers"),
    ("--mean", "0x1,0,0", "three numbers"), ("--mean", "0.5, 0.5, 0.5", "three numbers"),
    ("--std", "0.2,0,0.2", "three numbers above 0"),
    ("--std", "0.2,-0.2,0.2", "three numbers above 0"),
    ("--std", "0.2,0.2,inf", "three numbers above 0"),
    ("--crop", "0", "a number above 0 and at most 1"),
    ("--crop", "1.0001", "a number above 0 and at most 1"),
    ("--crop", "87.5%", "a number above 0 and at most 1"),
    ("--crop", "0.5,0.5", "a number above 0 and at most 1"),
    ("--interpolation", "nearest", "one of 'bicubic', 'bilinear'"),
  ].map { name, value, expected in
    Wrong(
      options: ["\(name)=\(value)"],
      message: "error: The value '\(value)' is invalid for '\(name) <", expected: expected)
  }

  @Test(arguments: wrong) func `refuse values that cannot be meant`(wrong: Wrong) throws {
    let folder = TemporaryFolder()
    let result = try convert(to: folder.file("out.gpw"), wrong.options)
    #expect(result.code == 64)
    #expect(result.errorOutput.hasPrefix(wrong.message), "\(result.errorOutput)")
    #expect(result.errorOutput.contains(">': expected \(wrong.expected)"))
    #expect(folder.names.isEmpty)
  }

  struct WrongLabels: Sendable, CustomTestStringConvertible {
    let content: [UInt8]?
    let code: Int32
    let message: String
    var testDescription: String { message }
  }

  @Test(arguments: [
    WrongLabels(
      content: Array("a\nb\nc\n".utf8), code: 65,
      message: "expected 11, as the network has classes, found 3"),
    WrongLabels(
      content: Array((names + ["one more"]).joined(separator: "\n").utf8), code: 65,
      message: "expected 11, as the network has classes, found 12"),
    WrongLabels(content: [], code: 65, message: "found 0"),
    WrongLabels(
      content: Array("a\n\n\(names.dropFirst(2).joined(separator: "\n"))".utf8), code: 65,
      message: "line 2 is empty, expected a name"),
    WrongLabels(
      content: Array((names + [""]).joined(separator: "\n").utf8) + [0x0A], code: 65,
      message: "line 12 is empty"),
    WrongLabels(content: [0x61, 0x0A, 0xFF, 0x0A], code: 65, message: "[labels.text]"),
    WrongLabels(content: nil, code: 66, message: "labels.txt: cannot be opened"),
  ])
  func `refuse lists of labels that do not fit`(wrong: WrongLabels) throws {
    let folder = TemporaryFolder()
    if let content = wrong.content { _ = try folder.write(content, to: "labels.txt") }
    let before = folder.names
    let result = try convert(
      to: folder.file("out.gpw"), ["--labels", folder.file("labels.txt")])
    #expect(result.code == wrong.code)
    #expect(result.errorOutput.contains(wrong.message), "\(result.errorOutput)")
    #expect(result.errorOutput.split(separator: "\n").count == 1)
    #expect(folder.names == before)
  }
}
