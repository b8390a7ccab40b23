import BinaryInput
import Digests
import NetworkFamilies
import NetworkProgram
import StrictJSON
import TensorData
import TestSupport
import Testing

/// A row of `Fixtures/families/catalogue.json`: what a library's own network is like.
struct LibraryNetwork: Sendable, CustomTestStringConvertible {
  let name: String
  let tensorCount: Int
  let parameterCount: Int
  let multiplyAdds: Int
  let shapesSHA256: String
  var testDescription: String { name }

  static let all: [LibraryNetwork] = {
    let json = try! JSONValue(parsing: Fixture.bytes("families/catalogue.json"))
    return json["variants"]!.array!.map { row in
      LibraryNetwork(
        name: "\(row["library"]!.string!)/\(row["name"]!.string!)",
        tensorCount: Int(row["tensors"]!.double!), parameterCount: Int(row["parameters"]!.double!),
        multiplyAdds: Int(row["multiplyAdds"]!.double!),
        shapesSHA256: row["shapesSHA256"]!.string!)
    }
  }()
}

@Suite struct `Networks of the catalogue` {
  @Test func `are all that the libraries' table has, each under one name`() {
    let names = NetworkCatalogue.entries.map(\.qualifiedName)
    #expect(Set(names).isSuperset(of: LibraryNetwork.all.map(\.name)))
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: LibraryNetwork.all)
  func `have the parameters of the library's, with their names and shapes in order`(
    network: LibraryNetwork
  ) throws {
    let entry = try #require(
      NetworkCatalogue.entries.first { $0.qualifiedName == network.name })
    let architecture = entry.architecture
    let parameters = architecture.parameters(.separate)
    #expect(parameters.count == network.tensorCount)
    let text = parameters.map { "\($0.name) \("\($0.shape)".replacing(" ", with: ""))\n" }.joined()
    let digest = SHA256.hexDigest(of: Bytes(copying: Array(text.utf8)))
    #expect(digest == network.shapesSHA256, "\(text.prefix(2000))")
    let summaries = try architecture.summaries()
    #expect(summaries.reduce(0) { $0 + $1.parameterCount } == network.parameterCount)
    #expect(summaries.reduce(0) { $0 + $1.multiplyAdds } == network.multiplyAdds)
  }

  @Test func `come back from their descriptions and their labels`() throws {
    for entry in NetworkCatalogue.entries {
      let architecture = entry.architecture
      #expect(try Architecture(description: architecture.descriptionText) == architecture)
      for form in NormalizationForm.allCases {
        #expect(try Architecture(labelsOf: architecture.program(form)) == architecture)
      }
    }
  }
}
