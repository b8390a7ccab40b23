extension Conversion {
  /// How far a conversion is.
  public enum Progress: Equatable, Sendable {
    /// The source is read and its network recognised.
    case reading
    /// The layer of the source that is run, counted from 1, and how many there are.
    case running(layer: Int, of: Int)
    /// So many bytes of so many are written.
    case writing(byteCount: Int, of: Int)
    /// The layer of the written file that is compared, counted from 1, and how many there are.
    case verifying(layer: Int, of: Int)
  }
}
