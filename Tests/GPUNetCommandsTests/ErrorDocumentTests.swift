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
  /// Every code that the sources name, by the files that name it.
  private static func codes() throws -> [String: [String]] {
    var codes: [String: [String]] = [:]
    let root = "\(Fixture.root)/Sources"
    let files = try #require(FileManager.default.enumerator(atPath: root))
    for case let name as String in files where name.hasSuffix(".swift") {
      let text = String(
        decoding: try MappedFile(path: "\(root)/\(name)").bytes.array, as: UTF8.self)
      for match in text.matches(of: /ErrorCode\(\s*(?:rawValue:\s*)?"([^"]+)"/) {
        codes[String(match.1), default: []].append(name)
      }
    }
    return codes
  }

  @Test func `has every code once, and no other`() throws {
    let codes = try Self.codes()
    #expect(codes.count > 100)
    for (code, files) in codes {
      #expect(files.count == 1, "\(code) has one place: \(files)")
    }
    let documented = try DocumentedError.all().map(\.code)
    let documentedCodes = Set(documented)
    #expect(documented.count == documentedCodes.count)
    #expect(Set(codes.keys).subtracting(documentedCodes).sorted() == [], "missing")
    #expect(documentedCodes.subtracting(codes.keys).sorted() == [], "of no code")
  }

  @Test func `states what tools exit with, and what to do`() throws {
    for error in try DocumentedError.all() {
      #expect(error.exitCode == ExitCode(for: ErrorCode(error.code)).rawValue, "\(error.code)")
      #expect(error.meaning.hasSuffix("."), "\(error.code)")
      #expect(error.remedy.hasSuffix("."), "\(error.code)")
    }
  }

  @Test func `is where README points`() throws {
    let readme = try MappedFile(path: "\(Fixture.root)/README.md").bytes.array
    #expect(
      String(decoding: readme, as: UTF8.self)
        .contains("[Documentation/errors.md](Documentation/errors.md)"))
  }
}
