import BinaryInput
import Equivalence
import NetworkFamilies
import NetworkProgram
import GPUNetKit
import GPWFormat
import ONNXModel
import TensorData
import TestSupport
import Testing

/// Graphs with something before and after the network, whose whole graph is verified.
@Suite struct `Verification of deployed graphs` {
  @Test(arguments: shared(DeployedGraph.readable))
  func `the whole graph is executed, and the golden is the network's own`(
    _ graph: DeployedGraph
  ) throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path(graph.file), output: folder.file("out.gpw"))
    let content = try #require(graph.content)
    request.golden = Fixture.path(content.golden)
    let report = try Conversion.run(request)
    let comparisons = report.comparisons
    // What is not part of the network is recorded in the file, its preprocessing in fields of its own.
    let model = try GPWModel(GPWFile(MappedFile(path: request.output).bytes))
    #expect(
      model.provenance.options.contains { $0.hasPrefix("cut after the logits: ") }
        == !content.cuts.isEmpty)
    for name in content.otherOutputs {
      #expect(model.provenance.options.contains("output '\(name)' left out"))
    }
    if let front = content.front, !front.mean.isEmpty {
      let preprocessing = model.preprocessing
      for (found, expected) in [
        (preprocessing.mean, front.mean),
        (preprocessing.standardDeviation, front.standardDeviation),
      ] {
        // The graph's constants are of 32 bits.
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(found)")
      }
      #expect(model.provenance.options.contains { $0.hasPrefix("input: ") })
    }
    // A graph states the epsilons of its norms in 32 bits.
    let bound = content.base.contains("unfolded") ? 1e-5 : 1e-10
    #expect(try #require(comparisons.graph?.output).difference.relative < bound)
    let golden = try #require(comparisons.golden)
    #expect(golden.written.firstMismatch == nil)
    #expect(try #require(golden.written.output).difference.relative < 1e-5)
  }

  @Test(arguments: [("softmax-over-images", "by Softmax")])
  func `a graph that makes something else of its logits is refused`(
    _ name: String, _ says: String
  ) throws {
    let folder = TemporaryFolder()
    let request = Conversion.Request(
      input: Fixture.path("deployed/\(name).onnx"), output: folder.file("out.gpw"))
    let error = #expect(throws: ReadError.self) { try Conversion.run(request) }
    #expect(error?.code == .onnxLifting)
    #expect(error?.what.contains(says) == true)
    #expect(folder.names.isEmpty)
  }

  @Test func `a graph that does something else than its parts say is refused`() throws {
    // The same classes in another order: all that is looked at is what softmax gives.
    let folder = TemporaryFolder()
    var file = try ONNXFile(opening: Fixture.path("deployed/softmax.onnx"))
    file.graph.nodes[file.graph.nodes.count - 1].inputs[0] = "cut"
    file.graph.nodes.insert(
      ONNXNode(
        "Reshape", inputs: ["logits", "shape"], outputs: ["cut"]), at: file.graph.nodes.count - 1)
    file.graph.initializers.append(
      try ONNXTensor(Tensor([Int64(5), 1], shape: [2]), name: "shape"))
    let request = Conversion.Request(
      input: try folder.write(file.encoded(), to: "in.onnx"), output: folder.file("out.gpw"))
    let error = #expect(throws: ReadError.self) { try Conversion.run(request) }
    #expect(error?.code == .onnxLifting)
  }
}
