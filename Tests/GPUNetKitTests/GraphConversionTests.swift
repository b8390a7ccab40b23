import BinaryInput
import Equivalence
import GPUNetIR
import GPUNetKit
import TensorData
import TestSupport
import Testing

@Suite struct `Conversion of ONNX graphs` {
  /// A graph, the original network that it was exported from, and whether norms were kept.
  @Test(arguments: [
    ("plain-opset10", "plain"), ("plain-opset17-unfolded", "plain"),
    ("plain-stride2-er-opset10", "plain-stride2-er"),
    ("plain-stride2-er-opset13-dynamic", "plain-stride2-er"), ("distilled-opset10", "distilled"),
    ("distilled-large-head-opset10", "distilled-large-head"),
  ]) func `a graph is recognised, converted and verified without a configuration`(
    _ name: String, _ original: String
  ) throws {
    let folder = TemporaryFolder()
    let input = Fixture.path("onnx/\(name).onnx")
    let given = try ArchitectureChoice(Fixture.path("original/\(original).json")).architecture
    let identified = try SourceFile(opening: input).identify()
    // Expansions that give the same widths cannot be told apart.
    #expect(identified.architecture.layers.count == given.layers.count)
    for (found, expected) in zip(identified.architecture.layers, given.layers) {
      #expect(found.operations(classCount: 1) == expected.operations(classCount: 1))
    }

    var request = Conversion.Request(input: input, output: folder.file("out.gpw"))
    request.resolution = given.resolution
    request.counterpart = Fixture.path("original/\(original).pth")
    let report = try Conversion.run(request)
    #expect(report.comparisons.graph?.firstMismatch == nil)
    #expect(try #require(report.comparisons.graph?.output).difference.relative < 1e-5)
    #expect(try #require(report.comparisons.counterpart).worst.difference < 1e-6)

    // With the configuration, which gives the names, the recording shows every layer.
    request.architecture = try ArchitectureChoice(Fixture.path("original/\(original).json"))
    request.golden = Fixture.path("original/\(original).npz")
    request.replaces = true
    let golden = try #require(try Conversion.run(request).comparisons.golden)
    #expect(golden.written.firstMismatch == nil)
  }

  /// An original network and the version of the operators that it is written in.
  @Test(arguments: [
    ("plain", 10), ("plain-stride2-er", 13), ("distilled", 17), ("distilled-large-head", 21),
  ]) func `a network that is written as a graph is the same when it is read`(
    _ original: String, _ opset: Int
  ) throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("original/\(original).pth"), output: folder.file("out.onnx"))
    request.architecture = try ArchitectureChoice(Fixture.path("original/\(original).json"))
    request.opset = opset
    request.keepsBatchNorm = opset == 13
    let report = try Conversion.run(request)
    #expect(try #require(report.comparisons.writtenGraph?.output).isMatch)

    var back = Conversion.Request(input: folder.file("out.onnx"), output: folder.file("out.gpw"))
    back.architecture = request.architecture
    back.golden = Fixture.path("original/\(original).npz")
    back.counterpart = request.input
    let golden = try #require(try Conversion.run(back).comparisons.golden)
    #expect(golden.written.firstMismatch == nil)
  }

  @Test func `half precision is written with a bound that its rounding explains`() throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("original/plain.pth"), output: folder.file("out.onnx"))
    request.architecture = try ArchitectureChoice(Fixture.path("original/plain.json"))
    request.elementType = .f16
    let output = try #require(try Conversion.run(request).comparisons.writtenGraph?.output)
    #expect(output.difference.relative > 1e-6)
    #expect(output.isMatch)
  }

  @Test func `a checkpoint of other weights is told from the graph's`() throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("onnx/plain-opset10.onnx"), output: folder.file("out.gpw"))
    request.counterpart = Fixture.path("original/distilled.pth")
    #expect(throws: Rejection.self) { try Conversion.run(request) }
    #expect(folder.names.isEmpty)
  }
}
