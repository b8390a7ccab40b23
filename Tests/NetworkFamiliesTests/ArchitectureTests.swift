import BinaryInput
import NetworkFamilies
import NetworkProgram
import Testing

@Suite struct `The published architectures` {
  struct Facts: Sendable, CustomTestStringConvertible {
    let name: String
    let publishedAs: String
    let resolution: Int
    let parameterCount: Int
    let multiplyAdds: Int
    let entryCount: Int
    let coveringSide: Int
    var testDescription: String { name }
  }

  // Counted by PyTorch on the original definition.
  static let facts = [
    Facts(
      name: "GPUNet-0", publishedAs: "0.65ms", resolution: 320, parameterCount: 11_885_432,
      multiplyAdds: 3_254_209_280, entryCount: 184, coveringSide: 45),
    Facts(
      name: "GPUNet-1", publishedAs: "0.85ms", resolution: 288, parameterCount: 12_704_192,
      multiplyAdds: 3_308_369_280, entryCount: 250, coveringSide: 45),
    Facts(
      name: "GPUNet-2", publishedAs: "1.75ms", resolution: 384, parameterCount: 25_798_704,
      multiplyAdds: 8_386_275_920, entryCount: 566, coveringSide: 81),
    Facts(
      name: "GPUNet-P0", publishedAs: "0.5ms-D", resolution: 224, parameterCount: 22_815_080,
      multiplyAdds: 1_870_345_792, entryCount: 230, coveringSide: 65),
    Facts(
      name: "GPUNet-P1", publishedAs: "0.8ms-D", resolution: 224, parameterCount: 39_905_672,
      multiplyAdds: 3_241_678_272, entryCount: 248, coveringSide: 65),
    Facts(
      name: "GPUNet-D1", publishedAs: "1.25ms-D", resolution: 456, parameterCount: 10_589_859,
      multiplyAdds: 4_289_640_427, entryCount: 411, coveringSide: 65),
    Facts(
      name: "GPUNet-D2", publishedAs: "2.25ms-D", resolution: 528, parameterCount: 19_036_728,
      multiplyAdds: 15_739_476_160, entryCount: 477, coveringSide: 65),
  ]

  @Test(arguments: facts) func `have the published counts`(facts: Facts) throws {
    let published = try #require(PublishedNetwork(named: facts.name))
    #expect(published.publishedAs == facts.publishedAs)
    let architecture = published.architecture
    #expect(architecture.resolution == Resolution(square: facts.resolution))
    #expect(architecture.classCount == 1_000)
    let summaries = try architecture.summaries()
    #expect(summaries.reduce(0) { $0 + $1.parameterCount } == facts.parameterCount)
    #expect(summaries.reduce(0) { $0 + $1.multiplyAdds } == facts.multiplyAdds)
    #expect(architecture.parameters(.separate).count == facts.entryCount)
    #expect(architecture.program(.folded).smallestCoveringSide == facts.coveringSide)
    #expect(PublishedNetwork(named: facts.publishedAs)?.name == facts.name)
  }

  @Test func `halve GPUNet-0's maps without padding at stride 2`() throws {
    let summaries = try PublishedNetwork.gpunet0.architecture.summaries()
    #expect(
      summaries.dropLast().map(\.output.height)
        == [160, 160, 160, 79, 79, 39, 39, 39, 20, 20, 20, 10, 10])
  }

  @Test func `print as PyTorch prints them`() {
    let lines = PublishedNetwork.gpunet0.architecture.printedForm.split(separator: "\n")
    #expect(
      Array(lines.prefix(4)) == [
        "GPUNet(", "  (network): Sequential(", "    (head: 2): prologue_i3_o32_s2_swish",
        "    (stage: 1 layer3): conv_k3_i32_o32_s1_relu",
      ])
    #expect(
      Array(lines.suffix(3)) == [
        "    ( layer15): epilogue_i704_o1280_s1_relu", "  )", ")",
      ])
    let distilled = PublishedNetwork.gpunetD1.architecture.printedForm.split(separator: "\n")
    #expect(distilled[2] == "    (head:): Prologue")
    #expect(distilled[3] == "    (stage: 0 irb3): k3_e1_g1_i33_o33_s1")
    #expect(distilled[distilled.count - 3] == "    (tail:): Epilogue")
  }
}

