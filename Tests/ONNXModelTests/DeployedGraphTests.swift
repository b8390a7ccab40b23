import BinaryInput
import NetworkFamilies
import NetworkProgram
import ONNXModel
import TensorData
import TestSupport
import Testing

/// Graphs as they are deployed, which ONNX Runtime has run: `Fixtures/deployed/`.
@Suite struct DeployedGraphTests {
  private static func lifted(_ file: String) throws -> LiftedNetwork {
    try LiftedNetwork(ONNXFile(opening: Fixture.path(file)))
  }

  @Test(arguments: shared(DeployedGraph.readable))
  func `the network is found, and what stands around it`(_ graph: DeployedGraph) throws {
    let content = try #require(graph.content)
    let expected = try Self.lifted(content.base)
    let found = try Self.lifted(graph.file)
    #expect(found.architecture == expected.architecture)
    #expect(found.form == expected.form)
    #expect(found.statesResolution)
    #expect(found.parameters.names == expected.parameters.names)
    for (name, tensor) in found.parameters {
      let numbers = try tensor.doubles()
      let wanted = try #require(expected.parameters[name]).doubles()
      #expect(tensor.elementType == expected.parameters[name]?.elementType)
      if content.isRounded {
        let most = wanted.map(\.magnitude).max() ?? 0
        #expect(zip(numbers, wanted).allSatisfy { abs($0 - $1) <= 0.1 * most }, "\(name)")
      } else {
        #expect(numbers == wanted, "\(name)")
      }
    }
    #expect(found.cuts == content.cuts)
    #expect(found.otherOutputs == content.otherOutputs)
    #expect(found.warnings.count == content.warningCount)
  }

  @Test(arguments: shared(DeployedGraph.readable))
  func `what stands before the network is read in numbers of 0 to 1`(_ graph: DeployedGraph) throws
  {
    let expected = try #require(graph.content).front
    let front = try Self.lifted(graph.file).front
    #expect((front == nil) == (expected == nil))
    guard let front, let expected else { return }
    #expect(front.axes.map(\.rawValue).joined() == expected.axes)
    #expect(front.reversesChannels == expected.isReversed)
    #expect(front.normalizes == !expected.mean.isEmpty)
    #expect(front.pixels.black == expected.black && front.pixels.white == expected.white)
    #expect(front.inputChannelCount == expected.channelCount)
    #expect(front.description.contains("not used") == (expected.channelCount > 3))
    guard front.normalizes else { return }
    // The constants of the graphs are of 32 bits.
    for (found, wanted) in [
      (front.mean, expected.mean), (front.standardDeviation, expected.standardDeviation),
    ] {
      #expect(found.count == wanted.count)
      #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-6 }, "\(found)")
    }
    #expect(front.description.contains("mean"))
  }

  @Test(arguments: DeployedGraph.refused)
  func `a graph that cannot be read says why`(_ graph: DeployedGraph) throws {
    let error = #expect(throws: ReadError.self) { try Self.lifted(graph.file) }
    let message = "\(try #require(error))"
    #expect(error?.code.rawValue == graph.refusal.code)
    let says = try Regex(graph.refusal.says)
    #expect(message.contains(says), "\(message)")
    #expect(!message.contains("--"), "\(message)")
    // What follows from a node is not told of all nodes behind it.
    #expect((error?.path.count ?? 0) <= 3)
  }

  @Test func `what depends on training is told`() throws {
    let warnings = try Self.lifted("deployed/dropout-in-training.onnx").warnings
    #expect(warnings.count == 1 && warnings[0].contains("training mode"))
  }

  @Test(arguments: [17, 18]) func `the answers of a part of a graph are there by name`(
    _ opset: Int
  ) throws {
    let graph = try Self.lifted("deployed/softmax-top.onnx").classifier
    #expect(graph.file.graph.outputs.map(\.name) == ["logits"] + graph.tails.map(\.output))
    #expect(
      graph.tails.map(\.operations) == [
        [.softmax, .top(count: 3, isLargest: true)],
        [.softmax, .topPlaces(count: 3, isLargest: true)],
      ])
    #expect(graph.tails[1].values(of: [0, 3, 1, 3, -2]) == [1, 3, 2])
  }

  // MARK: Damaged files

  /// A file, and how many bytes from its beginning and from its end hold nodes; two of each kind.
  @Test(arguments: [
    ("function-nested", 4_500, 900), ("function-attributes", 4_000, 500),
    ("if-nested", 4_500, 500), ("if-shape", 5_500, 100), ("u8-nhwc-softmax-top", 5_500, 200),
    ("inception-front", 5_500, 900), ("strided-by-range", 5_500, 1_500),
    ("runtime-extended", 4_500, 200),
  ]) func `a damaged graph gives an error or a network`(
    _ name: String, _ beginning: Int, _ end: Int
  ) throws {
    let bytes = try Fixture.bytes("deployed/\(name).onnx").array
    let places = Array(0..<beginning) + Array((bytes.count - end)..<bytes.count)
    var counts = (errors: 0, networks: 0)
    for number in series(10_000, debugStep: 250) {
      var generator = SeededGenerator(seed: 20_261_127 + UInt64(number))
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...2, using: &generator) {
        let place = places.randomElement(using: &generator) ?? 0
        if Bool.random(using: &generator) {
          damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        } else {
          damaged[place] = UInt8.random(in: 0...255, using: &generator)
        }
      }
      do {
        let file = try ONNXFile(reading: Bytes(copying: damaged), path: "model.onnx")
        let network = try LiftedNetwork(file)
        // Its parameters are all that the layers need.
        _ = try network.network(namedAs: network.architecture)
        _ = network.front?.description
        counts.networks += 1
      } catch {
        let subject = error.code.rawValue.prefix { $0 != "." }
        #expect(["onnx", "tensor", "ext", "run", "arch"].contains(subject), "\(error)")
        counts.errors += 1
      }
    }
    #expect(counts.errors > 0 && counts.networks > 0)
  }
}
