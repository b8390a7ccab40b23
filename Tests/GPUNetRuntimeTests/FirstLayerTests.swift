import BinaryInput
import NetworkFamilies
import NetworkProgram
import GPUNetRuntime
import TensorData
import TestSupport
import Testing

/// A network whose second layer begins with a depthwise convolution, so that a session makes the
/// first one's rows while it goes and never the map between them.
private struct SeparableNetwork: CustomTestStringConvertible {
  var kernelSize = 3
  var stride = 1
  var hasGates = false
  var padding = Padding(1)
  var firstPadding = Padding(1)

  var testDescription: String {
    "\(kernelSize)×\(kernelSize) stride \(stride)\(hasGates ? ", gates" : ""), "
      + "pads \(padding.top) \(padding.left) \(padding.bottom) \(padding.right)"
  }

  static let cases = [
    SeparableNetwork(),
    SeparableNetwork(hasGates: true),
    SeparableNetwork(
      stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 1),
      firstPadding: Padding(top: 0, left: 0, bottom: 1, right: 1)),
    SeparableNetwork(
      kernelSize: 5, padding: Padding(top: 4, left: 1, bottom: 0, right: 3),
      firstPadding: Padding(top: 2, left: 1, bottom: 0, right: 1)),
    SeparableNetwork(kernelSize: 7, stride: 2, hasGates: true, padding: Padding(3)),
  ]

  func network() throws -> Network {
    let gates = hasGates ? "_se_True" : ""
    let texts: [(text: String, stage: Int?)] = [
      ("prologue_i3_o16_s2_relu", nil),
      ("ds_k\(kernelSize)_i16_o24_s\(stride)_swish\(gates)", 1),
      ("irb_k3_e2_i24_o24_s1_relu_se_False", 2),
      ("epilogue_i24_o40_s1_relu", nil),
    ]
    let (padding, firstPadding) = (padding, firstPadding)
    return try Architecture.sample(texts, convention: .timm).sampleNetwork(.folded).altered(by: [
      .steps(layer: 0) { $0.mappingConvolutions { $0.padding = .fixed(firstPadding) } },
      .steps(layer: 1) { operation in
        operation.mappingConvolutions { if $0.kernelSize > 1 { $0.padding = .fixed(padding) } }
      },
    ])
  }
}

@Suite struct `A first layer before a depthwise convolution` {
  @Test(arguments: SeparableNetwork.cases.indices)
  func `gives the bits that it gives alone`(index: Int) throws {
    let test = SeparableNetwork.cases[index]
    let network = try test.network()
    let model = try InferenceModel(network)
    // Sizes at which it is joined for all numbers of threads, for some and for one alone.
    for (batchSize, height, width) in [(1, 19, 24), (2, 35, 38), (1, 121, 31)] {
      var images: [Float] = []
      var expected = Bytes.empty
      for threadCount in 1...3 {
        let session = try InferenceSession(
          model, threadCount: threadCount, batchSize: batchSize,
          resolution: Resolution(height: height, width: width))
        if images.isEmpty {
          images = `A session`.images(session)
          expected = try PlannedExecutor(network)
            .run(Tensor(images, shape: [batchSize, 3, height, width])).contiguousBytes()
        }
        // Again in memory that is no longer zero.
        for _ in 0..<2 {
          let answer = `A session`.answer(session, images)
          #expect(
            try Tensor(answer, shape: [batchSize, 5]).contiguousBytes() == expected,
            "\(test.testDescription), \(height)×\(width), \(threadCount) threads")
        }
      }
    }
  }

  @Test func `stays on its own where its map is added again or too wide to be kept in part`() throws
  {
    var texts: [(text: String, stage: Int?)] = [
      ("prologue_i3_o16_s2_relu", nil), ("ds_k3_i16_o16_s1_relu", 1),
      ("epilogue_i16_o40_s1_relu", nil),
    ]
    func steps(width: Int) throws -> Set<Int> {
      let network = try Architecture.sample(texts, convention: .timm).sampleNetwork(.folded)
      let session = try InferenceSession(
        InferenceModel(network), resolution: Resolution(height: 8, width: width))
      return Set(session.profile.map(\.layerIndex))
    }
    #expect(try steps(width: 64) == [0, 1, 2])
    texts[1].text = "ds_k3_i16_o24_s1_relu"
    texts[2].text = "epilogue_i24_o40_s1_relu"
    #expect(try steps(width: 64) == [1, 2])
    #expect(try steps(width: 8_000) == [0, 1, 2])
  }
}
