/// How pixels become a network's input.
public struct Preprocessing: Hashable, Sendable {
  /// What is subtracted from red, green and blue in 0…1.
  public var mean: [Double]
  /// What the differences are divided by.
  public var standardDeviation: [Double]
  /// How images are resized: `bicubic` or `bilinear`.
  public var interpolation: String
  /// The crop's side as a part of the resized image's shorter side.
  public var cropFraction: Double

  /// Creates a description.
  public init(
    mean: [Double], standardDeviation: [Double], interpolation: String, cropFraction: Double
  ) {
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.interpolation = interpolation
    self.cropFraction = cropFraction
  }

  /// The ways of resizing that have a name.
  public static let interpolations = ["bicubic", "bilinear"]

  /// One of the numbers or words of the description.
  public enum Field: Sendable {
    case mean, standardDeviation, interpolation, cropFraction
  }

  /// The first field that is out of its range, what it should be and what it is; nil where there is
  /// none.
  public var misfit: (field: Field, expected: String, found: String)? {
    if mean.count != 3 || !mean.allSatisfy(\.isFinite) {
      return (.mean, "three finite numbers", "\(mean)")
    }
    if standardDeviation.count != 3 || !standardDeviation.allSatisfy({ $0 > 0 && $0.isFinite }) {
      return (.standardDeviation, "three positive, finite numbers", "\(standardDeviation)")
    }
    if !Preprocessing.interpolations.contains(interpolation) {
      let expected = Preprocessing.interpolations.joined(separator: " or ")
      return (.interpolation, expected, interpolation)
    }
    if !(cropFraction > 0 && cropFraction <= 1) {
      return (.cropFraction, "a number above 0 and up to 1", "\(cropFraction)")
    }
    return nil
  }

  /// What the published evaluation does: ImageNet's statistics and a bicubic resize.
  public static func published(cropFraction: Double = 1) -> Preprocessing {
    Preprocessing(
      mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225],
      interpolation: "bicubic", cropFraction: cropFraction)
  }
}
