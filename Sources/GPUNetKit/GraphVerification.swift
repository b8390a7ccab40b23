import BinaryInput
import Equivalence
import GPUNetIR
import GPUNetRuntime
import ONNXModel
import TensorData

extension ONNXInterpreter {
  /// What the graph itself answers on the inputs of a verification, as a recording of the output
  /// alone; its arithmetic is in 64 bits and shares nothing with the executor of networks.
  ///
  /// - Throws: What running the graph throws.
  static func recording(
    of file: ONNXFile, on input: Tensor
  ) throws(ReadError) -> some LayerRecording {
    guard let graphInput = file.graph.freeInputs.first else {
      throw ReadError(.onnxLifting, "the graph has no input", expected: "one input")
    }
    let interpreter = try ONNXInterpreter(file, precision: .double)
    var values: [Double] = []
    let elements = try input.doubles()
    let imageCount = input.shape[0]
    let imageElementCount = elements.count / max(imageCount, 1)
    // A graph that states how many images it takes may compute with that number.
    var batch = 1
    if case .count(let count)? = graphInput.shape?.first { batch = max(count, 1) }
    guard let batchElementCount = batch.multiplied(exactly: imageElementCount),
      batchElementCount <= ONNXInterpreter.defaultLiveByteLimit / MemoryLayout<Double>.stride
    else {
      throw ReadError(
        .onnxLimit, "the graph takes too many images at a time to be executed", found: "\(batch)",
        advice: "export it for a batch of one", remedy: .leaveOutVerification)
    }
    for first in stride(from: 0, to: imageCount, by: batch) {
      // Where there are not so many, they are given again.
      let images = (first..<(first + batch)).map { $0 % imageCount }
      let part = images.flatMap { image in
        elements[(image * imageElementCount)..<((image + 1) * imageElementCount)]
      }
      let outputs = try interpreter.run([
        graphInput.name: ONNXTensor(Tensor(part, shape: [batch] + input.shape.dropFirst()))
      ])
      guard let output = outputs.first?.value.tensor, output.shape.first == batch else {
        throw ReadError(
          .onnxLifting, "the graph's output has no answer for each image", expected: "\(batch)",
          found: outputs.first.map { "\($0.value.shape)" })
      }
      let answers = try output.doubles()
      values += answers.prefix(answers.count / batch * min(batch, imageCount - first))
    }
    return GraphRecording(
      input: input,
      logits: Tensor(values, shape: [imageCount, values.count / max(imageCount, 1)]))
  }
}

/// What a graph answered.
private struct GraphRecording: LayerRecording {
  let input: Tensor
  let logits: Tensor

  func layer(_ moduleName: String) -> Tensor? { nil }

  func output() -> Tensor { logits }
}
