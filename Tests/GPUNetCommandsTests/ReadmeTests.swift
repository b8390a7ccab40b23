import BinaryInput
import Glibc
import TestSupport
import Testing

/// The commands that README shows, with what they print.
private struct ShownCommand: Sendable, CustomTestStringConvertible {
  let words: [String]
  let output: String
  var testDescription: String { words.joined(separator: " ") }

  static let all: [ShownCommand] = readme.split(separator: "```console\n").dropFirst().flatMap {
    block in
    let text = block.prefix(upTo: block.firstRange(of: "\n```")!.lowerBound)
    return text.split(separator: "$ ").map { part in
      let lines = part.split(separator: "\n", omittingEmptySubsequences: false)
      return ShownCommand(
        words: lines[0].split(separator: " ").map(String.init),
        output: lines.dropFirst().joined(separator: "\n"))
    }
  }
}

private let readme: String = {
  let bytes = try! MappedFile(path: "\(Fixture.root)/README.md").bytes.array
  return String(decoding: bytes, as: UTF8.self)
}()

@Suite struct `README` {
  @Test func `shows what its commands print`() throws {
    #expect(ShownCommand.all.count >= 4)
    let folder = TemporaryFolder()
    let linked = unsafe symlink("\(Fixture.root)/Fixtures", folder.file("Fixtures"))
    #expect(linked == 0)
    for command in ShownCommand.all {
      let result = try Tool.run(
        command.words[0], Array(command.words.dropFirst()), in: folder.path)
      let printed = result.output + result.errorOutput
      #expect(masked(printed) == masked(command.output), "\(command)")
    }
  }

  /// A processor may round the last bit of an exponential differently, which shows in differences
  /// of 10⁻¹⁵; so measured differences are compared by their presence alone. Line feeds at the end
  /// do not count.
  private func masked(_ text: String) -> String {
    let end = text.lastIndex { !$0.isNewline }.map { text.index(after: $0) } ?? text.startIndex
    return String(text[..<end]).replacing(/[0-9]\.[0-9]+e-[0-9]+/, with: "#")
  }

  @Test func `names only targets that the Makefile has`() throws {
    let makefile = String(
      decoding: try MappedFile(path: "\(Fixture.root)/Makefile").bytes.array, as: UTF8.self)
    let targets = readme.matches(of: /make ([a-z-]+)/).map { String($0.1) }
    #expect(Set(targets).count >= 5)
    for target in Set(targets) {
      #expect(makefile.contains("\n\(target):"), "\(target)")
    }
  }

  @Test func `links to files that are there`() throws {
    // What stands in a block of code is no link.
    let prose = readme.split(separator: "```").enumerated().filter { $0.offset % 2 == 0 }
    let links = prose.flatMap { $0.element.matches(of: /\]\(([^)]+)\)/) }.map { String($0.1) }
    #expect(!links.isEmpty)
    for link in links {
      #expect(FileStatus.identity(of: "\(Fixture.root)/\(link)") != nil, "\(link)")
    }
  }
}
