/// How a picture is to be turned to be seen upright, as the tag 274 of Exif numbers it.
public enum PictureOrientation: Int, CaseIterable, Sendable {
  /// As it is.
  case upright = 1
  /// Left and right exchanged.
  case mirrored = 2
  /// By 180°.
  case upsideDown = 3
  /// Top and bottom exchanged.
  case flipped = 4
  /// Rows and columns exchanged.
  case transposed = 5
  /// By 90° clockwise.
  case clockwise = 6
  /// Rows and columns exchanged and then by 180°.
  case transversed = 7
  /// By 90° counterclockwise.
  case counterclockwise = 8

  /// Whether rows become columns.
  public var exchangesAxes: Bool { rawValue >= 5 }
}
