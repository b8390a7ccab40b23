public import BinaryInput
internal import ZipArchive

extension Remedy {
  /// Objects of unknown classes may be kept unread.
  public static let keepUnknownClasses = Remedy(
    "keep-unknown-classes", "keep objects of unknown classes unread")
}

extension TorchCheckpoint {
  /// How much trust a checkpoint is given.
  public struct Options: Sendable {
    /// Whether classes and functions that are not on the list of harmless ones are kept as inert
    /// objects instead of refused. They are neither called nor imported then, either.
    public var keepsUnknownClasses = false
    /// The most that all tensors of a state dict may take when written out, and that all deflated
    /// records together may inflate to, in bytes; nil for what is credible for a file of that
    /// extent.
    public var maximumByteCount: Int?

    /// The options that apply where no others are given.
    public init() {}

    /// The most that all tensors of a state dict may take when written out, in bytes, where the
    /// file itself is small and nothing else was asked for.
    private static let leastByteBudget = 1 << 30
    /// How many times its own extent a file may take when its tensors are written out.
    private static let budgetFactor = 4

    /// The most that the tensors of a state dict may take, in bytes.
    func tensorByteBudget(fileByteCount: Int) -> Int {
      maximumByteCount
        ?? max(
          Options.leastByteBudget,
          fileByteCount.multiplied(exactly: Options.budgetFactor) ?? .max)
    }

    var archiveLimits: ZipArchive.Limits {
      var limits = ZipArchive.Limits()
      if let maximumByteCount { limits.maximumInflatedByteCount = maximumByteCount }
      return limits
    }
  }
}
