import ArchitectureConfiguration
import BinaryInput
import NetworkFamilies
import NetworkProgram
import StrictJSON
import TestSupport
import Testing

@Suite struct `NVIDIA's configurations` {
  static func read(_ name: String) throws -> JSONValue {
    try JSONValue(parsing: Fixture.bytes(name))
  }

  @Test func `are the published architectures`() throws {
    for published in PublishedNetwork.gpunets {
      let configuration = try Self.read("configurations/\(published.name).json")
      #expect(try Architecture(configuration: configuration) == published.architecture)
    }
  }

  @Test(arguments: ["plain", "plain-stride2-er", "distilled", "distilled-large-head"])
  func `survive being read and written`(name: String) throws {
    let architecture = try Architecture(
      configuration: try Self.read("original/\(name).json"))
    #expect(try Architecture(configuration: architecture.configuration) == architecture)
    let published = PublishedNetwork.gpunet2.architecture
      .with(resolution: Resolution(height: 320, width: 256), classCount: 10)
    #expect(try Architecture(configuration: published.configuration) == published)
  }

  @Test func `are written with the published keys and values`() throws {
    for published in PublishedNetwork.gpunets {
      let original = try #require(
        try Self.read("configurations/\(published.name).json").array)
      let written = try #require(published.architecture.configuration.array)
      #expect(written.count == original.count)
      for (ours, theirs) in zip(written, original) {
        for key in ours.object?.keys ?? [] {
          #expect(ours[key] == theirs[key], "\(published.name): \(key)")
        }
      }
    }
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let layer: Int
    let key: String
    let value: JSONValue?
    var code = ErrorCode.configuration
    var testDescription: String { "\(layer) \(key) \(String(describing: value))" }
  }

  @Test(arguments: [
    Damage(layer: 0, key: "layer_type", value: "head"),
    Damage(layer: 0, key: "distill", value: nil), Damage(layer: 0, key: "distill", value: 1),
    Damage(layer: 0, key: "img_resolution", value: 0),
    Damage(layer: 0, key: "img_resolution", value: [1, 2, 3]),
    Damage(layer: 0, key: "img_resolution", value: []),
    Damage(layer: 1, key: "layer_type", value: "stem"),
    Damage(layer: 1, key: "num_in_channels", value: nil),
    Damage(layer: 2, key: "act", value: "gelu"),
    Damage(layer: 2, key: "act", value: "relu6"), Damage(layer: 2, key: "act", value: nil),
    Damage(layer: 2, key: "stride", value: 1.0), Damage(layer: 2, key: "stride", value: "1"),
    Damage(layer: 2, key: "stage", value: "one"),
    Damage(layer: 2, key: "stage", value: nil, code: .architectureStructure),
    Damage(layer: 2, key: "num_out_channels", value: -5, code: .layerField),
    Damage(layer: 3, key: "use_se", value: nil), Damage(layer: 3, key: "expansion", value: 0),
    Damage(layer: 3, key: "expansion", value: nil), Damage(layer: 3, key: "expansion", value: 65.0),
    Damage(layer: 3, key: "layer_type", value: "tail", code: .architectureStructure),
    Damage(layer: 5, key: "num_classes", value: nil),
    Damage(layer: 5, key: "num_classes", value: 0, code: .architectureStructure),
  ])
  func `with a value that means nothing are refused`(damage: Damage) throws {
    var objects = try #require(try Self.read("networks/plain.json").array)
    let members = try #require(objects[damage.layer].object?.members)
    var pairs = members.filter { $0.key != damage.key }.map { ($0.key, $0.value) }
    if let value = damage.value { pairs.append((damage.key, value)) }
    objects[damage.layer] = .object(JSONObject(pairs))
    let error = #expect(throws: ReadError.self) {
      try Architecture(configuration: .array(objects))
    }
    #expect(error?.code == damage.code)
  }

  @Test(
    arguments: [nil, 3, "x", [:], [], [[:]], [["layer_type": "data"]], [1, 2, 3]] as [JSONValue])
  func `of another form are refused`(value: JSONValue) {
    #expect { try Architecture(configuration: value) } throws: {
      ($0 as? ReadError)?.code == .configuration
    }
  }
}
