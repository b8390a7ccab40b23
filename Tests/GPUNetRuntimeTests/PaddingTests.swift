import BinaryInput
import NetworkFamilies
import NetworkProgram
import GPUNetRuntime
import TensorData
import TestSupport
import Testing

/// A layer with other pads around its wide kernels and another activation, on small maps.
///
/// TensorFlow's "same" puts the odd zero below and to the right, which at stride 2 is so for every
/// even size; a network may have any four numbers.
struct PaddedLayer: CustomTestStringConvertible {
  let text: String
  let padding: Padding
  let activation: Activation

  var testDescription: String {
    "\(text), \(activation.rawValue), \(padding.top), \(padding.left), \(padding.bottom), "
      + "\(padding.right)"
  }

  /// A step of every kind: the first layer on planes, dense convolutions that Winograd's algorithm
  /// takes and others, depthwise ones with squeeze-excite, whose projection waits for the gates, and
  /// without, whose projection is done at once where maps are wide.
  static let cases: [PaddedLayer] = {
    var cases: [PaddedLayer] = []
    for text in ["prologue_i3_o20_s2_relu"] {
      for padding in paddings(kernelSize: 3, keepsSize: false) { add(text, padding) }
    }
    for kernelSize in [3, 5, 7] {
      for stride in [1, 2] {
        for keepsSize in stride == 1 ? [true, false] : [false] {
          for padding in paddings(kernelSize: kernelSize, keepsSize: keepsSize) {
            // With the size the input can be added.
            let outputs = keepsSize ? 17 : 20
            add("conv_k\(kernelSize)_i17_o20_s\(stride)_relu", padding)
            for excite in ["True", "False"] {
              add("irb_k\(kernelSize)_e2_i17_o\(outputs)_s\(stride)_relu_se_\(excite)", padding)
            }
          }
        }
      }
    }
    // Whole blocks, as Winograd's algorithm needs them at stride 2.
    for padding in paddings(kernelSize: 5, keepsSize: false) {
      add("conv_k5_i16_o32_s2_relu", padding)
    }
    return cases

    func add(_ text: String, _ padding: Padding) {
      // Not in step with the three layers of a size.
      let activations = Activation.allCases
      let place = cases.count + cases.count / 3
      cases.append(
        PaddedLayer(
          text: text, padding: padding, activation: activations[place % activations.count]))
    }
  }()

  /// The pads of "same" at even sizes and others that differ on all sides.
  private static func paddings(kernelSize: Int, keepsSize: Bool) -> [Padding] {
    let (half, most) = ((kernelSize - 1) / 2, kernelSize - 1)
    return keepsSize
      ? [
        Padding(top: 0, left: most, bottom: most, right: 0),
        Padding(top: half + 1, left: half - 1, bottom: half - 1, right: half + 1),
      ]
      : [
        Padding(top: half - 1, left: half - 1, bottom: half, right: half),
        Padding(top: half, left: 0, bottom: 0, right: half),
        Padding(top: most, left: 1, bottom: 0, right: kernelSize),
      ]
  }

  /// Heights and widths: smaller than every kernel, odd and even, and wide enough for a projection
  /// that is done at once.
  static let sizes = [(1, 1), (1, 2), (4, 5), (7, 6), (12, 9), (9, 58), (7, 61)]

  /// The layer in a network, and its place there.
  func network() throws -> (Network, layer: Int) {
    let layer = try Layer(parsing: text)
    let isFirst = layer.kind == .prologue
    let inner = layer.inputChannels
    let texts: [(text: String, stage: Int?)] =
      isFirst
      ? [(text, nil), ("epilogue_i\(layer.outputChannels)_o8_s1_relu", nil)]
      : [
        ("prologue_i3_o\(inner)_s2_relu", nil), (text, 1),
        ("epilogue_i\(layer.outputChannels)_o8_s1_relu", nil),
      ]
    let place = isFirst ? 0 : 1
    let (padding, activation) = (padding, activation)
    let network = try Architecture.sample(texts).sampleNetwork(.folded).altered(by: [
      .steps(layer: place) { operation in
        let operation = operation.mappingConvolutions {
          if $0.kernelSize > 1 { $0.padding = .fixed(padding) }
        }
        if case .activation = operation { return .activation(activation) }
        return operation
      }
    ])
    return (network, place)
  }
}

@Suite struct `Pads that differ on the four sides` {
  static let kernels = KernelSet.all.filter(\.isSupported)

  @Test(arguments: shared(Array(PaddedLayer.cases.enumerated())))
  func `are zeros in every kind of step`(place: Int, layer: PaddedLayer) throws {
    let (network, index) = try layer.network()
    let reference = ReferenceExecutor(network)
    var seen = 0
    for (size, (height, width)) in PaddedLayer.sizes.enumerated() {
      let channels = network.program.layers[index].inputChannels
      let shape = FeatureShape(channels: channels, height: height, width: width)
      guard network.program.layers[index].outputShape(shape) != nil else { continue }
      seen += 1
      let input = `The reference executor`.input([1 + size % 2, channels, height, width])
      let expected = try reference.runLayer(index, on: input)
      // Every set of kernels and every division of the work meets every size at some layer.
      let kernels = Self.kernels[(place + size) % Self.kernels.count]
      let executor = try PlannedExecutor(
        network, kernels: kernels, threadCount: 1 + (place + size / 3) % 2,
        usesWinograd: (place + size) % 4 < 3)
      let found = try executor.runLayer(index, on: input)
      #expect(found.shape == expected.shape)
      let scale = try expected.doubles().map(abs).max()!
      let difference = try zip(found.doubles(), expected.doubles()).map { abs($0 - $1) }.max()!
      #expect(
        difference <= 2e-6 * scale, "\(height)×\(width) \(kernels.name): \(difference / scale)")
    }
    #expect(seen >= 3)
  }

  @Test func `give the same bits for every number of threads`() throws {
    for (place, layer) in shared(Array(PaddedLayer.cases.enumerated())) where place % 3 != 0 {
      let (network, index) = try layer.network()
      let channels = network.program.layers[index].inputChannels
      let input = `The reference executor`.input([1, channels, 14, 33])
      let alone = try PlannedExecutor(network).runLayer(index, on: input).contiguousBytes()
      let shared = try PlannedExecutor(network, threadCount: 3).runLayer(index, on: input)
      #expect(try shared.contiguousBytes() == alone, "\(layer.testDescription)")
    }
  }
}
