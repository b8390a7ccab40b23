import BinaryInput
import Foundation
import NetworkFamilies
import TestSupport
import Testing

@Suite struct `The word of a layer kind` {
  /// The places of texts in code that are or begin with the word of a kind, as whoever reads layer
  /// strings needs them: `"irb"`, `"irb_k"`.
  private static func places(in path: String) throws -> [String] {
    let root = "\(Fixture.root)/\(path)"
    let words = LayerKind.allCases.map(\.rawValue).joined(separator: "|")
    let pattern = try Regex("[\"'](?:\(words))[\"'_ ]")
    let names =
      path.hasSuffix(".py")
      ? [""]
      : try FileManager.default.subpathsOfDirectory(atPath: root)
        .filter { $0.hasSuffix(".swift") }.map { "/\($0)" }
    #expect(!names.isEmpty)
    return try names.flatMap { name in
      let text = String(
        decoding: try MappedFile(path: root + name).bytes.array, as: UTF8.self)
      let comment = name.isEmpty ? "#" : "//"
      return text.split(separator: "\n").filter { line in
        let line = line.drop { $0 == " " }
        return !line.hasPrefix(comment) && line.contains(pattern)
      }.map { "\(path)\(name): \($0)" }
    }
  }

  @Test(arguments: [
    "Schemas/read_gpw.py", "Sources/GPUNetRuntime", "Sources/GPWFormat", "Sources/NetworkProgram",
  ])
  func `is nowhere in what reads and runs programs`(path: String) throws {
    #expect(try Self.places(in: path) == [])
  }

  @Test func `is where layer strings are read`() throws {
    #expect(try !Self.places(in: "Sources/NetworkFamilies").isEmpty)
  }
}
