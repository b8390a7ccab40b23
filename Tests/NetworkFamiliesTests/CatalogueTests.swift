import BinaryInput
import NetworkFamilies
import NetworkProgram
import TestSupport
import Testing

/// The lines of a table in `Fixtures/catalogue/`, as words.
private func table(_ name: String) throws -> [[String]] {
  let bytes = try Fixture.bytes("catalogue/\(name).txt")
  let text = String(decoding: bytes.array, as: UTF8.self)
  return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
}

@Suite struct `The catalogue of networks` {
  @Test func `has what the libraries build, block by block`() throws {
    let lines = Dictionary(uniqueKeysWithValues: try table("networks").map { ($0[0], $0) })
    #expect(NetworkCatalogue.entries.count >= 85)
    #expect(
      Set(NetworkCatalogue.entries.map(\.qualifiedName)).count == NetworkCatalogue.entries.count)
    for entry in NetworkCatalogue.entries {
      let line = try #require(lines[entry.qualifiedName], "no library builds it")
      let layers = entry.layers
      let counts = LayerCounts(layers, side: entry.resolution.height, classes: entry.classCount)
      #expect("\(entry.resolution)" == line[1], "\(line[0])")
      #expect(entry.epsilon == Double(line[2]), "\(line[0])")
      #expect("\(entry.padding)".replacing(" ", with: ":") == line[3], "\(line[0])")
      #expect(counts.activations == [line[4]], "\(line[0])")
      #expect(counts.parameters == Int(line[5]), "\(line[0])")
      #expect(counts.multiplyAdds == Int(line[6]), "\(line[0])")
      #expect(counts.digest == line[7], "\(line[0])\n\(counts.blocks)")
      #expect(layers.first?.stage == nil && layers.last?.stage == nil)
    }
  }

  @Test func `has the weights that the libraries publish, and how images are prepared`() throws {
    let networks = Set(NetworkCatalogue.entries.map(\.qualifiedName))
    let expected = Set(
      try table("weights").filter { networks.contains($0[0]) }.map { $0.joined(separator: " ") })
    var found: [String] = []
    for entry in NetworkCatalogue.entries {
      for weights in entry.published {
        let preprocessing = weights.preprocessing
        let numbers = [preprocessing.mean, preprocessing.standardDeviation]
          .map { $0.map { "\($0)" }.joined(separator: ",") }
        let side = weights.resolution.height
        found.append(
          [
            entry.qualifiedName, weights.tag ?? "-", weights.file ?? "-", "\(side)",
            "\(preprocessing.cropFraction)", preprocessing.interpolation, numbers[0], numbers[1],
            "\(weights.classCount)",
          ].joined(separator: " "))
        #expect(preprocessing.misfit == nil && weights.resolution.width == side)
      }
    }
    #expect(Set(found) == expected)
    #expect(found.count == expected.count)
  }

  @Test(
    arguments: [
      ("timm/efficientnet_b0", "timm", "apache-2.0"),
      ("timm/tf_efficientnet_b0", "timm-tf", "apache-2.0"),
      ("timm/fbnetc_100", "timm", "apache-2.0"),
      ("torchvision/efficientnet_b5", "torchvision", nil),
      ("torchvision/mobilenet_v2", "torchvision-mobilenetv2", nil),
      ("torchvision/mnasnet0_5", "torchvision-mnasnet", nil),
      ("efficientnet_pytorch/efficientnet-b1", "efficientnet-pytorch", "apache-2.0"),
      ("efficientnet_lite_pytorch/efficientnet-lite0", "efficientnet-pytorch", "apache-2.0"),
    ] as [(String, String, String?)])
  func `says which convention and which licence holds`(
    name: String, convention: String, licence: String?
  ) throws {
    let entry = try #require(NetworkCatalogue.matches(for: name).first?.entry)
    #expect(entry.convention.name == convention)
    #expect(entry.published.allSatisfy { $0.licence == licence })
  }

  @Test func `prepares images by default as for the weights that are the default`() throws {
    // A network without weights of its own says how it is used nevertheless.
    let b6 = try #require(NetworkCatalogue.matches(for: "timm/efficientnet_b6").first)
    #expect(b6.entry.published.isEmpty)
    #expect(b6.preprocessing.cropFraction == 0.942)
    let b0 = try #require(NetworkCatalogue.matches(for: "timm/efficientnet_b0").first)
    #expect(b0.preprocessing == b0.entry.published.first?.preprocessing)
    #expect(b0.preprocessing == .published(cropFraction: 0.875))
    // Another tag, another way.
    let other = "timm/efficientnet_b0.ra4_e3600_r224_in1k"
    #expect(try #require(NetworkCatalogue.matches(for: other).first).preprocessing.mean[0] == 0.5)
    let twelveThousand = "efficientnet_b5.sw_in12k"
    let b5 = try #require(NetworkCatalogue.matches(for: twelveThousand).first)
    #expect(b5.classCount == 11_821 && b5.resolution.height == 416)
    #expect(b5.entry.classCount == 1_000 && b5.entry.resolution.height == 448)
  }
}

