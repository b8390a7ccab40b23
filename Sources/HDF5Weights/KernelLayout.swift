/// In which order the axes of kernels stand, where a file does not say it.
public enum KernelLayout: String, CaseIterable, Hashable, Sendable {
  /// Height, width, inputs, outputs, as TensorFlow keeps them; of a matrix, inputs and outputs.
  case hwio
  /// Outputs, inputs, height, width, as PyTorch keeps them; of a matrix, outputs and inputs.
  case oihw
}
