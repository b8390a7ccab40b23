import BinaryInput
import Equivalence
import NetworkFamilies
import NetworkProgram
import GPUNetKit
import GPUNetRuntime
import GPWFormat
import ModelFiles
import NetworkRecognition
import NumPyArrays
import StrictJSON
import TensorData
import TestSupport
import Testing

/// How far a network is from recorded outputs: the worst layer and the output.
private func differences(
  of network: Network, from golden: String
) throws -> (layer: Double, output: Double, layerCount: Int) {
  let report = try ComparisonReport(
    ReferenceExecutor(network), withGolden: GoldenFile(opening: Fixture.path(golden)),
    subject: "test",
    tolerance: .doublePrecision)
  return (
    report.worstLayer?.difference.relative ?? 0,
    try #require(report.output).difference.relative, report.comparisons.count - 1
  )
}

@Suite struct `The networks that the original code built` {
  static let names = ["plain", "plain-stride2-er", "distilled", "distilled-large-head"]

  /// The network of a checkpoint, its batch norms not folded.
  static func network(_ name: String) throws -> Network {
    try SourceFile(opening: Fixture.path("original/\(name).pth"))
      .identify(given: ArchitectureChoice(Fixture.path("original/\(name).json"))).network()
  }

  @Test(arguments: names)
  func `give the recorded answers in every layer`(name: String) throws {
    let network = try Self.network(name)
    // The recordings were made in double precision; only the order of sums differs.
    let unfolded = try differences(of: network, from: "original/\(name).npz")
    #expect(unfolded.layer <= 1e-10)
    #expect(unfolded.output <= 1e-10)
    #expect(unfolded.layerCount == network.program.layers.count)
    // Every weight is rounded once, to 24 bits.
    let folded = try differences(of: network.folded(), from: "original/\(name).npz")
    #expect(folded.layer <= 1e-5)
    #expect(folded.output <= 1e-5)
    #expect(folded.output > 0)
  }

  @Test(arguments: names)
  func `are converted, and the file gives the answers too`(name: String) throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("original/\(name).pth"), output: folder.file("out.gpw"))
    request.architecture = try ArchitectureChoice(Fixture.path("original/\(name).json"))
    request.golden = Fixture.path("original/\(name).npz")
    let report = try Conversion.run(request)
    let golden = try #require(report.comparisons.golden)
    #expect(golden.source.comparisons.count == report.identified.architecture.layers.count + 1)
    #expect(report.comparisons.verification?.firstMismatch == nil)
    let written = try GPWModel(GPWFile(MappedFile(path: folder.file("out.gpw")).bytes)).network
    #expect(try differences(of: written, from: "original/\(name).npz").output <= 1e-5)
    #expect(folder.names == ["out.gpw"])
  }

  /// Facts that no checkpoint states; a recording must show each that is wrong.
  @Test func `do not give the answers with another padding, epsilon or activation`() throws {
    let network = try Self.network("plain-stride2-er")
    let alterations: [(String, Alteration)] = [
      // All of it below and to the right, which keeps the shape.
      (
        "padding",
        .steps(layer: 0) { operation in
          operation.mappingConvolutions {
            $0.padding = .fixed(Padding(top: 0, left: 0, bottom: 2, right: 2))
          }
        }
      ),
      (
        "epsilon",
        .steps(layer: 2) { $0.mappingConvolutions { $0.batchNorm?.epsilon = 1e-5 } }
      ),
      ("activation", .steps(layer: 0) { $0 == .activation(.relu) ? .activation(.swish) : $0 }),
    ]
    for (name, alteration) in alterations {
      let report = try ComparisonReport(
        ReferenceExecutor(network.altered(by: [alteration])),
        withGolden: GoldenFile(opening: Fixture.path("original/plain-stride2-er.npz")),
        subject: name,
        tolerance: .doublePrecision)
      #expect(report.firstMismatch != nil, "\(name)")
    }
  }

  @Test func `do not give answers of another shape without an error`() throws {
    let padded = try Self.network("plain-stride2-er").altered(by: [
      .steps(layer: 1) { operation in
        operation.mappingConvolutions { if $0.kernelSize == 5 { $0.padding = .fixed(Padding(2)) } }
      }
    ])
    let error = try #require(throws: ReadError.self) {
      try ComparisonReport(
        ReferenceExecutor(padded),
        withGolden: GoldenFile(opening: Fixture.path("original/plain-stride2-er.npz")),
        subject: "test",
        tolerance: .doublePrecision)
    }
    #expect(error.code == .goldenShape)
    #expect(error.path.last == "layers/stage: 2 layer3")
    #expect(error.expected == "[2, 12, 18, 18]")
    #expect(error.found == "[2, 12, 20, 20]")
  }
}

