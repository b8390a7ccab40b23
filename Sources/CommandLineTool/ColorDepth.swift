/// How many colours a terminal shows.
public enum ColorDepth: Sendable {
  /// None, or none are wanted.
  case none
  /// A palette of 256.
  case palette
  /// Any, with 8 bits each of red, green and blue.
  case full
}

extension ColorDepth {
  /// Says how to set a colour.
  ///
  /// - Parameters:
  ///   - color: Red, green and blue.
  ///   - isBackground: Whether it is the colour behind the text.
  /// - Returns: What sets the colour of what is written after it; empty where there are no colours.
  public func sequence(_ color: (UInt8, UInt8, UInt8), isBackground: Bool = false) -> String {
    let selector = isBackground ? 48 : 38
    return switch self {
    case .none: ""
    case .palette: "\u{1B}[\(selector);5;\(ColorDepth.paletteIndex(color))m"
    case .full: "\u{1B}[\(selector);2;\(color.0);\(color.1);\(color.2)m"
    }
  }

  /// The sequence that takes all colours away; empty where there are none.
  public var reset: String { self == .none ? "" : "\u{1B}[0m" }

  /// The steps of red, green and blue in the cube of 6×6×6 colours that terminals have from 16 on.
  private static let cubeSteps = [0, 95, 135, 175, 215, 255]

  /// The colour of the usual palette of 256 that is nearest, among the cube and the greys: the first
  /// sixteen look as their users like them.
  static func paletteIndex(_ color: (UInt8, UInt8, UInt8)) -> Int {
    let (red, green, blue) = (Int(color.0), Int(color.1), Int(color.2))
    func step(_ value: Int) -> Int {
      // The middles between the steps.
      [48, 115, 155, 195, 235].firstIndex { value < $0 } ?? 5
    }
    func distance(_ other: (Int, Int, Int)) -> Int {
      let (first, second, third) = (red - other.0, green - other.1, blue - other.2)
      return first * first + second * second + third * third
    }
    let (redStep, greenStep, blueStep) = (step(red), step(green), step(blue))
    let inCube = distance((cubeSteps[redStep], cubeSteps[greenStep], cubeSteps[blueStep]))
    // The greys are 8, 18, … 238.
    let greyStep = min(max(((red + green + blue) / 3 - 3) / 10, 0), 23)
    let grey = 8 + 10 * greyStep
    return distance((grey, grey, grey)) < inCube
      ? 232 + greyStep : 16 + 36 * redStep + 6 * greenStep + blueStep
  }
}
