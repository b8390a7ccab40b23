extension HDF5File {
  /// How a file is read.
  public struct Options: Hashable, Sendable {
    /// The path of the worker; nil for the one beside this program.
    public var workerPath: String?
    /// What the worker may take.
    public var limits: WorkerLimits
    /// In which order the axes of kernels are of which the file does not say it.
    public var kernelLayout: KernelLayout?

    /// States how a file is read.
    public init(
      workerPath: String? = nil, limits: WorkerLimits = WorkerLimits(),
      kernelLayout: KernelLayout? = nil
    ) {
      self.workerPath = workerPath
      self.limits = limits
      self.kernelLayout = kernelLayout
    }
  }
}
