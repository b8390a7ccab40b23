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
    guard let inputName = file.graph.freeInputs.first?.name else {
      throw ReadError(.onnxLifting, "the graph has no input", expected: "one input")
    }
    let interpreter = try ONNXInterpreter(file, precision: .double)
    var values: [Double] = []
    let elements = try input.doubles()
    let imageCount = input.shape[0]
    let imageElementCount = elements.count / max(imageCount, 1)
    // One image at a time, since a graph may be made for a batch of one.
    for image in 0..<imageCount {
      let part = elements[(image * imageElementCount)..<((image + 1) * imageElementCount)]
      let outputs = try interpreter.run([
        inputName: ONNXTensor(Tensor(Array(part), shape: [1] + input.shape.dropFirst()))
      ])
      guard let output = outputs.first?.value.tensor else {
        throw ReadError(.onnxLifting, "the graph's output is no tensor of numbers")
      }
      values += try output.doubles()
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
