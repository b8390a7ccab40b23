/// What is asked of reading a picture.
public struct PictureOptions: Hashable, Sendable {
  /// The most pixels that a picture may have; more are refused before memory is taken for them.
  public var maximumPixelCount: Int
  /// Whether a picture that is cut off or damaged on the way is read as far as it goes, as Pillow does
  /// with `LOAD_TRUNCATED_IMAGES`.
  public var allowsTruncated: Bool

  /// States all options.
  public init(maximumPixelCount: Int = 1 << 28, allowsTruncated: Bool = false) {
    self.maximumPixelCount = maximumPixelCount
    self.allowsTruncated = allowsTruncated
  }
}
