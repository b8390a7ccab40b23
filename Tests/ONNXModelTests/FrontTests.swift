import BinaryInput
import ONNXModel
import TensorData
import TestSupport
import Testing

/// What stands before the first layer, in any order and combination.
@Suite struct FrontTests {
  /// A graph that does something to an image before a network, by random nodes.
  private struct RandomFront {
    var file: ONNXFile
    /// The nodes before the network alone, with its input as the output.
    var alone: ONNXFile
    let shape: [Int]

    private var name = "image"
    private var axes: String
    private var generator: SeededGenerator

    init(seed: UInt64) throws {
      generator = SeededGenerator(seed: seed)
      file = try ONNXFile(opening: Fixture.path("onnx/tiny-tracing-opset17.onnx"))
      let isLast = Bool.random(using: &generator)
      axes = isLast ? "NHWC" : "NCHW"
      shape = isLast ? [1, 5, 7, 3] : [1, 3, 5, 7]
      let isInteger = Bool.random(using: &generator)
      alone = ONNXFile(irVersion: 8, operatorSets: ["": 17], graph: ONNXGraph())
      let type: ONNXDataType = isInteger ? .uint8 : .float
      alone.graph.inputs = [
        ONNXValue("image", type, shape: shape.map { .count($0) })
      ]
      var hasNumbers = !isInteger
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0...3 where hasNumbers: try arithmetic()
        case 4: transpose(axes == "NHWC" ? "NCHW" : "NHWC")
        case 5: try reverse()
        case 6: try splitAndJoin()
        default:
          add("Cast", [ONNXAttribute("to", .integer(1))])
          hasNumbers = true
        }
      }
      if !hasNumbers { add("Cast", [ONNXAttribute("to", .integer(1))]) }
      if axes != "NCHW" { transpose("NCHW") }
      alone.graph.outputs = [ONNXValue(name)]
      let input = file.graph.inputs[0].name
      for index in file.graph.nodes.indices {
        for place in file.graph.nodes[index].inputs.indices
        where file.graph.nodes[index].inputs[place] == input {
          file.graph.nodes[index].inputs[place] = name
        }
      }
      file.graph.nodes = alone.graph.nodes + file.graph.nodes
      file.graph.initializers += alone.graph.initializers
      file.graph.inputs = alone.graph.inputs
    }

    private mutating func add(
      _ kind: String, _ attributes: [ONNXAttribute] = [], before: [String] = [],
      behind: [String] = []
    ) {
      let output = "value\(alone.graph.nodes.count)"
      alone.graph.nodes.append(
        ONNXNode(
          kind, inputs: before + [name] + behind, outputs: [output], attributes: attributes))
      name = output
    }

    private mutating func constant(_ tensor: Tensor) throws -> String {
      let name = "constant\(alone.graph.initializers.count)"
      alone.graph.initializers.append(try ONNXTensor(tensor, name: name))
      return name
    }

    private mutating func transpose(_ target: String) {
      let places = target.map { axis in
        axes.distance(from: axes.startIndex, to: axes.firstIndex(of: axis)!)
      }
      add("Transpose", [ONNXAttribute("perm", .integers(places))])
      axes = target
    }

    private var channelAxis: Int { axes == "NCHW" ? 1 : 3 }

    private mutating func arithmetic() throws {
      let kind = ["Add", "Sub", "Mul", "Div"].randomElement(using: &generator) ?? "Add"
      let isScalar = Bool.random(using: &generator)
      let count = isScalar ? 1 : 3
      let numbers = (0..<count).map { _ in Float.random(in: 0.25...4, using: &generator) }
      let shapes: [[Int]] =
        isScalar
        ? [[], [1], [1, 1, 1, 1]]
        : axes == "NCHW" ? [[3, 1, 1], [1, 3, 1, 1]] : [[3], [1, 1, 3]]
      let shape = shapes.randomElement(using: &generator) ?? []
      let other = try constant(Tensor(numbers, shape: shape))
      let isFirst = ["Add", "Mul"].contains(kind) && Bool.random(using: &generator)
      add(kind, before: isFirst ? [other] : [], behind: isFirst ? [] : [other])
    }

    private mutating func reverse() throws {
      if Bool.random(using: &generator) {
        let places = try constant(Tensor([Int64(2), 1, 0], shape: [3]))
        add("Gather", [ONNXAttribute("axis", .integer(channelAxis))], behind: [places])
      } else {
        let least = try [-1, Int64.min, Int64(channelAxis), -1].map {
          try constant(Tensor([$0], shape: [1]))
        }
        add("Slice", behind: least)
      }
    }

    private mutating func splitAndJoin() throws {
      let parts = (0..<3).map { "part\(alone.graph.nodes.count)-\($0)" }
      alone.graph.nodes.append(
        ONNXNode(
          "Split", inputs: [name], outputs: parts,
          attributes: [ONNXAttribute("axis", .integer(channelAxis))]))
      name = "value\(alone.graph.nodes.count)"
      alone.graph.nodes.append(
        ONNXNode(
          "Concat", inputs: parts.shuffled(using: &generator), outputs: [name],
          attributes: [ONNXAttribute("axis", .integer(channelAxis - 4))]))
    }
  }

  @Test(arguments: shared(Array(0..<60))) func `a front of any nodes is what executing them gives`(
    _ number: Int
  ) throws {
    var generator = SeededGenerator(seed: UInt64(number))
    let random = try RandomFront(seed: UInt64(number) + 1_000)
    let lifted = try LiftedNetwork(random.file)
    let count = random.shape.reduce(1, *)
    let pixels = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let isInteger = random.alone.graph.inputs[0].dataType == .uint8
    let input =
      isInteger
      ? try ONNXTensor(dataType: .uint8, shape: random.shape, bytes: Bytes(copying: pixels))
      : try ONNXTensor(Tensor(pixels.map { Float($0) }, shape: random.shape))
    let output = try ONNXInterpreter(random.alone, precision: .double).run(["image": input])[0]
    let values = try #require(output.value.tensor).doubles()
    // The same by what was found, or by nothing where there is nothing.
    let isLast = random.shape[3] == 3
    for channel in 0..<3 {
      let front = lifted.front
      let source = front?.channelOrder[channel] ?? channel
      for place in 0..<35 {
        let pixel = isLast ? pixels[place * 3 + source] : pixels[source * 35 + place]
        let expected =
          Double(pixel) * (front?.scale[channel] ?? 1) + (front?.shift[channel] ?? 0)
        let found = values[channel * 35 + place]
        #expect(abs(found - expected) <= 1e-12 * max(1, abs(found)), "channel \(channel)")
      }
    }
    if let front = lifted.front {
      #expect(front.axes.map(\.rawValue).joined() == (isLast ? "NHWC" : "NCHW"))
      let (mean, deviation) = (front.mean, front.standardDeviation)
      for channel in 0..<3 {
        let (scale, shift) = (front.scale[channel], front.shift[channel])
        // Of a pixel half way between black and white.
        let half = (front.pixels.black + front.pixels.white) / 2
        let expected = (0.5 - mean[channel]) / deviation[channel]
        #expect(abs(half * scale + shift - expected) <= 1e-9 * max(1, abs(expected)))
      }
    } else {
      #expect(!isInteger && !isLast)
    }
  }
}