@Suite struct `An architecture` {
  static func layers(_ texts: [String]) throws -> [Architecture.Entry] {
    try texts.map { Architecture.Entry(try Layer(parsing: $0), stage: 1) }
  }

  @Test(arguments: [
    ["prologue_i3_o4_s2_swish"],
    ["conv_k3_i3_o4_s1_relu", "epilogue_i4_o8_s1_relu"],
    ["prologue_i3_o4_s2_swish", "conv_k3_i4_o4_s1_relu"],
    ["prologue_i3_o4_s2_swish", "epilogue_i4_o8_s1_relu", "epilogue_i8_o8_s1_relu"],
    ["prologue_i3_o4_s2_swish", "irbd_k3_e3_g1_i4_o4_s2_relu", "epilogue_i4_o8_s1_relu"],
  ])
  func `of layers in the wrong places is refused`(texts: [String]) throws {
    let entries = try Self.layers(texts)
    #expect {
      try Architecture(entries: entries, resolution: Resolution(square: 32)!, classCount: 5)
    } throws: {
      ($0 as? ReadError)?.code == .architectureStructure
    }
  }

  @Test func `without a stage for a name that needs one is refused`() throws {
    let layers = try Self.layers([
      "prologue_i3_o4_s2_swish", "conv_k3_i4_o4_s1_relu", "epilogue_i4_o8_s1_relu",
    ])
    let entries = layers.map { Architecture.Entry($0.layer, stage: nil) }
    #expect {
      try Architecture(entries: entries, resolution: Resolution(square: 32)!, classCount: 5)
    } throws: {
      ($0 as? ReadError)?.code == .architectureStructure
    }
  }

  @Test func `that is fed too small an input says which layer it is`() throws {
    let architecture = PublishedNetwork.gpunet0.architecture
    let error = #expect(throws: ReadError.self) {
      try architecture.summaries(at: Resolution(height: 64, width: 4)!)
    }
    #expect(error?.code == .architectureResolution)
    #expect(error?.path == ["stage: 2 layer5"])
  }

  @Test func `that is too large to be counted says so`() throws {
    // 131072 · 4096² sums of 16384 · 31² products are 3.5·10¹⁹; a convolution of 16384 channels has
    // 4.3·10¹⁸, of which the third is too many.
    for (texts, path) in [
      (["er_k31_e8_i16384_o16384_s1_relu_se_False"], "stage: 1 layer3"),
      ([String](repeating: "conv_k31_i16384_o16384_s1_relu", count: 3), "stage: 1 layer5"),
    ] {
      let entries = try Self.layers(
        ["prologue_i3_o16384_s2_swish"] + texts + ["epilogue_i16384_o8_s1_relu"])
      let architecture = try Architecture(
        entries: entries, resolution: Resolution(square: 8_192)!, classCount: 5)
      let error = #expect(throws: ReadError.self) { try architecture.summaries() }
      #expect(error?.code == .architectureResolution)
      #expect(error?.path == [path])
    }
  }

  @Test(arguments: [
    ("320", 320, 320), ("320x256", 320, 256), ("1×8192", 1, 8_192),
  ])
  func `takes a resolution as`(text: String, height: Int, width: Int) throws {
    #expect(try Resolution(parsing: text) == Resolution(height: height, width: width))
  }

  @Test(arguments: ["", "0", "x", "320x", "x320", "3x2x1", "-5", "8193", "12.5", "320 x 320"])
  func `refuses as a resolution`(text: String) {
    #expect { try Resolution(parsing: text) } throws: {
      ($0 as? ReadError)?.code == .architectureResolution
    }
  }
}
