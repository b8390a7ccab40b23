import BinaryInput
import Equivalence
import GPUNetKit
import GPUNetRuntime
import GPWFormat
import ModelFiles
import NetworkFamilies
import NetworkProgram
import StrictJSON
import TensorData
import TestSupport
import Testing

/// A row of `Fixtures/families/networks.json`: a small network of a library's own classes, and what it
/// answers there.
struct SmallNetwork: Sendable, CustomTestStringConvertible {
  let name: String
  let file: String
  let description: String
  let parameterCount: Int
  let multiplyAdds: Int
  let goldens: [String]
  var testDescription: String { name }

  static let all: [SmallNetwork] = {
    let json = try! JSONValue(parsing: Fixture.bytes("families/networks.json"))
    return json["networks"]!.array!.map { row in
      SmallNetwork(
        name: row["name"]!.string!, file: "families/\(row["file"]!.string!)",
        description: "families/\(row["description"]!.string!)",
        parameterCount: Int(row["parameters"]!.double!),
        multiplyAdds: Int(row["multiplyAdds"]!.double!),
        goldens: row["goldens"]!.array!.map { "families/\($0["file"]!.string!)" })
    }
  }()

  func network() throws -> Network {
    try SourceFile(opening: Fixture.path(file))
      .identify(given: ArchitectureChoice(Fixture.path(description))).network()
  }
}

@Suite struct `Networks of other libraries` {
  @Test(arguments: SmallNetwork.all)
  func `give the library's answers, layer by layer and at an odd size`(
    small: SmallNetwork
  ) throws {
    let network = try small.network()
    let summaries = try network.program.summaries()
    #expect(summaries.reduce(0) { $0 + $1.parameterCount } == small.parameterCount)
    #expect(summaries.reduce(0) { $0 + $1.multiplyAdds } == small.multiplyAdds)
    for golden in small.goldens {
      let report = try ComparisonReport(
        ReferenceExecutor(network), withGolden: GoldenFile(opening: Fixture.path(golden)),
        subject: small.name, tolerance: .doublePrecision)
      #expect(
        report.firstMismatch == nil, "\(golden): \(report.firstMismatch.map { "\($0)" } ?? "")")
      let fast = try ComparisonReport(
        PlannedExecutor(network), withGolden: GoldenFile(opening: Fixture.path(golden)),
        subject: small.name,
        tolerance: Tolerance(output: 1e-5, layer: 1e-5, reason: "32 bits"))
      #expect(fast.firstMismatch == nil, "\(golden): \(fast.firstMismatch.map { "\($0)" } ?? "")")
    }
  }

  @Test(arguments: SmallNetwork.all)
  func `are converted with their labels and converted back bit for bit`(
    small: SmallNetwork
  ) throws {
    let folder = TemporaryFolder()
    for (target, output) in [
      (NativeTarget(), "folded.gpw"), (NativeTarget(keepsBatchNorm: true), "separate.gpw"),
    ] {
      var request = Conversion.Request(input: Fixture.path(small.file), output: folder.file(output))
      request.target = target
      request.architecture = try ArchitectureChoice(Fixture.path(small.description))
      request.golden = Fixture.path(small.goldens[0])
      _ = try Conversion.run(request)
      let identified = try SourceFile(opening: folder.file(output)).identify()
      #expect(identified.architecture == request.architecture?.architecture)
      #expect(try ModelVerification(.init(model: folder.file(output))).isVerified)
    }
    let kept = try SourceFile(opening: folder.file("separate.gpw")).identify().network()
    let source = try small.network()
    #expect(kept.parameters.names == source.parameters.names)
    for (name, tensor) in source.parameters {
      #expect(try kept.parameters[name]?.contiguousBytes() == tensor.contiguousBytes(), "\(name)")
    }
  }

  @Test(arguments: shared(SmallNetwork.all))
  func `are written as graphs, recognised in them and read back`(small: SmallNetwork) throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path(small.file), output: folder.file("out.onnx"))
    request.architecture = try ArchitectureChoice(Fixture.path(small.description))
    request.target = GraphTarget()
    let report = try Conversion.run(request)
    #expect(try #require(report.comparisons.writtenGraph?.output).isMatch)

    // Nothing but the graph says what is computed.
    var back = Conversion.Request(input: folder.file("out.onnx"), output: folder.file("out.gpw"))
    _ = try Conversion.run(back)
    let network = try SourceFile(opening: folder.file("out.gpw")).identify().network()
    for golden in small.goldens {
      let recording = try GoldenFile(opening: Fixture.path(golden))
      let answer = try ReferenceExecutor(network).run(recording.input)
      #expect(try Difference(of: answer, from: recording.output()).relative < 1e-5, "\(golden)")
    }
    // With the description, which gives the names, the recording shows every layer.
    back.architecture = request.architecture
    back.golden = Fixture.path(small.goldens[0])
    back.replaces = true
    let golden = try #require(try Conversion.run(back).comparisons.golden)
    #expect(golden.written.firstMismatch == nil)
  }
}
