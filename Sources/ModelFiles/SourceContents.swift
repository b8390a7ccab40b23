public import GPWFormat
public import NetworkFamilies
public import ONNXModel
public import TensorData

/// What a file gives, whatever its format.
public enum SourceContents: Sendable {
  /// Named tensors in groups; which network they are of is another question.
  case tensors(any TensorContainer)
  /// A graph, which says itself what it computes.
  case graph(ONNXFile)
  /// A network in the native format, with all that was recorded of it, and what its labels say, which
  /// is what it computes.
  case native(GPWModel, Architecture)
}
