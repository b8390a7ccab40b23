internal import HDF5Exchange
internal import TensorData

extension WorkerRequest.DatasetPlan {
  /// What is written at once, and compressed as one.
  private static let runByteCount = 1 << 19
  /// Up to here elements are not worth a chunk.
  private static let contiguousByteCount = 1 << 12

  /// Plans where the elements of a tensor go.
  init(_ tensor: DeferredTensor, path: [String], compression: Int) {
    var run = tensor.shape.map { max($0, 1) }
    var byteCount = run.reduce(tensor.elementType.byteCount, *)
    for axis in run.indices where byteCount > Self.runByteCount {
      let rowByteCount = byteCount / run[axis]
      run[axis] = max(Self.runByteCount / rowByteCount, 1)
      byteCount = rowByteCount * run[axis]
    }
    let isCompressed =
      compression > 0 && !tensor.shape.isEmpty && tensor.byteCount > Self.contiguousByteCount
    self.init(
      path: path, elementType: tensor.elementType, shape: tensor.shape, run: run,
      compression: isCompressed ? compression : nil)
  }
}
