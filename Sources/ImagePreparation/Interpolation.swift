import Glibc

/// A way to resize pictures, each under Pillow's name for it. When a picture becomes smaller, the filter
/// becomes wider, so that every pixel counts; but for the nearest pixel, which knows no others.
public enum Interpolation: String, CaseIterable, Sendable {
  /// The nearest pixel.
  case nearest
  /// The mean of the pixels.
  case box
  /// Weights that fall linearly.
  case bilinear
  /// Hamming's window on a sinc: as sharp as bicubic and as narrow as bilinear.
  case hamming
  /// Cubic convolution with *a* = −½.
  case bicubic
  /// Lanczos's window on a sinc over three pixels.
  case lanczos
}

extension Interpolation {
  /// How far from its middle the filter reaches, in pixels.
  var support: Double {
    switch self {
    case .nearest, .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The filter's weight at a distance from its middle.
  ///
  /// The operations stand in Pillow's order, and its constants have Pillow's precision: the last bit of
  /// a weight can become a bit of a pixel.
  func weight(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .nearest, .box:
      return distance > -0.5 && distance <= 0.5 ? 1 : 0
    case .bilinear:
      return x < 1 ? 1 - x : 0
    case .hamming:
      guard x > 0 else { return 1 }
      guard x < 1 else { return 0 }
      let angle = x * .pi
      return sin(angle) / angle * (Double(Float(0.54)) + Double(Float(0.46)) * cos(angle))
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    case .lanczos:
      guard distance >= -3, distance < 3 else { return 0 }
      return Interpolation.sinc(distance) * Interpolation.sinc(distance / 3)
    }
  }

  private static func sinc(_ x: Double) -> Double {
    guard x != 0 else { return 1 }
    let angle = x * .pi
    return sin(angle) / angle
  }
}
