import BinaryInput
import Equivalence
import GPUNetRuntime
import GPWFormat
import ONNXModel
import TensorData

extension ONNXInterpreter {
  /// What the graph itself answers on the inputs of a verification, as a recording of the output
  /// alone; its arithmetic is in 64 bits and shares nothing with the executor of networks.
  ///
  /// A graph that takes images of one size only gets one of that size instead.
  ///
  /// The whole graph is executed. What stands before the network gets what becomes the network's
  /// input, and what it makes of the logits is compared with what that should be.
  ///
  /// - Throws: What running the graph throws; `onnx.lifting` where it gives something else than the
  ///   operators after the logits say.
  static func recording(
    of graph: ClassifierGraph, on input: Tensor
  ) throws(ReadError) -> some LayerRecording {
    var input = input
    if let resolution = graph.onlyResolution {
      // One image of noise, which meets every weight: the whole of a large one takes its time.
      input = Fingerprint.input(channels: input.shape[1], resolution: resolution)
    }
    guard let graphInput = graph.file.graph.freeInputs.first else {
      throw ReadError(.onnxLifting, "the graph has no input", expected: "one input")
    }
    let interpreter = try ONNXInterpreter(graph.file, precision: .double)
    let elements = try input.doubles()
    let imageCount = input.shape[0]
    let imageElementCount = elements.count / max(imageCount, 1)
    let batch = try batchSize(of: graphInput, graph.front, imageElementCount)
    var taken: [Double] = []
    var logits: [Double] = []
    for first in stride(from: 0, to: imageCount, by: batch) {
      // Where there are not so many, they are given again.
      let images = (first..<(first + batch)).map { $0 % imageCount }
      let part = images.flatMap { image in
        elements[(image * imageElementCount)..<((image + 1) * imageElementCount)]
      }
      let given = try GraphInput(
        Tensor(part, shape: [batch] + input.shape.dropFirst()), graph.front)
      let outputs = try interpreter.run([graphInput.name: given.tensor])
      let answers = try answers(named: graph.logitsName, outputs, batch)
      for tail in graph.tails {
        let given = outputs.first { $0.name == tail.output }?.value.tensor
        try tail.requireAgreement(
          of: given?.doubles() ?? [], logits: answers, imageCount: batch)
      }
      let count = min(batch, imageCount - first)
      taken += given.networkInput.prefix(count * imageElementCount)
      logits += answers.prefix(answers.count / batch * count)
    }
    return GraphRecording(
      input: Tensor(taken, shape: input.shape),
      logits: Tensor(logits, shape: [imageCount, logits.count / max(imageCount, 1)]))
  }

  /// The most images at a time; deployed graphs take a few hundred at most.
  private static let maximumBatchSize = 1_024

  /// How many images a graph takes at a time: one that states their number may compute with it.
  private static func batchSize(
    of input: ONNXValue, _ front: GraphFront?, _ imageElementCount: Int
  ) throws(ReadError) -> Int {
    let axis = front.map { $0.axes.firstIndex(of: .batch) } ?? 0
    var batch = 1
    if let axis, let shape = input.shape, axis < shape.count, case .count(let count) = shape[axis] {
      batch = max(count, 1)
    }
    guard batch <= maximumBatchSize,
      let batchElementCount = batch.multiplied(exactly: imageElementCount),
      batchElementCount <= ONNXInterpreter.defaultLiveByteLimit / MemoryLayout<Double>.stride
    else {
      throw ReadError(
        .onnxLimit, "the graph takes too many images at a time to be executed", found: "\(batch)",
        advice: "export it for a batch of one", remedy: .leaveOutVerification)
    }
    return batch
  }

  private static func answers(
    named name: String, _ outputs: [(name: String, value: ONNXTensor)], _ batch: Int
  ) throws(ReadError) -> [Double] {
    guard let output = outputs.first(where: { $0.name == name })?.value.tensor,
      output.elementCount > 0, output.elementCount % batch == 0
    else {
      throw ReadError(
        .onnxLifting, "the graph's output has no answer for each image", path: [name],
        expected: "\(batch)")
    }
    return try output.doubles()
  }
}