@Suite struct `The networks that PyTorch wrote in every wrapper` {
  static func open(
    _ fixture: FixtureCatalogue.Network, key: String? = nil
  ) throws -> IdentifiedNetwork {
    var selection = NetworkSource.Selection()
    selection.key = key
    return try SourceFile(opening: Fixture.path(fixture.file))
      .identify(
        given: ArchitectureChoice(Fixture.path(fixture.configuration)), selecting: selection)
  }

  @Test(arguments: FixtureCatalogue.networks)
  func `are found by themselves`(fixture: FixtureCatalogue.Network) throws {
    let source = try Self.open(fixture).source
    let taken = try #require(source.choice?.taken)
    #expect(taken.candidate.keyPath == fixture.stateDicts[0].key)
    #expect(taken.candidate.prefix == fixture.prefix)
    #expect(taken.candidate.foreignNames.isEmpty)
    #expect(taken.fit.isComplete)
  }

  @Test(arguments: FixtureCatalogue.networks)
  func `give PyTorch's answers in every layer`(fixture: FixtureCatalogue.Network) throws {
    for part in fixture.stateDicts {
      let network = try Self.open(fixture, key: part.key).network()
      let unfolded = try differences(of: network, from: part.golden)
      #expect(unfolded.layer <= 1e-10, "\(part.key)")
      #expect(unfolded.output <= 1e-10, "\(part.key)")
      // One rounding of every weight to its type: 16·√(number of convolutions)·u at the output.
      let convolutions = network.program.layers.flatMap(\.operations).flatMap(\.convolutions)
      let bound = Tolerance.rounding(
        unitRoundoff: network.unitRoundoff, convolutionCount: convolutions.count)
      let folded = try differences(of: network.folded(), from: part.golden)
      #expect(folded.layer <= bound.layer, "\(part.key)")
      #expect(folded.output <= bound.output, "\(part.key)")
    }
  }

  @Test(arguments: FixtureCatalogue.networks)
  func `keep every tensor bit for bit where norms are kept`(
    fixture: FixtureCatalogue.Network
  ) throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path(fixture.file), output: folder.file("out.gpw"))
    request.architecture = try ArchitectureChoice(Fixture.path(fixture.configuration))
    request.target = NativeTarget(keepsBatchNorm: true)
    let report = try Conversion.run(request)
    #expect(report.ledger.counts.folded == 0)
    #expect(report.ledger.counts.unused == 0)
    let model = try GPWModel(GPWFile(MappedFile(path: folder.file("out.gpw")).bytes))
    let expected = try ExpectedTensors(fixture.stateDicts[0].expected)
    #expect(model.network.parameters.names == expected.names)
    for name in expected.names {
      #expect(try expected.difference(name, from: model.network.parameters[name]) == nil)
    }
    #expect(model.network.parameters.names.contains { $0.hasSuffix("num_batches_tracked") })
  }

  @Test func `follow the wishes for a moving average`() throws {
    func chosen(_ name: String, _ average: AveragePolicy) throws(ReadError) -> String? {
      var selection = NetworkSource.Selection()
      selection.average = average
      return try NetworkSource(SourceFile(opening: Fixture.path("checkpoints/\(name)")), selection)
        .choice?.path
    }
    #expect(try chosen("training-ema.pth.tar", .auto) == "state_dict_ema")
    #expect(try chosen("training-ema.pth.tar", .never) == "state_dict")
    #expect(try chosen("training.pth.tar", .auto) == "state_dict")
    let error = #expect(throws: ReadError.self) { try chosen("training.pth.tar", .always) }
    #expect(error?.code == .recognitionKey)
  }
}
