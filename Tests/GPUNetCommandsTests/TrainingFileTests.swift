import BinaryInput
import Foundation
import StrictJSON
import TestSupport
import Testing

/// What `Fixtures/training/cases.json` says of one conversion.
private struct TrainingCase: Sendable, CustomTestStringConvertible {
  let file: String
  let options: [String]
  let architecture: String
  let golden: String?
  /// `match`, `refuse 1`, `message` (1 or 65) or `match-or-refuse`.
  let expectation: String
  /// Patterns of what a refusal says.
  let says: [String]
  /// Patterns of what is printed beside a conversion.
  let reports: [String]
  /// What is advised although it is no remedy elsewhere.
  let mayAdvise: [String]

  var testDescription: String { ([file] + options).joined(separator: " ") }

  init(_ json: JSONValue) {
    func texts(_ key: String) -> [String] { json[key]?.array?.compactMap(\.string) ?? [] }
    file = json["file"]?.string ?? ""
    options = texts("options")
    architecture = json["arch"]?.string ?? ""
    golden = json["golden"]?.string
    expectation = json["expect"]?.string ?? ""
    says = texts("says")
    reports = texts("reports")
    mayAdvise = [json["mayAdvise"]?.string].compactMap(\.self) + texts("mayAdvise")
  }

  static let all: [TrainingCase] = {
    guard let list = try? JSONValue(parsing: Fixture.bytes("training/cases.json")).array else {
      preconditionFailure("training/cases.json is no list")
    }
    return list.map { TrainingCase($0) }
  }()

  /// Converts the file, in its own folder so that messages name it alone.
  func run() throws -> Tool.Result {
    let folder = TemporaryFolder()
    var words = [file, folder.file("out.gpw"), "--arch", architecture] + options
    if expectation != "message", let golden { words += ["--golden", golden] }
    return try Tool.run("gpunet-convert", words, in: Fixture.path("training"))
  }

  /// Whether a pattern stands in a text that does not name the file.
  func finds(_ pattern: String, in text: String) throws -> Bool {
    let expression = try NSRegularExpression(pattern: pattern)
    let text = text.replacing(file, with: "")
    return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
  }
}

extension Tool.Result {
  /// The first line of the errors.
  fileprivate var firstLine: String {
    String(errorOutput.split(separator: "\n").first { $0.hasPrefix("error") } ?? "")
  }
}

@Suite struct `Files as training tools leave them` {
  @Test(arguments: TrainingCase.all)
  fileprivate func `are converted or refused as their owners expect`(test: TrainingCase) throws {
    let result = try test.run()
    let codes: [Int32] =
      switch test.expectation {
      case "match": [0]
      case "refuse 1": [1]
      case "message": [1, 65]
      default: [0, 1, 65]
      }
    #expect(codes.contains(result.code), "\(result.errorOutput)")
    if result.code == 0 {
      for pattern in test.reports {
        #expect(try test.finds(pattern, in: result.output + result.errorOutput), "\(pattern)")
      }
    } else {
      for pattern in test.says {
        #expect(try test.finds(pattern, in: result.firstLine), "\(pattern): \(result.firstLine)")
      }
      // Advice belongs to the cause: nobody is sent to look for what is in order.
      for advice in ["--allow-unused", "right architecture"]
      where !test.says.isEmpty && !test.mayAdvise.contains(advice) {
        #expect(!result.firstLine.contains(advice), "\(result.firstLine)")
      }
    }
  }

  /// The lines are there to be read; whoever changes one sees it in the difference of that file.
  /// `GPUNET_RECORD=1` writes it anew.
  @Test func `are refused in the words that were read`() throws {
    var lines: [String] = []
    for test in TrainingCase.all where test.expectation != "match" {
      let result = try test.run()
      if result.code != 0 { lines.append("\(test.testDescription)\n  \(result.firstLine)") }
    }
    let text = lines.joined(separator: "\n") + "\n"
    let path = Fixture.path("training/refusals.txt")
    if ProcessInfo.processInfo.environment["GPUNET_RECORD"] != nil {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
    #expect(text == String(decoding: try MappedFile(path: path).bytes.array, as: UTF8.self))
  }
}
