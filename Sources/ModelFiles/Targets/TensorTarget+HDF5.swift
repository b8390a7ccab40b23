import BinaryInput
public import HDF5Weights
public import TensorData

extension TensorTarget {
  /// HDF5, and what can be asked of it.
  ///
  /// - Parameters:
  ///   - options: How hard it is compressed, and which worker writes it.
  ///   - normalization: What becomes of the batch norms.
  ///   - elementType: The type that weights are rounded to; nil for the source's own.
  /// - Returns: The target.
  public static func hdf5(
    _ options: HDF5Writer.Options, normalization: NormalizationRequest = .asInSource,
    elementType: ElementType? = nil
  ) -> TensorTarget {
    var reading = SourceFile.Options()
    reading.hdf5 = HDF5File.Options(workerPath: options.workerPath, limits: options.limits)
    return TensorTarget(
      .hdf5, normalization: normalization, elementType: elementType, reading: reading
    ) { (content, _) throws(ReadError) in try HDF5Writer(content, options: options) }
  }
}