/// What a graph is given, and what its front makes of it.
private struct GraphInput {
  /// The graph's own input.
  let tensor: ONNXTensor
  /// The network's input, `N×C×H×W`.
  let networkInput: [Double]

  /// The input from which the front makes the network's, as nearly as its type can.
  init(_ input: Tensor, _ front: GraphFront?) throws(ReadError) {
    let values = try input.doubles()
    guard let front else {
      tensor = try ONNXTensor(input)
      networkInput = values
      return
    }
    let shape = input.shape
    let channelCount = front.channelOrder.count
    guard shape.count == 4, shape[1] == channelCount else {
      throw ReadError(
        .onnxLifting, "the network has other channels than the graph's input",
        expected: "\(channelCount)", found: "\(shape)")
    }
    // Where an index along each of the network's axes leads in the graph's input.
    let rawShape = front.inputShape(of: shape)
    var steps: [GraphFront.Axis: Int] = [:]
    var step = 1
    for (axis, extent) in zip(front.axes, rawShape).reversed() {
      steps[axis] = step
      step *= extent
    }
    let (forBatch, forChannel) = (steps[.batch] ?? 0, steps[.channels] ?? 0)
    let (forRow, forColumn) = (steps[.height] ?? 0, steps[.width] ?? 0)
    var raw = [Double](repeating: 0, count: step)
    var taken = [Double](repeating: 0, count: values.count)
    let isBounded = front.takesIntegers || front.pixels.clamps
    /// Calls `body` with each element's index and channel, and with its place in the graph's input.
    func forEachElement(_ body: (_ index: Int, _ channel: Int, _ place: Int) -> Void) {
      var index = 0
      for image in 0..<shape[0] {
        for channel in 0..<channelCount {
          let source = image * forBatch + front.channelOrder[channel] * forChannel
          for row in 0..<shape[2] {
            for column in 0..<shape[3] {
              body(index, channel, source + row * forRow + column * forColumn)
              index += 1
            }
          }
        }
      }
    }
    forEachElement { index, channel, place in
      var value = (values[index] - front.shift[channel]) / front.scale[channel]
      if front.takesIntegers { value.round() }
      if isBounded { value = min(max(value, front.pixels.black), front.pixels.white) }
      raw[place] = value
    }
    // Several channels may be made of one.
    forEachElement { index, channel, place in
      taken[index] = front.scale[channel] * raw[place] + front.shift[channel]
    }
    networkInput = taken
    tensor = try GraphInput.tensor(raw, rawShape, front.dataType)
  }

  private static func tensor(
    _ values: [Double], _ shape: [Int], _ type: ONNXDataType?
  ) throws(ReadError) -> ONNXTensor {
    guard let type, type.isInteger else { return try ONNXTensor(Tensor(values, shape: shape)) }
    let integers = values.map { Int64($0) }
    let bytes: Bytes
    switch type.bitCount {
    case 8?: bytes = Bytes(copying: integers.map { UInt8(truncatingIfNeeded: $0) })
    case 16?: bytes = Bytes(copyingElements: integers.map { UInt16(truncatingIfNeeded: $0) })
    case 32?: bytes = Bytes(copyingElements: integers.map { UInt32(truncatingIfNeeded: $0) })
    case 64?: bytes = Bytes(copyingElements: integers)
    default:
      throw ReadError(
        .onnxLifting, "the graph takes integers of a width that pictures have not",
        expected: "8, 16, 32 or 64 bits", found: "\(type)")
    }
    return try ONNXTensor(dataType: type, shape: shape, bytes: bytes)
  }
}

/// What a graph answered.
private struct GraphRecording: LayerRecording {
  let input: Tensor
  let logits: Tensor

  func layer(_ moduleName: String) -> Tensor? { nil }

  func output() -> Tensor { logits }
}
