import CGPUNet
import GPUNetRuntime
import NetworkProgram

/// What a `gpunet_model` is.
final class ModelHandle: Handle {
  let model: InferenceModel
  /// The name, the way of resizing, the kernels, then the labels.
  private let texts: TextMemory

  private static let labelOffset = 3

  init(_ model: InferenceModel) {
    self.model = model
    texts = TextMemory(
      [model.name ?? "", model.preprocessing?.interpolation ?? "", model.kernels.name]
        + (model.labels ?? []))
  }

  /// The name of a class; nil where there is none.
  func label(_ index: Int) -> UnsafePointer<CChar>? {
    let (place, overflow) = index.addingReportingOverflow(ModelHandle.labelOffset)
    guard index >= 0, !overflow, place < texts.count else { return nil }
    return unsafe texts[place]
  }

  /// What C gets to know of the model.
  var description: gpunet_description {
    let input = model.program.input
    let preprocessing = model.preprocessing
    return unsafe gpunet_description(
      name: model.name == nil ? nil : texts[0], input_channels: input.channels,
      input_height: input.height, input_width: input.width, class_count: model.program.classCount,
      parameter_count: UInt64(model.parameterCount), mean: triple(preprocessing?.mean),
      standard_deviation: triple(preprocessing?.standardDeviation),
      interpolation: preprocessing == nil ? nil : texts[1],
      crop_fraction: preprocessing?.cropFraction ?? 0,
      preprocessing_is_assumed: model.assumesPreprocessing ? 1 : 0,
      has_labels: model.labels == nil ? 0 : 1, kernels: texts[2])
  }

  /// As many numbers as C has room for; a file has three.
  private func triple(_ numbers: [Double]?) -> (Double, Double, Double) {
    guard let numbers, numbers.count == 3 else { return (0, 0, 0) }
    return (numbers[0], numbers[1], numbers[2])
  }
}
