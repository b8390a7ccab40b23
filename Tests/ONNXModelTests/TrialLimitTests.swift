import BinaryInput
import NetworkFamilies
import NetworkProgram
import ONNXModel
import TensorData
import TestSupport
import Testing

/// Graphs that state so large a batch and so many classes that no values could be tried for them.
@Suite struct TrialLimitTests {
  /// What follows the logits.
  enum Ending: Sendable {
    /// The greatest values, as many as there are classes.
    case countedTop
    /// Probabilities, in a shape that only the stated batch has.
    case arrangedSoftmax
    /// Probabilities of any number of images.
    case softmax
  }

  /// The images that the graph takes at a time.
  private static let batch = 1_024

  /// A network with so many classes.
  private static func file(classCount: Int, _ ending: Ending) throws -> ONNXFile {
    var file = try ONNXFile(opening: Fixture.path("onnx/tiny-tracing-opset17.onnx"))
    file.graph.inputs[0].shape?[0] = .count(batch)
    let place = try #require(file.graph.nodes.firstIndex { $0.operatorType == "Gemm" })
    let gemm = file.graph.nodes[place]
    for (index, tensor) in file.graph.initializers.enumerated() {
      guard gemm.inputs.dropFirst().contains(tensor.name) else { continue }
      let shape = [classCount] + tensor.shape.dropFirst()
      let zeros = [Float](repeating: 0, count: shape.reduce(1, *))
      file.graph.initializers[index] = try ONNXTensor(
        Tensor(zeros, shape: shape), name: tensor.name)
    }
    func add(_ name: String, _ integers: [Int64]) throws {
      file.graph.initializers.append(
        try ONNXTensor(Tensor(integers, shape: [integers.count]), name: name))
    }
    let logits = gemm.outputs[0]
    switch ending {
    case .countedTop:
      try add("one", [1])
      file.graph.nodes += [
        ONNXNode("Shape", inputs: [logits], outputs: ["shape"]),
        ONNXNode("Gather", inputs: ["shape", "one"], outputs: ["count"]),
        ONNXNode("TopK", inputs: [logits, "count"], outputs: ["answers", "places"]),
      ]
    case .arrangedSoftmax:
      try add("shape", [Int64(batch), -1])
      file.graph.nodes += [
        ONNXNode("Reshape", inputs: [logits, "shape"], outputs: ["arranged"]),
        ONNXNode("Softmax", inputs: ["arranged"], outputs: ["answers"]),
      ]
    case .softmax:
      file.graph.nodes.append(ONNXNode("Softmax", inputs: [logits], outputs: ["answers"]))
    }
    file.graph.outputs = [ONNXValue("answers")]
    return file
  }

  /// One class more than 2^26 numbers have for each image of the batch.
  private static let excessiveClassCount = (1 << 26) / batch + 1

  @Test(arguments: [Ending.countedTop, .arrangedSoftmax])
  func `a graph with more answers than can be tried is refused`(_ ending: Ending) throws {
    let file = try Self.file(classCount: Self.excessiveClassCount, ending)
    let error = #expect(throws: ReadError.self) { _ = try LiftedNetwork(file) }
    #expect(error?.code == .onnxLimit, "\(error.map { "\($0)" } ?? "")")
    #expect(error?.found == "[1024, 65537]")
    // With fewer there is nothing to refuse.
    let lifted = try LiftedNetwork(Self.file(classCount: 11, ending))
    #expect(lifted.architecture.classCount == 11 && lifted.cuts.count == 1)
  }

  @Test func `a graph that takes any number of images is tried with fewer`() throws {
    let lifted = try LiftedNetwork(Self.file(classCount: Self.excessiveClassCount, .softmax))
    #expect(lifted.architecture.classCount == Self.excessiveClassCount)
    #expect(lifted.cuts == ["Softmax"])
  }

  @Test func `many parts without elements are joined at once`() throws {
    var file = try ONNXFile(opening: Fixture.path("onnx/tiny-tracing-opset17.onnx"))
    // Joined one by one in every row, these are more steps than anybody would wait for.
    let shape = [1 << 30, 0]
    file.graph.initializers.append(
      try ONNXTensor(Tensor([Float](), shape: shape), name: "nothing"))
    file.graph.nodes.insert(
      ONNXNode(
        "Concat", inputs: [String](repeating: "nothing", count: 1_000), outputs: ["all"],
        attributes: [ONNXAttribute("axis", .integer(1))]), at: 0)
    let lifted = try LiftedNetwork(
      ONNXFile(reading: Bytes(copying: file.encoded()), path: "a.onnx"))
    #expect(lifted.unusedNames == ["nothing"])
  }
}
