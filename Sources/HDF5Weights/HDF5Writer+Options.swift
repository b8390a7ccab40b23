extension HDF5Writer {
  /// How a file is written.
  public struct Options: Hashable, Sendable {
    /// How hard the elements are compressed: 0, not at all, to 9.
    public var compression: Int
    /// The path of the worker; nil for the one beside this program.
    public var workerPath: String?
    /// What the worker may take.
    public var limits: WorkerLimits

    /// States how a file is written.
    public init(
      compression: Int = 4, workerPath: String? = nil, limits: WorkerLimits = WorkerLimits()
    ) {
      self.compression = compression
      self.workerPath = workerPath
      self.limits = limits
    }
  }
}