@Suite struct `Names of networks` {
  @Test(arguments: [
    // With and without library, in any case, with either hyphen.
    ("timm/tf_efficientnet_b0", ["timm/tf_efficientnet_b0"]),
    ("TF_EfficientNet-B0", ["timm/tf_efficientnet_b0"]),
    ("MobileNet-V2", ["torchvision/mobilenet_v2"]),
    ("efficientnet-pytorch/efficientnet_b1", ["efficientnet_pytorch/efficientnet-b1"]),
    ("torchvision/efficientnet-b1", ["torchvision/efficientnet_b1"]),
    // With a tag, in any case; as model hubs write it.
    ("tf_efficientnet_b0.ns_jft_in1k", ["timm/tf_efficientnet_b0.ns_jft_in1k"]),
    ("hf-hub:timm/mobilenetv2_100.ra_in1k", ["timm/mobilenetv2_100.ra_in1k"]),
    ("hf_hub:timm/mobilenetv2_100.RA_IN1K", ["timm/mobilenetv2_100.ra_in1k"]),
    ("torchvision/mobilenet_v2.imagenet1k-v1", ["torchvision/mobilenet_v2.IMAGENET1K_V1"]),
    // A tag decides between libraries.
    ("efficientnet_b1.ft_in1k", ["timm/efficientnet_b1.ft_in1k"]),
    ("efficientnet_b1.advprop", ["efficientnet_pytorch/efficientnet-b1.advprop"]),
    // Weights that came later than the catalogue.
    ("timm/efficientnet_b1.new_in1k", ["timm/efficientnet_b1.new_in1k"]),
    // As timm called them earlier.
    ("tf_efficientnet_b7_ns", ["timm/tf_efficientnet_b7.ns_jft_in1k"]),
    ("timm/mnasnet_a1", ["timm/semnasnet_100"]),
    ("torchvision/mnasnet_a1", []),
    // Several libraries have it.
    (
      "efficientnet_b0",
      [
        "timm/efficientnet_b0", "torchvision/efficientnet_b0",
        "efficientnet_pytorch/efficientnet-b0",
      ]
    ),
    // Others.
    ("", []), (".", []), ("/", []), ("timm/", []), (":", []), ("hf-hub:", []), ("timm", []),
    ("resnet50", []), ("keras/efficientnet_b0", []), ("efficientnet_b0_", []),
    ("timm/timm/efficientnet_b0", []),
  ])
  func `mean`(name: String, networks: [String]) {
    #expect(NetworkCatalogue.matches(for: name).map(\.qualifiedName) == networks)
  }

  @Test func `tell weights from networks`() throws {
    func weights(_ name: String) -> [CatalogueMatch.Weights] {
      NetworkCatalogue.matches(for: name).map(\.weights)
    }
    #expect(weights("timm/tinynet_a") == [.unnamed])
    #expect(weights("timm/tinynet_a.in2k") == [.unlisted(tag: "in2k")])
    let listed = try #require(NetworkCatalogue.matches(for: "timm/tinynet_a.in1k").first?.published)
    #expect(listed.tag == "in1k" && listed.file == "tinynet_a.pth" && listed.digest == nil)
  }

  @Test func `of every network and of all weights find them alone`() {
    for entry in NetworkCatalogue.entries {
      let found = NetworkCatalogue.matches(for: entry.qualifiedName)
      #expect(found.map(\.qualifiedName) == [entry.qualifiedName])
      for weights in entry.published {
        guard let tag = weights.tag else { continue }
        let found = NetworkCatalogue.matches(for: "\(entry.qualifiedName).\(tag)")
        #expect(found.map(\.weights) == [.published(weights)])
      }
    }
  }

  @Test(arguments: [
    ("timm/efficientnet_b0", "torchvision/efficientnet_b0", true),
    ("timm/mobilenetv2_100", "torchvision/mobilenet_v2", true),
    ("timm/efficientnet_b0", "timm/tf_efficientnet_b0", false),
    ("timm/tf_efficientnet_b0", "efficientnet_pytorch/efficientnet-b0", false),
    // Epsilon alone, layers alone.
    ("timm/efficientnet_b5", "torchvision/efficientnet_b5", false),
    ("timm/mnasnet_100", "timm/spnasnet_100", false),
  ])
  func `may mean networks that compute the same`(one: String, other: String, same: Bool) throws {
    let entries = try [one, other].map {
      try #require(NetworkCatalogue.matches(for: $0).first?.entry)
    }
    #expect(entries[0].computesTheSame(as: entries[1]) == same)
    #expect(entries[1].computesTheSame(as: entries[0]) == same)
  }
}

@Suite struct `Digests of published files` {
  @Test(arguments: [
    // What sha256sum says of these files.
    (
      "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
      "torchvision/mobilenet_v2.IMAGENET1K_V1"
    ),
    (
      "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
      "efficientnet_lite_pytorch/efficientnet-lite0"
    ),
    // Beginnings that names of files state, of which one has ten digits.
    ("3dd342df", "timm/efficientnet_b0.ra_in1k"),
    ("C0E6A31C", "timm/tf_efficientnet_b0.ns_jft_in1k"),
    ("3ffadce67e", "torchvision/mnasnet0_5.IMAGENET1K_V1"),
  ])
  func `name their weights`(digest: String, name: String) throws {
    let digest = digest + String(repeating: "0", count: 64 - digest.count)
    let match = try #require(NetworkCatalogue.published(sha256: digest))
    #expect(match.qualifiedName == name)
    #expect(match.published?.digest.map(digest.lowercased().hasPrefix) == true)
  }

  @Test(arguments: [
    "", "b0353104", String(repeating: "0", count: 64),
    "b0353104" + String(repeating: "0", count: 57),
    "b0353104" + String(repeating: "x", count: 56), "3ffadce6" + String(repeating: "0", count: 56),
  ])
  func `that nobody published name none`(digest: String) {
    #expect(NetworkCatalogue.published(sha256: digest) == nil)
  }

  @Test func `are in most names of files`() {
    let files = NetworkCatalogue.entries.flatMap(\.published).filter { $0.file != nil }
    #expect(
      files.filter { $0.digest == nil }.compactMap(\.file).sorted() == [
        "tinynet_a.pth", "tinynet_b.pth", "tinynet_c.pth", "tinynet_d.pth", "tinynet_e.pth",
      ])
    #expect(files.allSatisfy { $0.digest.map($0.file!.contains) != false })
  }
}
