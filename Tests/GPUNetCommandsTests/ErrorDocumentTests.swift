import BinaryInput
import CommandLineTool
import Foundation
import GPUNetCommands
import TestSupport
import Testing

/// A row of a table in `Documentation/errors.md`.
private struct DocumentedError {
  let code: String
  let exitCode: Int32?
  let meaning: String
  let remedy: String

  init?(_ line: Substring) {
    let cells = line.split(separator: "|", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    guard cells.count == 6, cells[1].hasPrefix("`"), cells[1].hasSuffix("`") else { return nil }
    code = String(cells[1].dropFirst().dropLast())
    exitCode = Int32(cells[2])
    meaning = cells[3]
    remedy = cells[4]
  }

  static func all() throws -> [DocumentedError] {
    let bytes = try MappedFile(path: "\(Fixture.root)/Documentation/errors.md").bytes.array
    return try String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .filter { $0.hasPrefix("| `") }.map { line in
        try #require(DocumentedError(line), "a row has four cells: \(line)")
      }
  }
}

@Suite struct `Documentation of errors` {
  /// A code as the sources declare it.
  private struct Declaration {
    let file: String
    let kind: String
  }

  /// Every code that the sources declare.
  private static func codes() throws -> [String: [Declaration]] {
    var codes: [String: [Declaration]] = [:]
    let root = "\(Fixture.root)/Sources"
    let files = try #require(FileManager.default.enumerator(atPath: root))
    for case let name as String in files where name.hasSuffix(".swift") {
      let text = String(
        decoding: try MappedFile(path: "\(root)/\(name)").bytes.array, as: UTF8.self)
      for match in text.matches(of: /= ErrorCode\(\s*"([^"]+)"(?:,\s*\.(\w+))?\)/) {
        codes[String(match.1), default: []].append(
          Declaration(file: name, kind: match.2.map(String.init) ?? "badInput"))
      }
    }
    return codes
  }

  @Test func `has every code once, and no other`() throws {
    let codes = try Self.codes()
    #expect(codes.count > 100)
    for (code, declarations) in codes {
      #expect(declarations.count == 1, "\(code) has one place: \(declarations.map(\.file))")
    }
    let documented = try DocumentedError.all().map(\.code)
    let documentedCodes = Set(documented)
    #expect(documented.count == documentedCodes.count)
    #expect(Set(codes.keys).subtracting(documentedCodes).sorted() == [], "missing")
    #expect(documentedCodes.subtracting(codes.keys).sorted() == [], "of no code")
  }

  @Test func `states what tools exit with, and what to do`() throws {
    let codes = try Self.codes()
    for error in try DocumentedError.all() {
      let kind = try #require(
        ErrorCode.Kind.allCases.first { "\($0)" == codes[error.code]?.first?.kind })
      #expect(
        error.exitCode == ExitCode(for: ErrorCode(error.code, kind)).rawValue, "\(error.code)")
      #expect(error.meaning.hasSuffix("."), "\(error.code)")
      #expect(error.remedy.hasSuffix("."), "\(error.code)")
    }
  }

  @Test func `is no list of the remedies, whose words are all in one table`() throws {
    let root = "\(Fixture.root)/Sources"
    let files = try #require(FileManager.default.enumerator(atPath: root))
    var names: Set<String> = []
    // Other programs have options, too, which advice may name.
    let options = Set(
      [ConvertCommand.description, InspectCommand.description, VerifyCommand.description]
        .flatMap(\.options).map(\.name))
    for case let name as String in files where name.hasSuffix(".swift") {
      let text = String(
        decoding: try MappedFile(path: "\(root)/\(name)").bytes.array, as: UTF8.self)
      for match in text.matches(of: /\bRemedy\(\s*"([^"]+)"/) { names.insert(String(match.1)) }
      // Only the tools know options; a library says what can be done as a value.
      guard !name.hasPrefix("GPUNetCommands/"), !name.hasPrefix("CommandLineTool/") else {
        continue
      }
      for line in text.split(separator: "\n") {
        let code = line.drop { $0 == " " }
        guard !code.hasPrefix("//") else { continue }
        let words = code.matches(of: /--([a-z-]+)/).map { String($0.1) }
        #expect(words.allSatisfy { !options.contains($0) }, "\(name): \(code)")
      }
    }
    #expect(names == RemedyWords.names)
  }

  @Test func `is where README points`() throws {
    let readme = try MappedFile(path: "\(Fixture.root)/README.md").bytes.array
    #expect(
      String(decoding: readme, as: UTF8.self)
        .contains("[Documentation/errors.md](Documentation/errors.md)"))
  }
}
