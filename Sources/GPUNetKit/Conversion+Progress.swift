extension Conversion {
  /// How far a conversion is.
  public enum Progress: Equatable, Sendable {
    /// The source is read and its network recognised.
    case reading
    /// So many bytes of so many are written.
    case writing(byteCount: Int, of: Int)
    /// The layer that is compared, counted from 1, and how many there are.
    case verifying(layer: Int, of: Int)
  }
}
