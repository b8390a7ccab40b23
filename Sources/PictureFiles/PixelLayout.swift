/// The order of the bytes of a pixel in memory; alpha is not looked at.
public enum PixelLayout: String, CaseIterable, Sendable {
  /// Red, green, blue.
  case rgb
  /// Red, green, blue, alpha or a byte of no meaning.
  case rgba
  /// Blue, green, red.
  case bgr
  /// Blue, green, red, alpha or a byte of no meaning.
  case bgra
  /// One byte of grey.
  case grey

  /// The number of bytes of a pixel.
  public var byteCount: Int {
    switch self {
    case .rgb, .bgr: 3
    case .rgba, .bgra: 4
    case .grey: 1
    }
  }

  /// Where red, green and blue stand among the bytes of a pixel.
  var offsets: (red: Int, green: Int, blue: Int) {
    switch self {
    case .rgb, .rgba: (0, 1, 2)
    case .bgr, .bgra: (2, 1, 0)
    case .grey: (0, 0, 0)
    }
  }
}
